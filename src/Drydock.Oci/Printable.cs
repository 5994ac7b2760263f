namespace Drydock.Oci;

/// <summary>Makes text from outside fit for one line of an error message.</summary>
internal static class Printable
{
    private const int MaxLength = 200;

    public static string Of(string text)
    {
        var cut = text.Length > MaxLength ? text[..MaxLength] + "…" : text;
        return string.Create(cut.Length, cut, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
        });
    }
}
