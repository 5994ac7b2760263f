using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>What is computed from a value by integer arithmetic alone, and what is accessed there.</summary>
internal sealed class DerivedValues
{
    private readonly HashSet<nint> _values;

    /// <param name="origin">The value.</param>
    /// <param name="most">How many values and accesses to look at.</param>
    public DerivedValues(nint origin, int most)
    {
        _values = [origin];
        var open = new Queue<nint>(_values);
        while (_values.Count < most && open.TryDequeue(out nint value))
            for (nint use = FirstUse(value); use != 0 && Accesses.Count < most; use = NextUse(use))
                Visit(UserOf(use), value, open);
    }

    /// <summary>Loads and stores at such values.</summary>
    public List<nint> Accesses { get; } = [];

    public bool Contains(nint value) => _values.Contains(value);

    private void Visit(nint user, nint value, Queue<nint> open)
    {
        IrOpcode opcode = OpcodeOf(user);
        if (opcode == IrOpcode.Load || opcode == IrOpcode.Store && Operand(user, 1) == value) Accesses.Add(user);
        else if (IsArithmetic(opcode) && _values.Add(user)) open.Enqueue(user);
    }

    private static bool IsArithmetic(IrOpcode opcode) => opcode is IrOpcode.Index or IrOpcode.Trunc or IrOpcode.ZExt
        or IrOpcode.SExt or (>= IrOpcode.Add and <= IrOpcode.Xor);
}
