namespace Drydock.Fuzz;

/// <summary>Makes damaged inputs out of sound ones, the same ones for the same seed.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> corpus, int seed)
{
    private readonly Random _random = new(seed);

    private const int InPlace = 3;

    public byte[] Next()
    {
        var input = Pick().ToArray().ToList();
        // Half of the inputs keep their length, so that sections still fit and the damage is met deeper inside.
        var kinds = _random.Next(2) == 0 ? InPlace : 8;
        for (var rounds = 1 + _random.Next(4); rounds > 0; rounds--) Mutate(input, _random.Next(kinds));
        return [.. input];
    }

    /// <summary>The smaller of two, so that most inputs are quick to run.</summary>
    private byte[] Pick()
    {
        var (first, second) = (corpus[_random.Next(corpus.Count)], corpus[_random.Next(corpus.Count)]);
        return first.Length < second.Length ? first : second;
    }

    private void Mutate(List<byte> input, int kind)
    {
        if (input.Count == 0) return;
        var at = _random.Next(input.Count);
        switch (kind)
        {
            case 0: input[at] = Interesting[_random.Next(Interesting.Length)]; break;
            case 1: input[at] ^= (byte)(1 << _random.Next(8)); break;
            case 2: input[at] = (byte)_random.Next(256); break;
            case 3: Inflate(input, at); break;
            case 4: Splice(input, at); break;
            case 5: input.RemoveRange(at, Math.Min(1 + _random.Next(8), input.Count - at)); break;
            case 6: input.InsertRange(at, input.GetRange(at, Math.Min(1 + _random.Next(16), input.Count - at))); break;
            default: input.RemoveRange(at, input.Count - at); break;
        }
    }

    private static ReadOnlySpan<byte> Interesting =>
        [0x00, 0x01, 0x0B, 0x40, 0x60, 0x70, 0x7F, 0x80, 0xFB, 0xFC, 0xFD, 0xFF];

    /// <summary>Makes a LEB128 number longer or much larger.</summary>
    private void Inflate(List<byte> input, int at)
    {
        input[at] |= 0x80;
        for (var length = _random.Next(6); length > 0; length--)
            input.Insert(at + 1, (byte)(_random.Next(2) == 0 ? 0x80 : 0xFF));
        input.Insert(at + 1, (byte)_random.Next(128));
    }

    private void Splice(List<byte> input, int at)
    {
        var other = Pick();
        if (other.Length == 0) return;
        var from = _random.Next(other.Length);
        input.InsertRange(at, other.AsSpan(from, Math.Min(1 + _random.Next(64), other.Length - from)).ToArray());
    }
}
