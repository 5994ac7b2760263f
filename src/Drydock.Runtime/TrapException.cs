using System.Globalization;
using System.Text;
using Drydock.Compiler;

namespace Drydock.Runtime;

/// <summary>A function of a guest that was active when it trapped.</summary>
/// <param name="FunctionIndex">Index in its module's function index space.</param>
/// <param name="FunctionName">Name from the module's name section or an export, if any.</param>
/// <param name="WasmOffset">Offset of the instruction from the start of the module's binary, or -1 if unknown.</param>
public readonly record struct TrapFrame(int FunctionIndex, string? FunctionName, int WasmOffset)
{
    /// <summary>For instance <c>main (function 7) at 0x1a3</c>.</summary>
    public override string ToString()
    {
        string index = FunctionIndex.ToString(CultureInfo.InvariantCulture);
        string name = FunctionName is null ? $"function {index}" : $"{FunctionName} (function {index})";
        return WasmOffset < 0 ? name : $"{name} at 0x{WasmOffset:x}";
    }
}

/// <summary>
/// A guest was stopped by a trap (spec: 4.2.1). The message is the text of the official test scripts.
/// </summary>
public sealed class TrapException : Exception
{
    private TrapFrame[] _frames;

    /// <summary>A trap without frames, for hosts that stop a guest with one.</summary>
    public TrapException(TrapCode code) : this(code, []) { }

    internal TrapException(TrapCode code, TrapFrame[] frames) : base(TrapMessages.MessageOf(code))
    {
        Code = code;
        _frames = frames;
    }

    /// <summary>Why.</summary>
    public TrapCode Code { get; }
    /// <summary>
    /// The guest's active functions, innermost first; the middle of a very deep stack may be missing.
    /// </summary>
    public IReadOnlyList<TrapFrame> Frames => _frames;

    /// <summary>Adds the frames of the guest that called the host function which the trap came through.</summary>
    internal void AddOuterFrames(TrapFrame[] frames) => _frames = [.. _frames, .. frames];

    /// <summary><c>trap: integer divide by zero</c> and a line for each frame.</summary>
    public string Describe()
    {
        var text = new StringBuilder("trap: ").Append(Message);
        for (int i = 0; i < _frames.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"\n  {i}: {_frames[i].ToString()}");
        return text.ToString();
    }

    /// <inheritdoc cref="Describe"/>
    public override string ToString() => StackTrace is { } trace ? $"{Describe()}\n{trace}" : Describe();
}
