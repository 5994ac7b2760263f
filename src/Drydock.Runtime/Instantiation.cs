using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>The steps of instantiation after imports are matched, in the specification's order (spec: 4.5.4).</summary>
internal static unsafe class Instantiation
{
    public static void Run(Instance instance)
    {
        MakeTags(instance);
        MakeMemories(instance);
        MakeGlobals(instance);
        MakeTables(instance);
        EvaluateElements(instance);
        InitializeTables(instance);
        InitializeMemories(instance);
        int start = instance.Module.Definition.StartFunction;
        if (start >= 0) instance.FunctionAt(start).Invoke([], []);
    }

    private static void MakeTags(Instance instance)
    {
        var definition = instance.Module.Definition;
        for (int i = definition.ImportedTagCount; i < definition.Tags.Length; i++)
        {
            int type = definition.Tags[i];
            var function = (FunctionType)definition.Types[type].Composite;
            instance.Tags[i] = new Tag(instance.Store, function, instance.Module.Signatures[type], definition.Types,
                instance.Module.Signatures);
        }
        for (int i = 0; i < definition.Tags.Length; i++)
            VmContext.Word(instance.Context, instance.Module.Layout.Tag(i)) = instance.Tags[i].Block;
    }

    private static void MakeMemories(Instance instance)
    {
        var definition = instance.Module.Definition;
        for (int i = 0; i < definition.Memories.Length; i++)
        {
            var memory = instance.Memories[i] ??= Memory.Create(instance.Store, definition.Memories[i]);
            VmContext.Word(instance.Context, instance.Module.Layout.Memory(i)) = memory.Block;
            if (i == 0) VmContext.Word(instance.Context, VmContextLayout.Memory0Base) = memory.Base;
        }
    }

    private static void MakeGlobals(Instance instance)
    {
        var definition = instance.Module.Definition;
        var layout = instance.Module.Layout;
        for (int i = 0; i < definition.Globals.Length; i++)
        {
            nint slot = (nint)instance.Context + layout.Global(i);
            if (layout.IsGlobalIndirect(i))
            {
                *(nint*)slot = instance.Globals[i].Cell;
                continue;
            }
            var type = definition.Globals[i].Type;
            var canonical = SignatureRegistry.Canonical(type.Type, instance.Module.Signatures);
            instance.Globals[i] = new Global(instance.Store, type, canonical, slot);
            instance.Globals[i].Set(ConstantExpression.Evaluate(instance, definition.Globals[i].Initializer));
        }
    }

    private static void MakeTables(Instance instance)
    {
        var definition = instance.Module.Definition;
        for (int i = 0; i < definition.Tables.Length; i++)
        {
            var table = instance.Tables[i] ??= MakeTable(instance, definition.Tables[i]);
            VmContext.Word(instance.Context, instance.Module.Layout.Table(i)) = table.Block;
        }
    }

    private static Table MakeTable(Instance instance, TableDefinition table)
    {
        var initial = table.Initializer.Length == 0
            ? Value.Null
            : ConstantExpression.Evaluate(instance, table.Initializer);
        var element = SignatureRegistry.Canonical(table.Type.Element, instance.Module.Signatures);
        return Table.Create(instance.Store, table.Type, element, initial);
    }

    private static void EvaluateElements(Instance instance)
    {
        var segments = instance.Module.Definition.Elements;
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i].Mode == SegmentMode.Declarative || IsWrittenAtOnce(segments[i])) continue;
            var references = new nint[segments[i].Count];
            // Set before it is filled: making one element may collect what the others refer to.
            instance.SetElements(i, references);
            for (int j = 0; j < references.Length; j++) references[j] = Reference(instance, segments[i], j);
        }
    }

    /// <summary>
    /// Whether the elements are written to their table only: references to functions can be made in any order.
    /// </summary>
    private static bool IsWrittenAtOnce(ElementSegment segment) =>
        segment is { Mode: SegmentMode.Active, FunctionIndices: not null };

    private static nint Reference(Instance instance, ElementSegment segment, int index) =>
        segment.FunctionIndices is { } functions
            ? instance.FunctionReference(functions[index])
            : ConstantExpression.Evaluate(instance, segment.Expressions![index]).Handle;

    private static void InitializeTables(Instance instance)
    {
        var segments = instance.Module.Definition.Elements;
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i].Mode != SegmentMode.Active) continue;
            var table = instance.Tables[segments[i].Table];
            ulong offset = Offset(instance, segments[i].Offset, table.Type.Limits);
            if (!TryInitialize(instance, i, table, offset)) throw new TrapException(TrapCode.OutOfBoundsTableAccess);
            instance.DropElements(i);
        }
    }

    private static bool TryInitialize(Instance instance, int segment, Table table, ulong offset)
    {
        var elements = instance.Module.Definition.Elements[segment];
        if (!IsWrittenAtOnce(elements))
            return table.TryInitialize(offset, instance.ElementsOf(segment), 0, (ulong)elements.Count);
        if (!table.TrySlice(offset, elements.Count, out var references)) return false;
        instance.WriteReferences(elements.FunctionIndices, references);
        return true;
    }

    private static void InitializeMemories(Instance instance)
    {
        var segments = instance.Module.Definition.Data;
        bool isMapped = instance.Module.TryMapMemories(instance);
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i].Mode != SegmentMode.Active) continue;
            if (isMapped)
            {
                instance.DropData(i);
                continue;
            }
            var memory = instance.Memories[segments[i].Memory];
            ulong offset = Offset(instance, segments[i].Offset, memory.Type.Limits);
            if (!memory.TryInitialize(offset, instance.DataOf(i), 0, (ulong)segments[i].Content.Length))
                throw new TrapException(TrapCode.OutOfBoundsMemoryAccess);
            instance.DropData(i);
        }
    }

    private static ulong Offset(Instance instance, ByteRange expression, Limits limits)
    {
        var value = ConstantExpression.Evaluate(instance, expression);
        return limits.Is64Bit ? (ulong)value.AsInt64() : (uint)value.AsInt32();
    }
}
