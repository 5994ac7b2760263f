using Drydock.Compiler;

namespace Drydock.Runtime.Native;

/// <summary>
/// The code of a module: an image of the functions that were compiled before, which may be none, and behind it the
/// others as they are called for the first time. Slots, image and later code lie in one reservation, so that all of
/// them reach each other.
/// </summary>
internal sealed unsafe class ModuleCode : IDisposable
{
    private readonly CodeImage _image;
    private readonly IFunctionCompiler _compiler;
    private readonly Func<CompilationUnit> _unit;
    private readonly CodeMemory _memory;
    private readonly int _importedFunctions;
    private readonly Lock _gate = new();
    private readonly Lock?[] _compiling;
    private CompiledFunction[] _compiled = new CompiledFunction[16];
    private int _compiledCount;
    private ModuleCode? _newer, _older;

    /// <summary>Loads an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="file">Where its text can be mapped from; when default, it is copied.</param>
    /// <param name="importedFunctions">Number of functions the module imports.</param>
    /// <param name="missingSize">Bytes of wasm of the functions that are not in the image.</param>
    /// <param name="compiler">Compiles those.</param>
    /// <param name="unit">The module with all its bodies, asked for when the first of them is compiled.</param>
    public ModuleCode(
        CodeImage image, TextFile file, int importedFunctions, long missingSize, IFunctionCompiler compiler,
        Func<CompilationUnit> unit)
    {
        (_image, _importedFunctions, _compiler, _unit) = (image, importedFunctions, compiler, unit);
        _compiling = new Lock?[image.MissingCount];
        int later = image.MissingCount == 0 ? 0 : MostLaterCode(missingSize, image.MissingCount);
        _memory = new CodeMemory(image.SlotAreaSize, image.Text.Length, file, later);
        if (file.IsNone) _ = _memory.Append(image.Text.Span);
        nint* slots = Slots;
        for (int i = 0; i < image.MissingCount; i++) slots[i] = InitialSlot(i);
    }

    /// <summary>A function compiled after the image was loaded, in the order of addresses.</summary>
    private readonly record struct CompiledFunction(int Offset, int Length, int BodyIndex, CodeSite[] Sites);

    private nint* Slots => (nint*)_memory.Data;

    /// <summary>The address to call function <paramref name="bodyIndex"/> at, whether it is compiled or not.</summary>
    public nint Entry(int bodyIndex) => (nint)_memory.Code + _image.EntryOffset(bodyIndex);

    /// <summary>Compiles a function unless that has been done, and returns its address.</summary>
    public nint Compile(int bodyIndex)
    {
        if (_image.IsPresent(bodyIndex)) return Entry(bodyIndex);
        int slot = _image.SlotOf(bodyIndex);
        lock (LockOf(slot))
        {
            nint address = Volatile.Read(ref Slots[slot]);
            if (address != InitialSlot(slot)) return address;
            return Publish(bodyIndex, _compiler.Compile(_unit(), bodyIndex));
        }
    }

    /// <summary>Whether <paramref name="pc"/> is in this code, compiled or stub.</summary>
    public bool Contains(nint pc) => _memory.Contains(pc) || _older?.Contains(pc) == true;

    /// <summary>
    /// Lets calls of this code's functions lead to <paramref name="newer"/> where they go through slots; what is active
    /// goes on here. This code then belongs to the other.
    /// </summary>
    public void ForwardTo(ModuleCode newer)
    {
        newer._older = this;
        Volatile.Write(ref _newer, newer);
        for (ModuleCode? each = this; each is not null; each = each._older) each.Forward(newer);
    }

    private void Forward(ModuleCode newer)
    {
        for (int body = 0; body < _image.FunctionCount; body++)
            if (!_image.IsPresent(body)) Forward(body, newer.Entry(body));
    }

    private void Forward(int bodyIndex, nint address)
    {
        lock (_gate) Volatile.Write(ref Slots[_image.SlotOf(bodyIndex)], address);
    }

    /// <summary>
    /// Calls <paramref name="visit"/> with body, address and length of all functions whose code is here.
    /// </summary>
    public void Visit(Action<int, nint, int> visit)
    {
        _older?.Visit(visit);
        for (int body = 0; body < _image.FunctionCount; body++)
            if (_image.IsPresent(body)) visit(body, Entry(body), _image.LengthOf(body));
        lock (_gate)
        {
            foreach (var function in _compiled.AsSpan(0, _compiledCount))
                visit(function.BodyIndex, (nint)_memory.Code + function.Offset, function.Length);
        }
    }

