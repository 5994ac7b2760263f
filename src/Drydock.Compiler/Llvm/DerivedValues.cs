using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>What is computed from a value by integer arithmetic that cannot fail, and what is accessed there.</summary>
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
        else if (IsTotal(opcode) && _values.Add(user)) open.Enqueue(user);
    }

    /// <summary>What any operands will do for: a division is none of that.</summary>
    private static bool IsTotal(IrOpcode opcode) => opcode is IrOpcode.Add or IrOpcode.Sub or IrOpcode.Mul
        or (>= IrOpcode.Shl and <= IrOpcode.Xor) or IrOpcode.Index or (>= IrOpcode.Trunc and <= IrOpcode.SExt);
}
