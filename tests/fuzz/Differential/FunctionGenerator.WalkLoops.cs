using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    /// <summary>
    /// A counted loop of several blocks that walks through memory by 32-bit numbers: they meet, change places, come
    /// from memory, and are compared and computed with as well as used as addresses.
    /// </summary>
    private sealed class WalkLoop(FunctionGenerator function) : MemoryLoop(function)
    {
        private const int MostNested = 2;
        private static readonly Opcode[] Arithmetic =
        [
            Opcode.I32Add, Opcode.I32Sub, Opcode.I32Xor, Opcode.I32Mul, Opcode.I32ShrU, Opcode.I32ShrS, Opcode.I32Rotl,
        ];
        private static readonly Opcode[] Comparisons =
            [Opcode.I32LtU, Opcode.I32LtS, Opcode.I32GtU, Opcode.I32GeS, Opcode.I32Eq, Opcode.I32Ne, Opcode.I32And];
        private readonly List<int> _places = [];

        public override Node Make()
        {
            for (int i = 1 + Choices.Next(4); i > 0; i--) _places.Add(AddPointer(Choices.Next(9) - 4));
            int counter = AddLocal('i');
            Parts.AddRange([Get(Turns), Plus(1), Set(counter)]);
            byte[] end = [.. Get(counter), .. Plus(-1), .. Tee(counter), .. BranchIf(0)];
            return Node.Statement([.. Parts, Function.Open(Opcode.Loop, [], []), Statements(0), end, End, Keep()]);
        }

        private Node Statements(int nested) =>
            Node.Statement([.. Enumerable.Range(0, 1 + Choices.Next(4)).Select(_ => Statement(nested))]);

        private Node Statement(int nested) => Choices.Next(10) switch
        {
            < 2 when nested < MostNested => Node.Statement(Condition(), Function.Open(Opcode.If, [], []),
                Statements(nested + 1), Bytes.Of(Opcode.Else), Statements(nested + 1), End),
            < 3 when nested < MostNested =>
                Node.Statement(Condition(), Function.Open(Opcode.If, [], []), Statements(nested + 1), End),
            < 5 => Write(),
            _ => Node.Statement(Next(), Set(Choices.Pick(_places))),
        };

        private Node Place() => Node.Of('i', Get(Choices.Pick(_places)));

        private Node Condition() => Node.Of('i', Place(), Choices.Chance(60) ? Place() : Number('i', Choices.Next(999)),
            Bytes.Of(Choices.Pick(Comparisons)));

        private Node Next() => Choices.Next(10) switch
        {
            < 2 => Node.Of('i', Place(), Plus(Choices.Next(40) - 10)),
            < 3 => Place(),
            < 5 => Node.Of('i', Place(), Place(), Condition(), Bytes.Of(Opcode.Select)),
            < 7 => Masked(Read()),
            < 9 => Masked(Node.Of('i', Place(), Choices.Chance(50) ? Place() : Number('i', Choices.Next(40)),
                Bytes.Of(Choices.Pick(Arithmetic)))),
            _ => Node.Of('i', Place(), Read(), Bytes.Of(Opcode.I32Add)),
        };

        private Node Masked(Node value) => Choices.Chance(90)
            ? Node.Of('i', value, Int32(Choices.Pick<int>([0xFF, 0xFFF, 0x7FF8])), Bytes.Of(Opcode.I32And))
            : value;

        private Node Read() => Node.Of('i', Address(Get(Choices.Pick(_places))),
            Function.Encode(PickPlain(Reading('i')), Memory, (ulong)Choices.Next(30)));

        private Node Write()
        {
            var value = Choices.Chance(50) ? Place() : Read();
            return Node.Statement(Address(Get(Choices.Pick(_places))), value,
                Function.Encode(PickPlain(Writing('i')), Memory, (ulong)Choices.Next(30)));
        }
    }
}
