using System.Globalization;
using System.Text;
using Drydock.Compiler;
using Drydock.Runtime.Cache;

namespace Drydock.Containers;

/// <summary>
/// What is remembered of a module that could not be optimized, so that it is not tried at every start: it is tried
/// again after a day, and three times in all, until the compilers or the processor are others. Where libLLVM is missing
/// there is nothing to tell and no attempt to count, and the one that is installed is found after some minutes.
/// </summary>
internal sealed record OptimizationNote(int Attempts, bool IsTold, string Reason)
{
    private const int MostAttempts = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromDays(1), PauseWhileMissing = TimeSpan.FromMinutes(10);

    /// <summary>Whether there is no reason not to try.</summary>
    public static bool MayTry(CodeCache cache, CodeImageIdentity identity) =>
        cache.ReadNote(identity) is not { } note || (Parse(note.Text) switch
        {
            null => note.Age > Pause,
            { Attempts: 0 } => note.Age > PauseWhileMissing,
            { } parsed => note.Age > Pause && parsed.Attempts < MostAttempts,
        });

    /// <summary>Writes down one more failure.</summary>
    public static void Add(CodeCache cache, CodeImageIdentity identity, string reason)
    {
        int before = cache.ReadNote(identity) is { } note && Parse(note.Text) is { } parsed ? parsed.Attempts : 0;
        Write(cache, identity, new(before + 1, IsTold: false, reason));
    }

    /// <summary>Writes down that there was no libLLVM.</summary>
    public static void AddMissing(CodeCache cache, CodeImageIdentity identity) =>
        Write(cache, identity, new(Attempts: 0, IsTold: true, OptimizingTier.Missing));

    /// <summary>Forgets earlier failures.</summary>
    public static void Remove(CodeCache cache, CodeImageIdentity identity) => cache.RemoveNote(identity);

    /// <summary>Why the module could not be optimized, once; null if that is known or did not happen.</summary>
    public static string? TakeNews(CodeCache cache, CodeImageIdentity identity)
    {
        if (cache.ReadNote(identity) is not { } note || Parse(note.Text) is not { IsTold: false } parsed) return null;
        Write(cache, identity, parsed with { IsTold = true });
        return parsed.Reason;
    }

    private static void Write(CodeCache cache, CodeImageIdentity identity, OptimizationNote note) => cache.WriteNote(
        identity, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{note.Attempts} {(note.IsTold ? 1 : 0)} {note.Reason}")));

    private static OptimizationNote? Parse(byte[] text)
    {
        string[] words = Encoding.UTF8.GetString(text).Split(' ', 3);
        return words.Length == 3
            && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int attempts)
            ? new(attempts, words[1] == "1", words[2])
            : null;
    }
}
