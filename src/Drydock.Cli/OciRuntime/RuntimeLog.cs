using System.Globalization;
using System.Text;
using Drydock.Oci;

namespace Drydock.Cli.OciRuntime;

/// <summary>
/// Where callers look for what went wrong: the file named with <c>--log</c>, in the format they asked for, and standard
/// error.
/// </summary>
internal static class RuntimeLog
{
    /// <summary>Reports an error of <paramref name="command"/>.</summary>
    public static void Error(RuntimeCommand command, string message)
    {
        string line = message.ReplaceLineEndings(" ");
        if (command.Global("--log") is { Length: > 0 } path) Append(path, Format(command.Global("--log-format"), line));
        Terminal.Error(line);
    }

    /// <summary>A line of a log: runc's JSON, or its text.</summary>
    internal static string Format(string? format, string message)
    {
        string time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return format == "json"
            ? Json.WriteLine(json =>
            {
                json.WriteStartObject();
                json.WriteString("level", "error");
                json.WriteString("msg", message);
                json.WriteString("time", time);
                json.WriteEndObject();
            })
            : $"time=\"{time}\" level=error msg=\"{message.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    private static void Append(string path, string line)
    {
        try
        {
            File.AppendAllText(path, line + "\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Terminal.Error($"cannot write the log {path}: {Reason.Of(e)}");
        }
    }
}
