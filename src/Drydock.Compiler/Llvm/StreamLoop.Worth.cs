using System.Numerics;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>Whether vectors are likely, and of how many turns.</content>
internal sealed partial class StreamLoop
{
    /// <summary>Bytes of a vector register.</summary>
    private const int VectorSize = 32;
    private const int MostRepeats = 16, MostCopies = 480, FewestLanes = 4;

    /// <summary>How many turns to put together; zero if vectors are not likely.</summary>
    public int CountRepeats()
    {
        int repeats = CountAlike() >= FewestLanes ? 1 : RepeatsByStep();
        return HasLanes(repeats) ? repeats : 0;
    }

    /// <summary>As many as fill a vector, where the fastest stream reads or writes all that it passes.</summary>
    private int RepeatsByStep()
    {
        long fastest = 1;
        foreach (var stream in Streams) fastest = Math.Max(fastest, Math.Abs(stream.Step));
        long repeats = Math.Min(Math.Min(VectorSize / fastest, MostRepeats), MostCopies / Instructions);
        return repeats < 2 ? 1 : 1 << BitOperations.Log2((uint)repeats);
    }

    /// <summary>Moving alone is no reason: what is left of it after the guest's compiler is mostly short.</summary>
    private bool HasLanes(int repeats)
    {
        bool gathers = CountAlike() >= FewestLanes || (HasReduction() && repeats * Accesses.Count >= FewestLanes);
        return Streams.Exists(stream => (stream.Results * repeats >= 2 && HasNoGaps(stream, stream.Written))
            || (gathers && HasNoGaps(stream, stream.Read)));
    }

    private static bool HasNoGaps(Stream stream, int bytes) => stream.Step != 0 && bytes >= Math.Abs(stream.Step);

    /// <summary>The most variables of one type that do not just count.</summary>
    private int CountAlike()
    {
        int most = 0;
        foreach (var variable in Variables)
        {
            if (variable.Step != null || !MayBeLane(variable)) continue;
            int alike = 0;
            foreach (var other in Variables)
                if (other.Step == null && TypeOf(other.Phi) == TypeOf(variable.Phi)) alike++;
            most = Math.Max(most, alike);
        }
        return most;
    }

    /// <summary>In longer loops integers are mostly something else.</summary>
    private bool MayBeLane(Variable variable) => variable.Next != 0
        ? TypeOf(variable.Phi) != _ir.V128
        : TypeOf(variable.Phi) is var type && (type == _ir.F32 || type == _ir.F64);

    private bool HasReduction() => Variables.Exists(variable => variable.Step == null
        && TypeOf(variable.Phi) == _ir.I32 && !IsOutside(variable.Next)
        && OpcodeOf(variable.Next) is IrOpcode.Add or IrOpcode.And or IrOpcode.Or or IrOpcode.Xor);

    /// <summary>
    /// Whether a block begins a loop round which several values of a kind go that do not just count: likely lanes
    /// of what was a vector once.
    /// </summary>
    public static bool HasParallelValues(IrBuilder ir, nint block)
    {
        if (OpcodeOf(GetFirstInstruction(block)) != IrOpcode.Phi || !IsAhead(block)) return false;
        var loop = new StreamLoop(ir, 0, block);
        loop.FindVariables();
        return loop.CountAlike() >= FewestLanes;
    }

    /// <summary>Whether a block or one after it jumps back to it.</summary>
    private static bool IsAhead(nint block)
    {
        nint end = Terminator(block);
        for (uint i = 0, count = CountSuccessors(end); i < count; i++)
            if (Successor(end, i) is var next && (next == block || ControlFlow.JumpsTo(next, block))) return true;
        return false;
    }
}
