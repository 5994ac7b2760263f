using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>Decides what a module declares.</summary>
internal sealed class ShapeGenerator(Decisions choices)
{
    private const int MostFunctions = 6;

    public ModuleShape Generate(WasmFeatures features)
    {
        var shape = new ModuleShape { Features = Subset(features) };
        foreach (var host in HostFunctions.All) shape.Functions.Add(host.Signature);
        shape.ImportedFunctions = shape.Functions.Count;
        AddSorts(shape);
        for (int i = 1 + choices.Next(MostFunctions); i > 0; i--) shape.Functions.Add(MakeSignature(shape));
        AddMemories(shape);
        AddTables(shape);
        AddTags(shape);
        AddGlobals(shape);
        AddSegments(shape);
        return shape;
    }

    /// <summary>Half of what is allowed, so that modules are also made of few things that meet often.</summary>
    private WasmFeatures Subset(WasmFeatures features)
    {
        var subset = WasmFeatures.None;
        for (int bit = 1; bit <= (int)features; bit <<= 1)
            if (((int)features & bit) != 0 && choices.Chance(60)) subset |= (WasmFeatures)bit;
        // Engines refuse modules that handle exceptions in both ways.
        return subset.HasFlag(WasmFeatures.Exceptions) ? subset & ~WasmFeatures.LegacyExceptions : subset;
    }

    /// <summary>The sorts, and a function for each typed reference.</summary>
    private void AddSorts(ModuleShape shape)
    {
        shape.Sorts.AddRange(Sort.Row(shape.Has(WasmFeatures.Simd) ? "iIfdvre" : "iIfdre"));
        if (shape.Has(WasmFeatures.Gc)) AddHeap(shape);
        if (!shape.Has(WasmFeatures.FunctionReferences)) return;
        for (int i = 1 + choices.Next(2); i > 0; i--)
        {
            var signature = MakeSignature(shape);
            shape.Functions.Add(signature);
            var reference = new Sort('c', shape.Types.Of(signature));
            if (!shape.Sorts.Contains(reference)) shape.Sorts.Add(reference);
        }
    }

    private Signature MakeSignature(ModuleShape shape)
    {
        int results = choices.Next(10) switch { 0 => 0, < 7 => 1, < 9 => 2, _ => 3 + choices.Next(5) };
        int parameters = choices.Next(10) switch
        {
            < 8 => choices.Next(5),
            8 => choices.Next(10),
            _ => choices.Next(20)
        };
        return new(Row(shape, parameters), Row(shape, results));
    }

    private Sort[] Row(ModuleShape shape, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => choices.Pick(shape.Sorts))];

    private void AddMemories(ModuleShape shape)
    {
        int count = shape.Has(WasmFeatures.MultiMemory) ? 1 + choices.Next(3) : 1;
        for (int i = 0; i < count; i++)
        {
            int minimum = 1 + choices.Next(2);
            shape.Memories.Add(new MemoryShape(minimum, minimum + choices.Next(3),
                shape.Has(WasmFeatures.Memory64) && choices.Chance(40), shape.Has(WasmFeatures.Threads)
                    && choices.Chance(40)));
        }
    }

    /// <summary>
    /// Structures and arrays, some of them subtypes of others, any of which may refer to those before and itself.
    /// </summary>
    private void AddHeap(ModuleShape shape)
    {
        shape.Sorts.AddRange(Sort.Row("nqj"));
        for (int i = 2 + choices.Next(4); i > 0; i--)
        {
            int index = shape.Types.Encoded.Count;
            shape.Sorts.Add(new Sort('c', index));
            bool isArray = choices.Chance(35);
            var supers = shape.Heap.Where(type => !type.IsArray && !isArray).ToList();
            var super = supers.Count > 0 && choices.Chance(50) ? choices.Pick(supers) : null;
            var own = Enumerable.Range(0, isArray ? 1 : choices.Next(5)).Select(_ => MakeField(shape));
            var type = new HeapShape(index, isArray, [.. super?.Fields ?? [], .. own], super?.Index ?? -1);
            shape.Heap.Add(type);
            shape.Types.Encoded.Add(type.Encode());
        }
    }

    private Field MakeField(ModuleShape shape) =>
        choices.Next(4) == 0 ? new('i', 1 + choices.Next(2)) : new(choices.Pick(shape.Sorts), 0);

    private void AddTags(ModuleShape shape)
    {
        if (!shape.Has(WasmFeatures.Exceptions | WasmFeatures.LegacyExceptions)) return;
        for (int i = 1 + choices.Next(3); i > 0; i--) shape.Tags.Add(new(Row(shape, choices.Next(4)), []));
    }

    private void AddTables(ModuleShape shape)
    {
        shape.Tables.Add(MakeTable(shape, 'r'));
        shape.Tables.Add(MakeTable(shape, 'r'));
        shape.Tables.Add(MakeTable(shape, 'e'));
    }

    private TableShape MakeTable(ModuleShape shape, Sort element)
    {
        int minimum = 10 + choices.Next(6);
        return new(element, minimum, minimum + choices.Next(8), shape.Has(WasmFeatures.Memory64) && choices.Chance(30));
    }

    private void AddGlobals(ModuleShape shape)
    {
        foreach (var sort in shape.Sorts)
        {
            for (int i = 1 + choices.Next(2); i > 0; i--)
            {
                shape.Globals.Add(sort);
                shape.GlobalValues.Add(sort.IsReference ? Constants.Zero(sort) : Constants.Encode(choices, sort));
            }
        }
    }

    private void AddSegments(ModuleShape shape)
    {
        for (int i = 2 + choices.Next(8); i > 0; i--) shape.Slots.Add(choices.Next(shape.Functions.Count));
        for (int i = choices.Next(4); i > 0; i--) shape.Data.Add(MakeData());
        for (int i = choices.Next(3); i > 0; i--) shape.Elements.Add(MakeElements(shape));
    }

    public byte[] MakeData()
    {
        byte[] data = new byte[choices.Next(100)];
        for (int i = 0; i < data.Length; i++) data[i] = (byte)choices.Bits();
        return data;
    }

    private int[] MakeElements(ModuleShape shape) =>
        [.. Enumerable.Range(0, choices.Next(6)).Select(_ => choices.Next(shape.Functions.Count))];
}
