using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    /// <summary>
    /// A loop that reads forwards until it finds something, over bytes that mostly are all the same before it does.
    /// </summary>
    private sealed class SearchLoop : MemoryLoop
    {
        /// <summary>A value with what it is where the bytes are all the same.</summary>
        private sealed record Known(Node Node, long Value);

        private static readonly (Opcode Narrow, Opcode Wide, Func<long, long, long> Apply)[] Arithmetic =
        [
            (Opcode.I32Add, Opcode.I64Add, (left, right) => left + right),
            (Opcode.I32Sub, Opcode.I64Sub, (left, right) => left - right),
            (Opcode.I32And, Opcode.I64And, (left, right) => left & right),
            (Opcode.I32Or, Opcode.I64Or, (left, right) => left | right),
            (Opcode.I32Xor, Opcode.I64Xor, (left, right) => left ^ right),
        ];

        private static readonly (Opcode Narrow, Opcode Wide, Func<long, long, bool> Holds)[] Comparisons =
        [
            (Opcode.I32Eq, Opcode.I64Eq, (left, right) => left == right),
            (Opcode.I32Ne, Opcode.I64Ne, (left, right) => left != right),
            (Opcode.I32LtS, Opcode.I64LtS, (left, right) => left < right),
            (Opcode.I32LtU, Opcode.I64LtU, (left, right) => (ulong)left < (ulong)right),
            (Opcode.I32GtS, Opcode.I64GtS, (left, right) => left > right),
            (Opcode.I32GtU, Opcode.I64GtU, (left, right) => (ulong)left > (ulong)right),
            (Opcode.I32LeU, Opcode.I64LeU, (left, right) => (ulong)left <= (ulong)right),
            (Opcode.I32GeS, Opcode.I64GeS, (left, right) => left >= right),
        ];

        private readonly Sort _sort;
        private readonly Operation _read;
        private readonly int _width;
        private readonly byte _filling;
        private readonly List<Node> _reads = [], _steps = [];
        private readonly List<int> _values = [];

        public SearchLoop(FunctionGenerator function) : base(function)
        {
            _sort = Choices.Chance(75) ? 'i' : 'I';
            _read = PickPlain(Reading(_sort));
            _width = 1 << _read.WidthLog2;
            _filling = Choices.Pick<byte>([1, 0x20, 0x61, 0x7F, 0x80, 0xFF]);
        }

        public override Node Make()
        {
            int start = Fill();
            for (int i = Choices.Chance(60) ? 1 : 2; i > 0; i--) AddRead(start);
            byte[] counting = Choices.Chance(50) ? AddCounter(start) : [];
            for (int i = Choices.Chance(20) ? 1 + Choices.Next(2) : 0; i > 0; i--) AddVariable();
            return Node.Statement([.. Parts, Function.Open(Opcode.Block, [], []), Function.Open(Opcode.Loop, [], []),
                .. MakeBody(counting), End, End, Keep()]);
        }

        /// <summary>Makes bytes the same, but for one, mostly; gives where.</summary>
        private int Fill()
        {
            int start = AddLocal('i'), length = AddLocal('i');
            Parts.AddRange([Function.Masked('i', 1, Choices.Pick<long>([63, 255, 1023])),
                Plus(IsCalm ? 50 + Choices.Next(300) : 0), Set(length)]);
            bool isAtEnd = Choices.Chance(35);
            Parts.AddRange(isAtEnd
                ? [Int32(Shape.Minimum * PageSize), Get(length), Bytes.Of(Opcode.I32Sub), Set(start)]
                : [Function.Masked('i', 1, 0x3FFF), Set(start)]);
            byte[] long64 = Shape.Is64 ? Bytes.Of(Opcode.I64ExtendI32U) : [];
            Parts.Add(Node.Statement(Address(Get(start)), Int32(_filling), Get(length), long64,
                Bytes.Of(Opcode.MemoryFill, Memory)));
            byte[] needle = [.. Get(start), .. Get(length), .. Bytes.Of(Opcode.I32Add), .. Plus(-Choices.Next(40))];
            if (Choices.Chance(75))
                Parts.Add(Node.Statement(Address(needle), Int32(Choices.Pick<int>([0, 0, _filling + 1, 0x80, 255])),
                    Bytes.Of(Opcode.I32Store8), Place()));
            return start;
        }

        private byte[] Place() => Memory == 0 ? [0, 0] : [0x40, .. Bytes.Unsigned(Memory), 0];

        /// <summary>A place that is read, and moves on by what is read.</summary>
        private void AddRead(int start)
        {
            int pointer = AddLocal('i'), value = AddLocal(_sort);
            int step = Choices.Chance(92) ? _width : Choices.Pick<int>([1, 2, 4, 8, -1, -_width]);
            Parts.AddRange(Choices.Chance(85)
                ? [Get(start), Plus(Choices.Chance(60) ? 0 : Choices.Next(70) - 10), Set(pointer)]
                : [Get(AddPointer(step)), Set(pointer)]);
            int offset = Choices.Chance(70) ? 0 : Choices.Next(40);
            int added = Choices.Chance(85) ? 0 : Choices.Next(9) - 4;
            byte[] index = added == 0 ? Get(pointer) : [.. Get(pointer), .. Plus(added)];
            _reads.Add(Node.Statement(Node.Of(_sort, Address(index), Function.Encode(_read, Memory, (ulong)offset)),
                Set(value)));
            _steps.Add(Node.Statement(Step(pointer, step)));
            _values.Add(value);
        }

        /// <summary>Whether turns are left by count.</summary>
        private byte[] AddCounter(int start)
        {
            int counter = AddLocal('i'), step = Choices.Pick<int>([1, 1, -1, -1, _width, 3, 65536, 65537]);
            if (step == -1 && Choices.Chance(70))
            {
                Parts.AddRange([Get(Turns), Set(counter)]);
                _steps.Add(Node.Statement(Step(counter, -1)));
                return [.. Get(counter), .. Int32(0), .. Bytes.Of(Opcode.I32Ne)];
            }
            int bound = AddLocal('i');
            Parts.AddRange([Get(start), Set(counter), Get(counter), TurnsTimes(step), Set(bound)]);
            _steps.Add(Node.Statement(Step(counter, step)));
            return [.. Get(counter), .. Get(bound), .. Bytes.Of(Choices.Chance(92) ? Opcode.I32Ne : Opcode.I32LtU)];
        }

        /// <summary>What grows beside.</summary>
        private void AddVariable()
        {
            bool isWide = Choices.Chance(40);
            int variable = AddLocal(isWide ? 'I' : 'i'), step = Choices.Pick<int>([1, -1, 7, 65536, -65536, 65537]);
            _steps.Add(Node.Statement(isWide
                ? (byte[])[.. Get(variable), .. Bytes.Int64(step), .. Bytes.Of(Opcode.I64Add), .. Set(variable)]
                : Step(variable, step)));
        }

        private IEnumerable<object> MakeBody(byte[] counting)
        {
            object[] test = MakeTest();
            byte[] not = Bytes.Of(Opcode.I32Eqz), and = Bytes.Of(Opcode.I32And), again = Bytes.Of(Opcode.Br, 0);
            object[] moves = Choices.Chance(80) ? [.. _steps] : [.. _steps.AsEnumerable().Reverse()];
            return (Choices.Next(6), counting.Length > 0) switch
            {
                (0, true) => [.. _reads, .. moves, .. test, counting, and, BranchIf(0)],
                (0 or 1, false) => [.. _reads, .. moves, .. test, BranchIf(0)],
                (1, true) => [.. moves, .. _reads, .. test, counting, and, BranchIf(0)],
                (2, true) => [counting, not, BranchIf(1), .. _reads, .. test, not, BranchIf(1), .. moves, again],
                (3, true) => [.. _reads, counting, not, BranchIf(1), .. test, not, BranchIf(1), .. moves, again],
                (_, true) => [.. _reads, .. test, not, BranchIf(1), .. moves, counting, BranchIf(0)],
                (2, _) => [.. _reads, .. test, not, BranchIf(1), .. moves, .. MakeTest(), BranchIf(0)],
                _ => [.. _reads, .. test, Function.Open(Opcode.If, [], []), .. moves, Bytes.Of(Opcode.Br, 1), End],
            };
        }

        /// <summary>What is true while the loop goes on, mostly where the bytes are all the same.</summary>
        private object[] MakeTest()
        {
            var left = MakeKnown(Choices.Next(3));
            var right = Choices.Chance(60) ? MakeConstant(left.Value) : MakeKnown(1);
            var (narrow, wide, holds) = Choices.Pick(Comparisons);
            var comparison = Node.Of('i', left.Node, right.Node, Bytes.Of(_sort == 'i' ? narrow : wide));
            bool goesOn = holds(left.Value, right.Value) ^ Choices.Chance(8);
            return goesOn ? [comparison] : [comparison, Bytes.Of(Opcode.I32Eqz)];
        }

        private Known MakeKnown(int depth)
        {
            if (depth == 0) return new(Node.Of(_sort, Get(Choices.Pick(_values))), Filled());
            Known left = MakeKnown(depth - 1), right = Choices.Chance(50) ? MakeConstant(Filled()) : MakeKnown(0);
            var (narrow, wide, apply) = Choices.Pick(Arithmetic);
            return new(Node.Of(_sort, left.Node, right.Node, Bytes.Of(_sort == 'i' ? narrow : wide)),
                Fit(apply(left.Value, right.Value)));
        }

        private Known MakeConstant(long near)
        {
            long value = Fit(Choices.Next(8) switch
            {
                < 3 => near,
                3 => near + 1,
                4 => near - 1,
                5 => 0,
                6 => unchecked((long)0x8080808080808080),
                _ => (long)Choices.Bits(),
            });
            if (Choices.Chance(4)) return new(Node.Of(_sort, Get(Function.LocalOf(_sort))), near);
            return new(Number(_sort, value), value);
        }

        private long Fit(long value) => _sort == 'i' ? (int)value : value;

        /// <summary>What a read gives there.</summary>
        private long Filled()
        {
            ulong all = _filling * 0x0101010101010101UL;
            int unused = 64 - 8 * _width;
            return Fit(_read.Info.Name.EndsWith("_s", StringComparison.Ordinal)
                ? (long)(all << unused) >> unused
                : (long)(all << unused >> unused));
        }
    }
}
