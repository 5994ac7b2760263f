using System.Text.Json;
using Drydock.Containers.Spec;

namespace Drydock.Containers.Bundles;

/// <summary>
/// A process as a caller describes it: <c>process</c> of <c>config.json</c>, or the file that <c>exec</c> is given.
/// </summary>
public sealed class ProcessConfig
{
    private readonly JsonElement _element;

    /// <param name="element">The JSON object; the document must outlive this.</param>
    /// <exception cref="ContainerException">It is no object, or its command line or environment is no list of
    /// words.</exception>
    public ProcessConfig(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new ContainerException("\"process\" is not an object");
        _element = element;
        Args = Words("args");
        Env = Words("env");
        Cwd = element.TryGetProperty("cwd", out JsonElement cwd) && cwd.ValueKind == JsonValueKind.String
            ? cwd.GetString()!
            : "/";
    }

    /// <summary>Command line.</summary>
    public IReadOnlyList<string> Args { get; }
    /// <summary>Environment, each as <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Env { get; }
    /// <summary>Working directory.</summary>
    public string Cwd { get; }

    /// <summary>Writes the process with another command line and environment, and all else as it is.</summary>
    public void Write(Utf8JsonWriter json, IEnumerable<string> args, IEnumerable<string> env)
    {
        json.WriteStartObject();
        foreach (JsonProperty property in _element.EnumerateObject())
            if (property.Name is not ("args" or "env")) property.WriteTo(json);
        WriteWords(json, "args", args);
        WriteWords(json, "env", env);
        json.WriteEndObject();
    }

    /// <summary>Writes the process with what a caller of <c>exec</c> asks for on the command line.</summary>
    /// <param name="json">Receives the object.</param>
    /// <param name="args">Command line.</param>
    /// <param name="env">Further variables.</param>
    /// <param name="cwd">Working directory; null for the process's own.</param>
    /// <param name="user">User and group id; null for the process's own.</param>
    /// <param name="terminal">Whether it has a terminal.</param>
    public void WriteExec(
        Utf8JsonWriter json, IEnumerable<string> args, IReadOnlyList<string> env, string? cwd, UserSpec? user,
        bool terminal)
    {
        json.WriteStartObject();
        foreach (JsonProperty property in _element.EnumerateObject())
            if (property.Name is not ("args" or "env" or "cwd" or "terminal" or "consoleSize")
                && (property.Name != "user" || user is null)) property.WriteTo(json);
        WriteWords(json, "args", args);
        WriteWords(json, "env", EnvironmentVariables.Merge(Env, env));
        json.WriteString("cwd", cwd ?? Cwd);
        json.WriteBoolean("terminal", terminal);
        if (user is not null) WriteUser(json, user);
        json.WriteEndObject();
    }

    private static void WriteUser(Utf8JsonWriter json, UserSpec user)
    {
        json.WriteStartObject("user");
        json.WriteNumber("uid", user.Uid);
        json.WriteNumber("gid", user.Gid);
        json.WriteEndObject();
    }

    private static void WriteWords(Utf8JsonWriter json, string name, IEnumerable<string> words)
    {
        json.WriteStartArray(name);
        foreach (string word in words) json.WriteStringValue(word);
        json.WriteEndArray();
    }

    private string[] Words(string name)
    {
        if (!_element.TryGetProperty(name, out JsonElement list) || list.ValueKind == JsonValueKind.Null) return [];
        if (list.ValueKind != JsonValueKind.Array) throw NoWords(name);
        var words = new string[list.GetArrayLength()];
        int count = 0;
        foreach (JsonElement word in list.EnumerateArray())
            words[count++] = word.ValueKind == JsonValueKind.String ? word.GetString()! : throw NoWords(name);
        return words;
    }

    private static ContainerException NoWords(string name) => new($"\"process.{name}\" is not a list of words");
}
