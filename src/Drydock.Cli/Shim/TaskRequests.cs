using System.Text;
using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Shim;

/// <summary>What most requests consist of: a container, a process, and up to two numbers.</summary>
/// <param name="Id">The container's id.</param>
/// <param name="ExecId">The process's name; empty for the first one.</param>
/// <param name="Third">The request's third field: a signal, a width, a truth value.</param>
/// <param name="Fourth">The request's fourth field.</param>
internal readonly record struct ProcessRequest(string Id, string ExecId, ulong Third, ulong Fourth)
{
    public static ProcessRequest Read(ReadOnlySpan<byte> message)
    {
        (string id, string execId, ulong third, ulong fourth) = ("", "", 0, 0);
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            if (reader.Field == 1) id = reader.Text;
            else if (reader.Field == 2) execId = reader.Text;
            else if (reader.Field == 3) third = reader.Number;
            else if (reader.Field == 4) fourth = reader.Number;
        }
        return new(id, execId, third, fourth);
    }
}

/// <summary><c>ExecProcessRequest</c>.</summary>
internal readonly record struct ExecRequest(string Id, string ExecId, StreamNames Streams, byte[] Specification)
{
    public static ExecRequest Read(ReadOnlySpan<byte> message)
    {
        (string id, string execId, bool isTerminal, byte[] specification) = ("", "", false, []);
        (string input, string output, string error) = ("", "", "");
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: execId = reader.Text; break;
                case 3: isTerminal = reader.Number != 0; break;
                case 4: input = reader.Text; break;
                case 5: output = reader.Text; break;
                case 6: error = reader.Text; break;
                case 7: specification = AnyMessage.Read(reader.Bytes).Value; break;
                default: break;
            }
        }
        return new(id, execId, new(input, output, error, isTerminal), specification);
    }
}

/// <summary><c>google.protobuf.Any</c>.</summary>
internal readonly record struct AnyMessage(string Type, byte[] Value)
{
    public static AnyMessage Read(ReadOnlySpan<byte> message)
    {
        (string type, byte[] value) = ("", []);
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            if (reader.Field == 1) type = reader.Text;
            else if (reader.Field == 2) value = reader.Bytes.ToArray();
        }
        return new(type, value);
    }
}

/// <summary><c>CreateTaskRequest</c>, and the options in it.</summary>
internal static class CreateRequest
{
    public static TaskRequest Read(ReadOnlySpan<byte> message)
    {
        (string id, string bundle, bool isTerminal) = ("", "", false);
        (string input, string output, string error) = ("", "", "");
        var mounts = new List<RootMount>();
        ShimTaskOptions options = default;
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: bundle = reader.Text; break;
                case 3: mounts.Add(ReadMount(reader.Bytes)); break;
                case 4: isTerminal = reader.Number != 0; break;
                case 5: input = reader.Text; break;
                case 6: output = reader.Text; break;
                case 7: error = reader.Text; break;
                case 8 when !reader.Bytes.IsEmpty:
                    throw new TaskException(TaskError.NotImplemented,
                        "cannot restore a checkpoint: compiled WebAssembly has state that cannot be carried over");
                case 10: options = ShimTaskOptions.Read(AnyMessage.Read(reader.Bytes)); break;
                default: break;
            }
        }
        if (!Path.IsPathFullyQualified(bundle))
            throw new TaskException(TaskError.InvalidArgument, $"\"{bundle}\" is no bundle: it is not absolute");
        return new()
        {
            Id = id,
            Bundle = bundle,
            Mounts = mounts,
            Streams = new(input, output, error, isTerminal),
            LowerRuntime = options.LowerRuntime,
            HasSystemdGroup = options.HasSystemdGroup || SystemdGroups.AreMeantBy(bundle),
        };
    }

    private static RootMount ReadMount(ReadOnlySpan<byte> message)
    {
        (string type, string source, string target) = ("", "", "");
        var options = new List<string>();
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1: type = reader.Text; break;
                case 2: source = reader.Text; break;
                case 3: target = reader.Text; break;
                case 4: options.Add(reader.Text); break;
                default: break;
            }
        }
        return new(type, source, target, options);
    }
}

/// <summary>
/// What an operator may say of a runtime in containerd's configuration: in runc's message
/// (<c>containerd.runc.v1.Options</c>) or in the general one (<c>runtimeoptions.v1.Options</c>), which carries lines of
/// TOML.
/// </summary>
/// <param name="LowerRuntime"><c>BinaryName</c>: the runtime that makes Linux containers; null for the one Drydock
/// finds.</param>
/// <param name="HasSystemdGroup"><c>SystemdCgroup</c>: whether systemd makes control groups.</param>
internal readonly record struct ShimTaskOptions(string? LowerRuntime, bool HasSystemdGroup)
{
    private const string Runc = "containerd.runc.v1.Options", General = "runtimeoptions.v1.Options";
    private const int LargestFile = 1 << 16;

    public static ShimTaskOptions Read(AnyMessage message) => message.Type[(message.Type.LastIndexOf('/') + 1)..] switch
    {
        Runc => ReadRunc(message.Value),
        General => ReadGeneral(message.Value),
        _ => default,
    };

    private static ShimTaskOptions ReadRunc(ReadOnlySpan<byte> message)
    {
        (string name, bool isSystemd) = ("", false);
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            if (reader.Field == 6) name = reader.Text;
            else if (reader.Field == 9) isSystemd = reader.Number != 0;
        }
        return new(Absolute(name), isSystemd);
    }

    private static ShimTaskOptions ReadGeneral(ReadOnlySpan<byte> message)
    {
        (string file, string text) = ("", "");
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            if (reader.Field == 2) file = reader.Text;
            else if (reader.Field == 3) text = Encoding.UTF8.GetString(reader.Bytes);
        }
        if (text.Length == 0 && file.Length > 0 && new FileInfo(file) is { Exists: true, Length: <= LargestFile })
            text = File.ReadAllText(file);
        return ReadLines(text);
    }

    /// <summary>Two keys, wherever they stand: there is no other use for a key of that name.</summary>
    internal static ShimTaskOptions ReadLines(string toml)
    {
        ShimTaskOptions options = default;
        foreach (string line in toml.Split('\n'))
        {
            if (line.Split('=', 2, StringSplitOptions.TrimEntries) is not [var key, var value]) continue;
            if (key == "SystemdCgroup") options = options with { HasSystemdGroup = value == "true" };
            else if (key == "BinaryName") options = options with { LowerRuntime = Absolute(value.Trim('"', '\'')) };
        }
        return options;
    }

    /// <summary>
    /// A name without a directory is what runc's shim looks for itself; here it is found in any case.
    /// </summary>
    private static string? Absolute(string path) => Path.IsPathFullyQualified(path) ? path : null;
}
