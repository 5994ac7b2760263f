using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <content>
/// Loops over memory as compilers of other languages write them, and loops that miss that by little: an optimizing
/// compiler has passes of their own for them.
/// </content>
internal sealed partial class FunctionGenerator
{
    /// <summary>Little else but such loops, since those passes leave long functions alone.</summary>
    private Node MemoryLoops() =>
        Node.Statement([.. Enumerable.Range(0, _choices.Chance(70) ? 1 : 2).Select(_ => MemoryLoopStatement())]);

    private Node MemoryLoopStatement() => _choices.Chance(60) ? MemoryLoopOnce() : SomeTimes(MemoryLoopOnce);

    private Node MemoryLoopOnce() => _choices.Next(10) switch
    {
        < 6 => new StreamLoop(this).Make(),
        < 9 => new SearchLoop(this).Make(),
        _ => new WalkLoop(this).Make(),
    };

    /// <summary>Up to eight rounds, while there is fuel.</summary>
    private Node SomeTimes(Func<Node> make)
    {
        byte[] check = [.. FuelIsOut, .. Bytes.Of(Opcode.BrIf, 1), .. TakeFuel];
        byte[] again =
        [
            .. Bytes.Of(Opcode.GlobalGet, ModuleShape.FuelGlobal), .. Bytes.Int32(7), .. Bytes.Of(Opcode.I32And),
            .. Bytes.Of(Opcode.BrIf, 0),
        ];
        return Node.Statement(Open(Opcode.Block, [], []), Open(Opcode.Loop, [], []), check,
            Within([], () => Within([], make)), again, End, End);
    }

    /// <summary>
    /// A loop over memory. What it needs in order to end is bytes, which are not made smaller, and each kind moves
    /// through memory all the time, so that it traps at the latest behind its end.
    /// </summary>
    private abstract class MemoryLoop
    {
        private const int Room = 0x1800;
        private static readonly int[] Near = [0, 0, 0, 1, -1, 2, -2, 4, -4, 8, -8, -16, 32];
        private static readonly int[] Apart =
            [0, 1, -1, 2, -2, 3, 4, -4, 8, -8, 12, 16, -16, 32, -32, 100, 1024, 4096];
        private static readonly int[] TurnNumbers =
            [1, 2, 3, 5, 6, 7, 8, 12, 13, 16, 17, 31, 32, 33, 63, 64, 100, 200];
        private readonly List<int> _own = [], _pointers = [];

        protected MemoryLoop(FunctionGenerator function)
        {
            (Function, Choices) = (function, function._choices);
            Memory = Choices.Chance(85) ? 0 : Choices.Next(function._module.Memories.Count);
            IsCalm = Choices.Chance(65);
            Turns = AddLocal('i');
            Parts.AddRange(Choices.Chance(40)
                ? [Number('i', Choices.Pick(TurnNumbers[(IsCalm ? TurnNumbers.Length / 2 : 0)..])), Set(Turns)]
                : [function.Masked('i', 1, Choices.Pick<long>([7, 31, 63, 255])), Plus(LeastTurns()), Set(Turns)]);
        }

        protected FunctionGenerator Function { get; }
        protected Decisions Choices { get; }
        protected int Memory { get; }
        protected MemoryShape Shape => Function._module.Memories[Memory];
        /// <summary>Whether it mostly runs for some time, within memory, with its places apart.</summary>
        protected bool IsCalm { get; }
        /// <summary>A local with the number of turns that is meant; seldom zero.</summary>
        protected int Turns { get; }
        /// <summary>What the statement consists of so far.</summary>
        protected List<object> Parts { get; } = [];

        public abstract Node Make();

        protected static byte[] Get(int local) => Bytes.Of(Opcode.LocalGet, local);
        protected static byte[] Set(int local) => Bytes.Of(Opcode.LocalSet, local);
        protected static byte[] Tee(int local) => Bytes.Of(Opcode.LocalTee, local);
        protected static byte[] Int32(int value) => Bytes.Int32(value);
        protected static byte[] BranchIf(int label) => Bytes.Of(Opcode.BrIf, label);
        protected static byte[] Plus(int value) => [.. Bytes.Int32(value), .. Bytes.Of(Opcode.I32Add)];
        protected static byte[] Times(int value) => [.. Bytes.Int32(value), .. Bytes.Of(Opcode.I32Mul)];
        protected static byte[] Step(int local, int step) => [.. Get(local), .. Plus(step), .. Set(local)];

