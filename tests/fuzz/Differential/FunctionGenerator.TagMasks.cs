using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    /// <summary>
    /// A mask of the bytes of a group that are not a certain one, put together of words, as hash tables look at the
    /// tags of a group; not a loop, but unrolled.
    /// </summary>
    private sealed class TagMask : MemoryLoop
    {
        private static readonly int[] WordNumbers = [2, 2, 3, 4, 4, 4, 5, 6, 8, 8, 8, 12, 16, 16];
        private readonly bool _isWide;
        private readonly Sort _sort;
        private readonly int _lanes, _pointer, _word, _tags, _mask, _start;

        public TagMask(FunctionGenerator function) : base(function)
        {
            _isWide = Choices.Chance(35);
            _sort = _isWide ? 'I' : 'i';
            _lanes = _isWide ? 8 : 4;
            _pointer = AddPointer(Choices.Next(3));
            (_word, _tags, _mask) = (AddLocal(_sort), AddLocal(_sort), AddLocal('I'));
            _start = Choices.Chance(60) ? 0 : Choices.Next(40);
        }

        public override Node Make()
        {
            FillSome();
            int words = Choices.Pick(WordNumbers);
            for (int i = words - 1; i >= 0; i--) AddWord(i, words);
            return Node.Statement([.. Parts, Keep()]);
        }

        /// <summary>Makes some bytes the wanted one, so that not all differ.</summary>
        private void FillSome()
        {
            int tag = Choices.Pick<int>([0, 1, 0x7F, 0x80, 0xFF, Choices.Next(256)]);
            Parts.Add(Node.Statement(Number(_sort, Fit((ulong)tag * 0x0101010101010101)), Set(_tags)));
            for (int i = Choices.Next(4); i > 0; i--)
                Parts.Add(Node.Statement(Address([.. Get(_pointer), .. Plus(Choices.Next(80))]), Int32(tag),
                    Bytes.Of(Opcode.I32Store8), Place(0)));
            if (Choices.Chance(10)) Parts.Add(Node.Statement(Function.Expression(_sort, 1), Set(_tags)));
        }

        private long Fit(ulong value) => _isWide ? (long)value : (int)value;

        private byte[] Place(int offset) => Memory == 0
            ? [0, .. Bytes.Unsigned(offset)]
            : [0x40, .. Bytes.Unsigned(Memory), .. Bytes.Unsigned(offset)];

        private void AddWord(int word, int words)
        {
            int place = Choices.Chance(97) ? word : Choices.Next(words);
            byte[] read = [.. Bytes.Of(_isWide ? Opcode.I64Load : Opcode.I32Load), .. Place(_start + place * _lanes)];
            Parts.Add(Node.Statement(Address(Get(_pointer)), read, Get(_tags), Xor(), Set(_word)));
            if (Choices.Chance(2))
                Parts.Add(Node.Statement(Address(Get(_pointer)), Get(_tags),
                    Bytes.Of(_isWide ? Opcode.I64Store : Opcode.I32Store), Place(Choices.Next(64))));
            byte[] shifted =
                [.. Get(_mask), .. Bytes.Int64(Almost(_lanes)), .. Bytes.Of(Opcode.I64Shl)];
            Parts.Add(Node.Statement(shifted, Gathered(), _isWide ? [] : Bytes.Of(Opcode.I64ExtendI32U),
                Bytes.Of(Opcode.I64Or), Set(_mask)));
        }

        private byte[] Xor() => Bytes.Of(_isWide ? Opcode.I64Xor : Opcode.I32Xor);

        /// <summary>The upper bits of the bytes that differ, side by side.</summary>
        private byte[] Gathered()
        {
            ulong all = _isWide ? ulong.MaxValue : uint.MaxValue, upper = all / 0xFF << 7;
            return
            [
                .. Get(_word), .. Constant(upper), .. Of(Opcode.I32Or, Opcode.I64Or),
                .. Constant(all / 0xFF), .. Of(Opcode.I32Sub, Opcode.I64Sub),
                .. Get(_word), .. Of(Opcode.I32Or, Opcode.I64Or), .. Constant(upper), .. Of(Opcode.I32And, Opcode.I64And),
                .. Constant(all / 0x7F >> _lanes), .. Of(Opcode.I32Mul, Opcode.I64Mul),
                .. Constant((ulong)Almost(7 * _lanes)), .. Of(Opcode.I32ShrU, Opcode.I64ShrU),
            ];
        }

        private byte[] Of(Opcode narrow, Opcode wide) => Bytes.Of(_isWide ? wide : narrow);

        private byte[] Constant(ulong value)
        {
            if (Choices.Chance(1)) value ^= 1UL << Choices.Next(32);
            return _isWide ? Bytes.Int64((long)value) : Bytes.Int32((int)value);
        }

        private int Almost(int value) => Choices.Chance(98) ? value : value + Choices.Next(3) - 1;
    }
}
