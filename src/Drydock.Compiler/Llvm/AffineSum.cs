namespace Drydock.Compiler.Llvm;

/// <summary>A 32-bit value as a constant and multiples of others, modulo 2^32.</summary>
internal sealed class AffineSum
{
    private const int MostTerms = 8;

    /// <summary>A value and what it is multiplied by.</summary>
    public sealed class Term(nint value, int factor)
    {
        public nint Value => value;
        public int Factor => factor;

        public void Deconstruct(out nint ofValue, out int ofFactor) => (ofValue, ofFactor) = (value, factor);
    }

    public List<Term> Terms { get; } = [];
    public int Constant { get; private set; }

    public void AddConstant(long value) => Constant = unchecked(Constant + (int)value);

    /// <summary>Adds a multiple of a value, unless there are too many already.</summary>
    public bool TryAdd(nint value, int factor)
    {
        int at = 0;
        while (at < Terms.Count && Terms[at].Value < value) at++;
        if (at < Terms.Count && Terms[at].Value == value)
        {
            factor = unchecked(factor + Terms[at].Factor);
            Terms.RemoveAt(at);
        }
        if (factor != 0) Terms.Insert(at, new(value, factor));
        return Terms.Count <= MostTerms;
    }

    /// <summary>Whether another differs by a constant only.</summary>
    public bool HasTermsOf(AffineSum other)
    {
        if (Terms.Count != other.Terms.Count) return false;
        for (int i = 0; i < Terms.Count; i++)
            if (Terms[i].Value != other.Terms[i].Value || Terms[i].Factor != other.Terms[i].Factor) return false;
        return true;
    }
}
