using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Validation;

/// <summary>
/// Validates all function bodies, on several threads when there is enough of them to pay for starting the threads. The
/// error reported is always that of the first function that has one.
/// </summary>
internal sealed class CodeValidator(ModuleContext context, ByteRange[] entries)
{
    private const int ParallelThreshold = 256 * 1024;
    private const int ChunkLength = 32;

    private readonly FunctionBody[] _bodies = new FunctionBody[entries.Length];
    private readonly Lock _lock = new();
    private int _next;
    private volatile WasmFormatException? _error;

    public FunctionBody[] ValidateAll()
    {
        if (entries.Length == 0) return [];
        var codeLength = entries[^1].Offset - entries[0].Offset + entries[^1].Length;
        var workers = codeLength < ParallelThreshold
            ? 1
            : Math.Min(Environment.ProcessorCount, 1 + entries.Length / ChunkLength);
        if (workers == 1) Work();
        else Parallel.For(0, workers, _ => Work());
        if (_error is not null) throw _error;
        return _bodies;
    }

    private void Work()
    {
        var stacks = new ValidatorStacks(context.Memories is [{ Limits.Is64Bit: false }, ..]);
        // Chunks are handed out in order, and one that was handed out is finished: the first error is always found.
        while (_error is null)
        {
            var start = Interlocked.Add(ref _next, ChunkLength) - ChunkLength;
            if (start >= entries.Length) return;
            try
            {
                for (var i = start; i < Math.Min(start + ChunkLength, entries.Length); i++)
                    _bodies[i] = Validate(stacks, i);
            }
            catch (WasmFormatException error)
            {
                Report(error);
            }
        }
    }

    private FunctionBody Validate(ValidatorStacks stacks, int index)
    {
        var entry = entries[index];
        var function = context.ImportedFunctions + index;
        var reader = new ByteReader(context.Bytes.Span, entry.Offset, entry.Offset + entry.Length, "code", function);
        return new FunctionValidator(context, stacks, reader).ValidateBody(entry, context.FunctionTypeOf(function));
    }

    private void Report(WasmFormatException error)
    {
        lock (_lock)
        {
            if (_error is null || error.Function < _error.Function) _error = error;
        }
    }
}
