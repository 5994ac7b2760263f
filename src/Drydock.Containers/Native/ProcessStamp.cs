using System.Globalization;

namespace Drydock.Containers.Native;

/// <summary>A process told apart from a later one that was given the same id.</summary>
/// <param name="Id">Process id.</param>
/// <param name="Started">When it was started, in the kernel's clock ticks since boot.</param>
public readonly record struct ProcessStamp(int Id, ulong Started)
{
    // proc(5), /proc/pid/stat, counted from the state, which follows the name in parentheses.
    private const int StateField = 0, StartField = 19;

    /// <summary>Whether the process is there and has not ended.</summary>
    public bool IsAlive => Of(Id) == this;

    /// <summary>The stamp of a process, or null where there is none or it has ended and waits for its parent.</summary>
    public static ProcessStamp? Of(int process)
    {
        try
        {
            string text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[StateField] is "Z" or "X"
                ? null
                : new(process, ulong.Parse(fields[StartField], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads what <see cref="ToString"/> writes; null for anything else.</summary>
    public static ProcessStamp? Parse(string text)
    {
        string[] words = text.Split(' ');
        return words.Length == 2
            && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            && ulong.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong started)
                ? new(id, started)
                : null;
    }

    /// <summary>The id and the start, with a space between them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id} {Started}");
}