        private int LeastTurns() => IsCalm ? 12 + Choices.Next(30) : Choices.Chance(94) ? 1 : 0;

        /// <summary>A local that nothing but the loop uses.</summary>
        protected int AddLocal(Sort sort)
        {
            int local = Function._locals.Count;
            Function._locals.Add(sort);
            Function._reserved.Add(local);
            _own.Add(local);
            return local;
        }

        /// <summary>A 32-bit number as an address.</summary>
        protected byte[] Address(byte[] index) =>
            Shape.Is64 ? [.. index, .. Bytes.Of(Opcode.I64ExtendI32U)] : index;

        /// <summary>A local with an address: mostly so many bytes a turn from there are in memory.</summary>
        protected int AddPointer(int step)
        {
            int up = Math.Max(step, 0), down = Math.Max(-step, 0), room = _pointers.Count * Room;
            var (start, factor) = Choices.Next(100) switch
            {
                < 90 when IsCalm => (Node.Of('i', Function.Masked('i', 1, 0x3F8), Plus(room)), down),
                < 35 => (Function.Masked('i', 1, Choices.Pick<long>([0xFF, 0x3FF, 0x3FF8, 0x7FFF])), down),
                < 45 => (Number('i', Choices.Next(300)), down),
                < 60 => (Number('i', Shape.Minimum * PageSize + Choices.Pick(Near)), -up),
                < 67 => (Node.Of('i', MemoryBytes(), Plus(Choices.Pick(Near))), -up),
                < 74 => (Number('i', -Choices.Next(80)), down),
                < 97 when _pointers.Count > 0 =>
                    (Node.Of('i', Get(Choices.Pick(_pointers)), Plus(Choices.Pick(Apart))),
                        Choices.Chance(20) ? step : 0),
                < 98 => (Function.Expression('i', 1), 0),
                _ => (Function.Masked('i', 1, 0x1FFF), down),
            };
            int local = AddLocal('i');
            Parts.AddRange([start, .. factor == 0 ? [] : (byte[][])[TurnsTimes(factor)], Set(local)]);
            _pointers.Add(local);
            return local;
        }

        /// <summary>Adds so much for each turn.</summary>
        protected byte[] TurnsTimes(int factor) => [.. Get(Turns), .. Times(factor), .. Bytes.Of(Opcode.I32Add)];

        private byte[] MemoryBytes() =>
        [
            .. Bytes.Of(Opcode.MemorySize, Memory), .. Shape.Is64 ? Bytes.Of(Opcode.I32WrapI64) : [],
            .. Times(PageSize),
        ];

        protected Operation PickPlain(IReadOnlyList<Operation> operations)
        {
            var operation = Choices.Pick(operations);
            while (operation.IsAtomic && !Choices.Chance(3)) operation = Choices.Pick(operations);
            return operation;
        }

        /// <summary>What reads memory without writing it.</summary>
        protected Operation[] Reading(Sort sort) =>
            [.. Operations.Reading(sort, Function._module.Features).Where(operation => operation.Operands is [_])];

        /// <summary>What writes a value of a sort.</summary>
        protected Operation[] Writing(Sort sort) => [.. Operations.Writing(Function._module.Features)
            .Where(operation => operation.Operands is [_, var value] && value == sort)];

        /// <summary>Lets what the loop left in its locals be seen.</summary>
        protected Node Keep() => Node.Statement([.. _own.Where(_ => Choices.Chance(60)).Select(Keep)]);

        private Node Keep(int local)
        {
            var sort = Function._locals[local];
            int global = Function.GlobalOf(sort);
            byte[] old = Bytes.Of(Opcode.GlobalGet, global);
            return Node.Statement(sort.Code switch
            {
                _ when Choices.Chance(20) => [.. Get(local), .. Set(Function.LocalOf(sort))],
                'i' => [.. old, .. Times(31), .. Get(local), .. Bytes.Of(Opcode.I32Xor), .. SetGlobal()],
                'I' => [.. old, .. Get(local), .. Bytes.Of(Opcode.I64Sub), .. SetGlobal()],
                _ => (byte[])[.. Get(local), .. SetGlobal()],
            });

            byte[] SetGlobal() => Bytes.Of(Opcode.GlobalSet, global);
        }
    }
}
