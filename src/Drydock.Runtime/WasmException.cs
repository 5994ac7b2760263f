using System.Text;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>
/// An exception of a guest (spec: 4.2.11). Thrown by calls into a guest that nothing in it caught; thrown by a host
/// function, it goes on in the guest that called the function, which may catch it by its tag.
/// </summary>
public sealed class WasmException : Exception
{
    private readonly Value[] _values;

    /// <summary>An exception for a host function to throw.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="values">What it carries: a value for each parameter of the tag's type.</param>
    public WasmException(Tag tag, params ReadOnlySpan<Value> values) : this(tag, values.ToArray(), 0, [])
    {
        if (values.Length != tag.Type.Parameters.Length)
            throw new ArgumentException($"an exception of type {tag.Type} cannot carry {values.Length} values",
                nameof(values));
        for (int i = 0; i < values.Length; i++) tag.Store.CheckReference(values[i], tag.CanonicalParameters[i]);
    }

    internal WasmException(Tag tag, Value[] values, nint reference, TrapFrame[] frames) : base("uncaught exception")
    {
        Tag = tag;
        Reference = reference;
        Frames = frames;
        _values = values;
    }

    /// <summary>The tag.</summary>
    public Tag Tag { get; }
    /// <summary>
    /// What it carries. References are valid as all are that the host is given: see <see cref="ReferenceScope"/>.
    /// </summary>
    public IReadOnlyList<Value> Values => _values;
    /// <summary>
    /// The guest's active functions, innermost first, where the exception was stopped on its way by code that knows
    /// nothing of exceptions; otherwise empty, since its functions have returned.
    /// </summary>
    public IReadOnlyList<TrapFrame> Frames { get; }

    /// <summary>The guest's exception, or zero before the guest has seen it.</summary>
    internal nint Reference { get; }

    /// <summary>For instance <c>uncaught exception (i32: 7)</c>.</summary>
    public string Describe()
    {
        var text = new StringBuilder("uncaught exception");
        for (int i = 0; i < _values.Length; i++)
            text.Append(i == 0 ? " (" : ", ").Append(Tag.Type.Parameters[i]).Append(": ").Append(Text(i));
        return text.Append(_values.Length == 0 ? "" : ")").ToString();
    }

    private string Text(int index) => Tag.Type.Parameters[index].Kind switch
    {
        ValueKind.I32 => Invariant($"{_values[index].AsInt32()}"),
        ValueKind.I64 => Invariant($"{_values[index].AsInt64()}"),
        ValueKind.F32 => Invariant($"{_values[index].AsSingle()}"),
        ValueKind.F64 => Invariant($"{_values[index].AsDouble()}"),
        ValueKind.V128 => _values[index].ToString(),
        _ => _values[index].IsNull ? "null" : "a reference",
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