    /// <summary>Finds the function at <paramref name="pc"/> and what is recorded there.</summary>
    public bool TryFind(nint pc, out int functionIndex, out CodeSite site)
    {
        if (!_memory.Contains(pc))
        {
            (functionIndex, site) = (-1, new CodeSite(0, TrapCode.None, -1));
            return _older?.TryFind(pc, out functionIndex, out site) == true;
        }
        int offset = (int)(pc - (nint)_memory.Code);
        bool isFound = _image.TryFind(offset, out int body, out site) || TryFindLater(offset, out body, out site);
        functionIndex = isFound ? _importedFunctions + body : -1;
        return isFound;
    }

    public void Dispose()
    {
        _older?.Dispose();
        _memory.Dispose();
    }

    private bool TryFindLater(int offset, out int bodyIndex, out CodeSite site)
    {
        CompiledFunction function;
        lock (_gate)
        {
            int index = LastAtOrBelow(offset);
            function = index < 0 ? default : _compiled[index];
        }
        (bodyIndex, site) = (function.BodyIndex, new CodeSite(0, TrapCode.None, -1));
        // A call may be a function's last instruction, so its return address may be just past the end.
        if (function.Sites is null || offset > function.Offset + function.Length) return false;
        int found = FindSite(function.Sites, offset - function.Offset);
        if (found >= 0) site = function.Sites[found];
        return true;
    }

    private nint InitialSlot(int slot) => (nint)_memory.Code + CodeImage.ResumeOffset(slot);

    private Lock LockOf(int slot) =>
        Volatile.Read(ref _compiling[slot])
        ?? Interlocked.CompareExchange(ref _compiling[slot], new Lock(), null) ?? _compiling[slot]!;

    private nint Publish(int bodyIndex, FunctionCode code)
    {
        lock (_gate)
        {
            int offset = _memory.NextOffset(code.Alignment);
            Link(code, offset);
            _memory.Append(code.Text, code.Alignment);
            if (_compiledCount == _compiled.Length) Array.Resize(ref _compiled, _compiledCount * 2);
            _compiled[_compiledCount++] = new(offset, code.Text.Length, bodyIndex, code.Sites);
            nint address = (nint)_memory.Code + offset;
            // What came from elsewhere in the meantime is better.
            if (Volatile.Read(ref _newer) is { } newer) return newer.Entry(bodyIndex);
            Volatile.Write(ref Slots[_image.SlotOf(bodyIndex)], address);
            return address;
        }
    }

    /// <summary>Calls functions of the image directly, and the others, compiled or not, through their slots.</summary>
    private void Link(FunctionCode code, int offset)
    {
        foreach (var call in code.Calls)
        {
            int callee = call.Function - _importedFunctions, at = offset + call.Offset;
            var site = code.Text.AsSpan(call.Offset);
            if (call.IsNear) CodeImageLinker.LinkNear(site, at, _image.EntryOffset(callee));
            else if (_image.IsPresent(callee))
                CodeImageLinker.LinkDirect(site, call.IsTail, at, _image.EntryOffset(callee));
            else
                CodeImageLinker.LinkThroughSlot(site, call.IsTail, at,
                    _image.SlotOf(callee) * sizeof(nint) - _image.SlotAreaSize);
        }
    }

    /// <summary>
    /// Room for code: what the bodies come to at a generous ratio; only what is used takes up memory.
    /// </summary>
    private int MostLaterCode(long size, int count) =>
        (int)Math.Min(CodeImage.LargestText - _image.Text.Length, (1 << 20) + size * 64 + count * 1024L);

    private int LastAtOrBelow(int offset)
    {
        int low = 0, high = _compiledCount - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (_compiled[middle].Offset <= offset) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    /// <summary>The last site at an offset: where a call returns to an instruction that traps, the trap.</summary>
    private static int FindSite(CodeSite[] sites, int offset)
    {
        int low = 0, high = sites.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (sites[middle].Offset <= offset) low = middle + 1;
            else high = middle - 1;
        }
        return high >= 0 && sites[high].Offset == offset ? high : -1;
    }
}
