using System.Text;
using System.Text.Json;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// Calls the OCI runtime for one container after the other: Drydock's own where the container may be a guest's, else
/// the one below it.
/// </summary>
internal sealed class RuntimeCalls(Reaper reaper, string root)
{
    private const string Self = "/proc/self/exe", RuntimeName = "drydock-runtime";
    private string? _found;

    /// <summary>Directory in which the runtime keeps its containers.</summary>
    public string Root => root;

    /// <summary>Calls Drydock's runtime, which tells guests from other programs.</summary>
    /// <exception cref="TaskException">The call failed.</exception>
    public Task CallOwn(TaskContainer container, ChildStreams streams, params string[] words)
    {
        string[] lower = container.Request.LowerRuntime is { } path ? ["--lower-runtime", path] : [];
        return Call(Self, [RuntimeName, .. lower, .. Globals(container), .. words], container, streams);
    }

    /// <summary>Calls the runtime below.</summary>
    /// <exception cref="TaskException">The call failed.</exception>
    public Task CallLower(TaskContainer container, ChildStreams streams, params string[] words) =>
        CallLower(container, streams, words, null);

    /// <summary>
    /// Calls the runtime below to make a container, of which <paramref name="record"/> remembers who makes it.
    /// </summary>
    public Task CallLower(TaskContainer container, ChildStreams streams, string[] words, ContainerRecord? record)
    {
        string path = container.Request.LowerRuntime ?? (_found ??= LowerRuntime.Find().Path);
        return Call(path, [path, .. Globals(container), .. words], container, streams, record);
    }

    private string[] Globals(TaskContainer container) =>
    [
        "--root", root, "--log", LogOf(container), "--log-format", "json",
        .. container.Request.HasSystemdGroup ? (string[])["--systemd-cgroup"] : [],
    ];

    private static string LogOf(TaskContainer container) => Path.Join(container.Request.Bundle, "log.json");

    private async Task Call(
        string path, string[] words, TaskContainer container, ChildStreams streams, ContainerRecord? record = null)
    {
        int process = Programs.Start(path, words, streams);
        record?.RememberCreator(process);
        int code = await reaper.Await(process);
        if (code != 0)
            throw new TaskException(TaskError.Failed, LastError(LogOf(container)) ?? $"{words[0]} ended with {code}");
    }

    /// <summary>The last line of the log that is an error, in the words of the runtime.</summary>
    internal static string? LastError(string file)
    {
        if (!File.Exists(file)) return null;
        string? error = null;
        foreach (string line in File.ReadLines(file)) error = ErrorOf(line) ?? error;
        return error;
    }

    private static string? ErrorOf(string line)
    {
        try
        {
            bool isError = false;
            string? message = null;
            var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(line));
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName) continue;
                bool isLevel = json.ValueTextEquals("level"u8), isMessage = json.ValueTextEquals("msg"u8);
                if (!json.Read() || json.TokenType != JsonTokenType.String) continue;
                if (isLevel) isError = json.ValueTextEquals("error"u8);
                if (isMessage) message = json.GetString();
            }
            return isError ? message : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
