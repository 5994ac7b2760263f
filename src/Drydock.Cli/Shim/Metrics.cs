using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Shim;

/// <summary>
/// What a container uses, in the messages that collectors of metrics read (containerd/cgroups, cgroup1/stats and
/// cgroup2/stats, metrics.proto). Which key of <c>memory.stat</c> goes into which field stands in one table for each
/// version.
/// </summary>
internal static class Metrics
{
    /// <summary>
    /// Keys of version 2, in the order of their fields from 1 on; empty where the field is none of the file's.
    /// </summary>
    private static readonly string[] UnifiedMemory =
    [
        "anon", "file", "kernel_stack", "slab", "sock", "shmem", "file_mapped", "file_dirty", "file_writeback",
        "anon_thp",
        "inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable", "slab_reclaimable",
        "slab_unreclaimable",
        "pgfault", "pgmajfault", "", "", "workingset_nodereclaim", "pgrefill", "pgscan", "pgsteal", "pgactivate",
        "pgdeactivate",
        "pglazyfree", "pglazyfreed", "thp_fault_alloc", "thp_collapse_alloc",
    ];

    /// <summary>Keys of version 1, likewise.</summary>
    private static readonly string[] Memory =
    [
        "cache", "rss", "rss_huge", "mapped_file", "dirty", "writeback", "pgpgin", "pgpgout", "pgfault", "pgmajfault",
        "inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable", "hierarchical_memory_limit",
        "hierarchical_memsw_limit", "total_cache", "total_rss", "total_rss_huge", "total_mapped_file", "total_dirty",
        "total_writeback", "total_pgpgin", "total_pgpgout", "total_pgfault", "total_pgmajfault", "total_inactive_anon",
        "total_active_anon", "total_inactive_file", "total_active_file", "total_unevictable",
    ];

    private static readonly string[] UnifiedProcessor =
        ["usage_usec", "user_usec", "system_usec", "nr_periods", "nr_throttled", "throttled_usec"];

    private static readonly string[] UnifiedEvents = ["low", "high", "max", "oom", "oom_kill"];

    /// <summary>The answer to <c>Stats</c>.</summary>
    public static ProtoWriter Write(TaskContainer container)
    {
        ControlGroup group = container.Group
            ?? throw new TaskException(TaskError.NotFound, $"the container {container.Id} has no control group");
        return ControlGroup.IsUnified
            ? new ProtoWriter().Any(1, "io.containerd.cgroups.v2.Metrics", WriteUnified(group).Written)
            : new ProtoWriter().Any(1, "io.containerd.cgroups.v1.Metrics", Write(group).Written);
    }

    private static ProtoWriter WriteUnified(ControlGroup group) => new ProtoWriter()
        .Message(1, Processes(group).Written)
        .Message(2, Keys(new(), group.Read("", "cpu.stat"), UnifiedProcessor).Written)
        .Message(4, Keys(new(), group.Read("", "memory.stat"), UnifiedMemory)
            .Number(32, group.Number("", "memory.current")).Number(33, group.Number("", "memory.max"))
            .Number(34, group.Number("", "memory.swap.current")).Number(35, group.Number("", "memory.swap.max"))
            .Number(36, group.Number("", "memory.peak")).Written)
        .Message(6, UnifiedDisks(group.Read("", "io.stat")).Written)
        .Message(8, Keys(new(), group.Read("", "memory.events"), UnifiedEvents).Written);

    private static ProtoWriter Write(ControlGroup group) => new ProtoWriter()
        .Message(2, Processes(group).Written)
        .Message(3, Processor(group).Written)
        .Message(4, Keys(new(), group.Read("memory", "memory.stat"), Memory)
            .Message(33, MemoryEntry(group, "memory").Written).Message(34, MemoryEntry(group, "memory.memsw").Written)
            .Message(35, MemoryEntry(group, "memory.kmem").Written)
                .Message(36, MemoryEntry(group, "memory.kmem.tcp").Written).Written)
        .Message(5, Disks(new(), group.Read("blkio", "blkio.throttle.io_service_bytes_recursive"), 1,
            group.Read("blkio", "blkio.throttle.io_serviced_recursive"), 2).Written)
        .Message(9, new ProtoWriter().Number(3, group.MemoryKills).Written);

    /// <summary>No limit is written as none.</summary>
    private static ProtoWriter Processes(ControlGroup group) => new ProtoWriter()
        .Number(1, group.Number("pids", "pids.current"))
        .Number(2, group.Number("pids", "pids.max") is var limit and not ulong.MaxValue ? limit : 0);

    private static ProtoWriter Processor(ControlGroup group)
    {
        var usage = new ProtoWriter().Number(1, group.Number("cpuacct", "cpuacct.usage"))
            .Number(2, group.Number("cpuacct", "cpuacct.usage_sys"))
                .Number(3, group.Number("cpuacct", "cpuacct.usage_user"));
        var throttling = Keys(new(), group.Read("cpu", "cpu.stat"), ["nr_periods", "nr_throttled", "throttled_time"]);
        return new ProtoWriter().Message(1, usage.Written).Message(2, throttling.Written);
    }

    private static ProtoWriter MemoryEntry(ControlGroup group, string name) => new ProtoWriter()
        .Number(1, group.Number("memory", name + ".limit_in_bytes"))
            .Number(2, group.Number("memory", name + ".usage_in_bytes"))
        .Number(3, group.Number("memory", name + ".max_usage_in_bytes"))
            .Number(4, group.Number("memory", name + ".failcnt"));

    private static ProtoWriter Keys(ProtoWriter message, string? content, string[] keys)
    {
        for (int i = 0; i < keys.Length; i++)
            if (keys[i].Length > 0) message.Number(i + 1, ControlGroup.Find(content, keys[i]));
        return message;
    }

    /// <summary>Lines as <c>8:0 rbytes=1 wbytes=2 rios=3 wios=4 ...</c>.</summary>
    internal static ProtoWriter UnifiedDisks(string? content)
    {
        var message = new ProtoWriter();
        foreach (string line in (content ?? "").Split('\n'))
        {
            string[] words = line.Split(' ', ':');
            if (words.Length < 3 || !ulong.TryParse(words[0], out ulong major)
                || !ulong.TryParse(words[1], out ulong minor))
                continue;
            message.Message(1, new ProtoWriter().Number(1, major).Number(2, minor).Number(3, Value(words, "rbytes="))
                .Number(4, Value(words, "wbytes=")).Number(5, Value(words, "rios=")).Number(6, Value(words, "wios="))
                    .Written);
        }
        return message;
    }

    /// <summary>Lines as <c>8:0 Read 123</c>.</summary>
    private static ProtoWriter Disks(ProtoWriter message, string? bytes, int bytesField, string? operations,
        int operationsField)
    {
        AddDisks(message, bytes, bytesField);
        AddDisks(message, operations, operationsField);
        return message;
    }

    private static void AddDisks(ProtoWriter message, string? content, int field)
    {
        foreach (string line in (content ?? "").Split('\n'))
            if (line.Split(' ', ':') is [var major, var minor, var operation, var value])
                message.Message(field, new ProtoWriter().Text(1, operation).Number(3, Parse(major)).Number(4,
                    Parse(minor))
                    .Number(5, Parse(value)).Written);
    }

    private static ulong Value(string[] words, string key)
    {
        foreach (string word in words)
            if (word.StartsWith(key, StringComparison.Ordinal)) return Parse(word[key.Length..]);
        return 0;
    }

    private static ulong Parse(string text) => ulong.TryParse(text, out ulong value) ? value : 0;
}
