namespace Drydock.Wasm.Text;

/// <summary>The sections of a module in the making (spec: 5.5.2), each a count and its entries.</summary>
internal sealed class ModuleSections
{
    public SectionEmitter Types { get; } = new(1);
    public SectionEmitter Imports { get; } = new(2);
    public SectionEmitter Functions { get; } = new(3);
    public SectionEmitter Tables { get; } = new(4);
    public SectionEmitter Memories { get; } = new(5);
    public SectionEmitter Tags { get; } = new(13);
    public SectionEmitter Globals { get; } = new(6);
    public SectionEmitter Exports { get; } = new(7);
    public SectionEmitter Elements { get; } = new(9);
    public SectionEmitter Code { get; } = new(10);
    public SectionEmitter Data { get; } = new(11);

    /// <summary>Index of the start function.</summary>
    public uint? Start { get; set; }

    /// <summary>Whether code names a data segment, so that the data count has to come before it.</summary>
    public bool NeedsDataCount { get; set; }

    public byte[] Assemble(ReadOnlySpan<byte> nameSection)
    {
        var module = new ModuleEmitter();
        module.Bytes("\0asm\x01\0\0\0"u8);
        foreach (var section in (ReadOnlySpan<SectionEmitter>)[Types, Imports, Functions, Tables, Memories, Tags, Globals, Exports])
            section.AppendTo(module);
        if (Start is { } start) AppendNumber(module, 8, start);
        Elements.AppendTo(module);
        if (NeedsDataCount) AppendNumber(module, 12, (uint)Data.Count);
        Code.AppendTo(module);
        Data.AppendTo(module);
        AppendSection(module, 0, nameSection);
        return module.ToArray();
    }

    private static void AppendNumber(ModuleEmitter module, int id, uint value)
    {
        var content = new ModuleEmitter();
        content.Unsigned(value);
        AppendSection(module, id, content.Written);
    }

    private static void AppendSection(ModuleEmitter module, int id, ReadOnlySpan<byte> content)
    {
        if (content.Length == 0) return;
        module.Byte(id);
        module.Vector(content);
    }
}

/// <summary>A section that is a vector of entries.</summary>
internal sealed class SectionEmitter(int id)
{
    private readonly ModuleEmitter _entries = new();

    public int Count { get; private set; }

    /// <summary>Counts one more entry, whose bytes the caller appends.</summary>
    public ModuleEmitter Add()
    {
        Count++;
        return _entries;
    }

    public void AppendTo(ModuleEmitter module)
    {
        if (Count == 0) return;
        var content = new ModuleEmitter();
        content.Unsigned((ulong)Count);
        content.Bytes(_entries.Written);
        module.Byte(id);
        module.Vector(content.Written);
    }
}
