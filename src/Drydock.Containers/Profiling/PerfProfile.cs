using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Text;
using Drydock.Oci;
using Drydock.Runtime;

namespace Drydock.Containers;

/// <summary>
/// What <c>perf</c> needs to name a guest's functions, both written when the guest has ended: <c>/tmp/perf-PID.map</c>,
/// for code in memory without a file, and <c>/tmp/jit-PID.dump</c> for <c>perf inject --jit</c>, for code from the
/// cache as well (linux: tools/perf/Documentation/jit-interface.txt, jitdump-specification.txt).
/// </summary>
internal sealed class PerfProfile : GuestProfile
{
    private const uint Magic = 0x4A695444, Version = 1, HeaderSize = 40, MachineX64 = 62, LoadRecord = 0,
        RecordSize = 56;

    private readonly Action<string> _report;
    private readonly FileStream? _dump;
    private readonly MemoryMappedFile? _mark;
    private readonly MemoryMappedViewAccessor? _view;

    public PerfProfile(Module module, Action<string> report) : base(module)
    {
        _report = report;
        try
        {
            _dump = new FileStream(InTemporary($"jit-{Id}.dump"), FileMode.Create, FileAccess.ReadWrite);
            WriteHeader();
            _dump.Flush();
            // By this mapping, which must be executable, perf learns of the file.
            _mark = MemoryMappedFile.CreateFromFile(
                _dump, null, 0, MemoryMappedFileAccess.ReadExecute, HandleInheritability.None, leaveOpen: true);
            _view = _mark.CreateViewAccessor(0, 0, MemoryMappedFileAccess.ReadExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            report($"cannot write {InTemporary($"jit-{Id}.dump")}: {Reason.Of(e)}");
        }
    }

    private static string Id => Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    public override void Dispose()
    {
        try
        {
            using var map = new StreamWriter(InTemporary($"perf-{Id}.map"));
            long index = 0;
            Module.VisitCode((function, address, length) =>
            {
                map.Write(string.Create(CultureInfo.InvariantCulture, $"{address:x} {length:x} {NameOf(function)}\n"));
                if (_dump is not null) WriteCode(address, length, index++, NameOf(function));
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _report($"cannot write the profile: {Reason.Of(e)}");
        }
        _view?.Dispose();
        _mark?.Dispose();
        _dump?.Dispose();
    }

    private static string InTemporary(string name) => Path.Join("/tmp", name);

    private void WriteHeader()
    {
        using var writer = new BinaryWriter(_dump!, Encoding.UTF8, leaveOpen: true);
        foreach (uint word in (ReadOnlySpan<uint>)[Magic, Version, HeaderSize, MachineX64, 0,
            (uint)Environment.ProcessId])
            writer.Write(word);
        writer.Write(Now);
        writer.Write(0UL);
    }

    /// <summary>
    /// Code never moves, so it does not matter that it is older than its record: all have the time of the start.
    /// </summary>
    private void WriteCode(nint address, int length, long index, string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(name + "\0");
        using var writer = new BinaryWriter(_dump!, Encoding.UTF8, leaveOpen: true);
        writer.Write(LoadRecord);
        writer.Write(RecordSize + (uint)text.Length + (uint)length);
        writer.Write(_started);
        writer.Write(Environment.ProcessId);
        writer.Write(Environment.ProcessId);
        writer.Write((ulong)address);
        writer.Write((ulong)address);
        writer.Write((ulong)length);
        writer.Write(index);
        writer.Write(text);
        writer.Write(Module.ReadCode(address, length));
    }

    private readonly ulong _started = Now;

    /// <summary>The monotonic clock in nanoseconds, which <c>perf record -k mono</c> uses as well.</summary>
    private static ulong Now =>
        (ulong)(System.Diagnostics.Stopwatch.GetTimestamp() * (1_000_000_000 / System.Diagnostics.Stopwatch.Frequency));
}
