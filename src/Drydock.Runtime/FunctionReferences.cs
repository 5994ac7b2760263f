using Drydock.Compiler;

namespace Drydock.Runtime;

/// <summary>
/// The references to the functions that an instance's module defines, each made when it is first asked for. They lie
/// one behind the other in that order, not at places of their functions: what is called through a table is scattered
/// over a module, and every page is touched on a start.
/// </summary>
/// <param name="instance">The instance.</param>
/// <param name="handle">Its handle.</param>
internal sealed unsafe class FunctionReferences(Instance instance, nint handle)
{
    private byte* _blocks;
    private int* _places;
    private int _count;

    /// <summary>Address of the reference to the function with a body.</summary>
    public nint Of(int bodyIndex)
    {
        if (_blocks == null) Reserve(instance.Module.Definition.Bodies.Length);
        int place = _places[bodyIndex];
        if (place == 0) _places[bodyIndex] = place = Make(bodyIndex);
        return (nint)BlockAt(place);
    }

    /// <summary>Room for all there can be; of both only the pages that are written to take up memory.</summary>
    private void Reserve(int count)
    {
        _places = (int*)instance.Store.Blocks.Allocate((nuint)count * sizeof(int));
        _blocks = instance.Store.Blocks.Allocate((nuint)count * FunctionReferenceLayout.Size);
    }

    /// <summary>Makes the next reference and returns its place, counted from one.</summary>
    private int Make(int bodyIndex)
    {
        var module = instance.Module;
        var definition = module.Definition;
        int index = definition.ImportedFunctionCount + bodyIndex, signature = module.Signatures[definition.Functions[index]];
        nint code = module.Code.Entry(bodyIndex), context = (nint)instance.Context;
        byte* block = BlockAt(_count + 1);
        if (definition.UsesExceptions)
        {
            nint guard = instance.Store.Engine.Thunks.Guard(definition.FunctionTypeOf(index));
            Function.WriteReference(block, code, context, signature, index, handle, guard, (nint)block);
        }
        else Function.WriteReference(block, code, context, signature, index, handle, code, context);
        return ++_count;
    }

    private byte* BlockAt(int place) => _blocks + (place - 1) * (nint)FunctionReferenceLayout.Size;
}
