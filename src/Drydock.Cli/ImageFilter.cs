using System.Globalization;
using Drydock.Containers;
using Drydock.Oci;

namespace Drydock.Cli;

/// <summary>
/// The filters of listings and of <c>prune</c>: <c>dangling</c>, <c>reference</c>, <c>label</c>, <c>before</c>,
/// <c>since</c>, <c>until</c>. Values of one name are alternatives, except for labels; names must all fit.
/// </summary>
internal sealed class ImageFilter
{
    private static readonly string[] Names = ["dangling", "reference", "label", "label!", "before", "since", "until"];

    private readonly Sequences.Groups<string, string> _values;

    private ImageFilter(IEnumerable<(string Name, string Value)> pairs) =>
        _values = pairs.ToLookup(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);

    /// <summary>Reads <c>NAME=VALUE</c> each.</summary>
    /// <exception cref="UserError">A filter nobody knows.</exception>
    public static ImageFilter Parse(string[] words) => new(words.Select(Pair).ToArray());

    /// <summary>Whether an image fits.</summary>
    public bool Fits(ImageStore store, ImageSummary image) =>
        Any("dangling", value => (image.Name is null) == IsTrue(value))
        && Any("reference", pattern => image.Name is { } name && Matches(name, pattern))
        && Any("until", value => image.Created is { } created && created < PointInTime(value))
        && Any("before", other => image.Created < store.Resolve(other).Created)
        && Any("since", other => image.Created > store.Resolve(other).Created)
        && _values["label"].All(label => HasLabel(store, image, label))
        && !_values["label!"].Any(label => HasLabel(store, image, label));

    /// <summary>Whether a name fits a pattern, with the tag or without it; <c>*</c> stops at slashes.</summary>
    public static bool Matches(Reference name, string pattern) =>
        new[] { name.Familiar, name.FamiliarRepository, name.ToString(),
            name.Repository }.Any(text => Matches(text, pattern));

    private static bool Matches(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        if (pattern.IsEmpty) return text.IsEmpty;
        if (pattern[0] == '*')
        {
            for (int taken = 0; ; taken++)
                if (Matches(text[taken..], pattern[1..])) return true;
                else if (taken == text.Length || text[taken] == '/') return false;
        }
        return !text.IsEmpty && (pattern[0] == '?' ? text[0] != '/' : pattern[0] == text[0])
            && Matches(text[1..], pattern[1..]);
    }

    private bool Any(string name, Func<string, bool> fits) => !_values.Contains(name) || _values[name].Any(fits);

    private static bool HasLabel(ImageStore store, ImageSummary image, string label)
    {
        int equals = label.IndexOf('=', StringComparison.Ordinal);
        Dictionary<string, string>? labels = store.Resolve(image.Id.ToString()).Config.Config?.Labels;
        return labels is not null && labels.TryGetValue(equals < 0 ? label : label[..equals], out string? value)
            && (equals < 0 || value == label[(equals + 1)..]);
    }

    private static bool IsTrue(string value) => value switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new UserError($"dangling={value}: write true or false"),
    };

    /// <summary>A date, seconds since 1970, or how long ago.</summary>
    private static DateTimeOffset PointInTime(string value)
    {
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
            return DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, 253402300799));
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out DateTimeOffset date)
            ? date
            : DateTimeOffset.UtcNow - Quantity.ParseDuration(value);
    }

    private static (string Name, string Value) Pair(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        return equals > 0 && Names.Contains(name)
            ? (name, word[(equals + 1)..])
            : throw new UserError(
                $"filter \"{word}\" is not known: {string.Join(", ", Names.Select(each => each + "=…"))}");
    }
}
