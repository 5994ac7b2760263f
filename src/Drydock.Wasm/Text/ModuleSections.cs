using Drydock.Wasm.Binary;

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

    /// <summary>Sections that annotations ask for.</summary>
    public List<CustomSectionText> Customs { get; } = [];

    /// <summary>For each function that has any, the hinted branches: offset within its entry, and the hint.</summary>
    public List<(uint Function, List<(int Offset, byte Hint)> Hints)> BranchHints { get; } = [];

    public byte[] Assemble(ReadOnlySpan<byte> nameSection)
    {
        var module = new ModuleEmitter();
        module.Bytes("\0asm\x01\0\0\0"u8);
        if (BranchHints.Count > 0) Customs.Add(BranchHintSection());
        var customs = new Queue<CustomSectionText>(Customs.OrderBy(custom => custom.Place));
        for (var place = 0; place < SectionNames.Order.Length; place++)
        {
            AppendCustoms(module, customs, 2 * place);
            Append(module, SectionNames.Order[place]);
        }

        AppendCustoms(module, customs, CustomSectionText.Last - 1);
        AppendSection(module, 0, nameSection);
        AppendCustoms(module, customs, int.MaxValue);
        return module.ToArray();
    }

    private void Append(ModuleEmitter module, int id)
    {
        switch (id)
        {
            case 1: Types.AppendTo(module); break;
            case 2: Imports.AppendTo(module); break;
            case 3: Functions.AppendTo(module); break;
            case 4: Tables.AppendTo(module); break;
            case 5: Memories.AppendTo(module); break;
            case 6: Globals.AppendTo(module); break;
            case 7: Exports.AppendTo(module); break;
            case 8 when Start is { } start: AppendNumber(module, id, start); break;
            case 9: Elements.AppendTo(module); break;
            case 10: Code.AppendTo(module); break;
            case 11: Data.AppendTo(module); break;
            case 12 when NeedsDataCount: AppendNumber(module, id, (uint)Data.Count); break;
            case 13: Tags.AppendTo(module); break;
        }
    }

    /// <summary>Writes the custom sections whose place is at most <paramref name="place"/>.</summary>
    private static void AppendCustoms(ModuleEmitter module, Queue<CustomSectionText> customs, int place)
    {
        while (customs.TryPeek(out var custom) && custom.Place <= place)
        {
            customs.Dequeue();
            var content = new ModuleEmitter();
            content.Name(custom.Name);
            content.Bytes(custom.Content);
            AppendSection(module, 0, content.Written);
        }
    }

    private CustomSectionText BranchHintSection()
    {
        var content = new ModuleEmitter();
        content.Unsigned((ulong)BranchHints.Count);
        foreach (var (function, hints) in BranchHints)
        {
            content.Unsigned(function);
            content.Unsigned((ulong)hints.Count);
            foreach (var (offset, hint) in hints)
            {
                content.Unsigned((ulong)offset);
                content.Bytes([1, hint]);
            }
        }

        return new CustomSectionText(2 * SectionNames.Order.IndexOf((byte)10), "metadata.code.branch_hint",
            content.ToArray());
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
