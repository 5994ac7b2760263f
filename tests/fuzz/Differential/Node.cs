using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>
/// An instruction with its operands, or a row of instructions: what it leaves on the stack, and its bytes with the
/// nodes between them. It can be changed, so that what disagrees can be made smaller.
/// </summary>
internal sealed class Node(IReadOnlyList<Sort> results, params IReadOnlyList<object> parts)
{
    public IReadOnlyList<Sort> Results { get; } = results;

    /// <summary>Byte arrays and nodes.</summary>
    public IReadOnlyList<object> Parts { get; set; } = parts;

    public IEnumerable<Node> Children => Parts.OfType<Node>();

    public int Size => 1 + Children.Sum(child => child.Size);

    public static Node Of(Sort result, params IReadOnlyList<object> parts) => new([result], parts);

    public static Node Statement(params IReadOnlyList<object> parts) => new([], parts);

    /// <summary>Operands, then the opcode and its immediates.</summary>
    public static Node Of(Sort result, IEnumerable<Node> operands, byte[] code) => new([result], [.. operands, code]);

    public static Node Of(Sort result, Opcode opcode, params IEnumerable<Node> operands) =>
        Of(result, operands, Bytes.Of(opcode));

    public void Write(List<byte> output)
    {
        foreach (object part in Parts)
        {
            if (part is Node node) node.Write(output);
            else output.AddRange((byte[])part);
        }
    }
}
