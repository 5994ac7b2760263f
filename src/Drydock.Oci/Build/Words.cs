using System.Text.Json;

namespace Drydock.Oci.Build;

/// <summary>Splits what follows an instruction's name.</summary>
internal static class Words
{
    /// <summary>Splits at white space outside quotes. Quotes and escapes stay: they matter to expansion.</summary>
    public static List<string> Split(string text, char escape)
    {
        List<string> words = [];
        var start = -1;
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quote == '\0' && c is ' ' or '\t')
            {
                if (start >= 0)
                    words.Add(text[start..i]);
                start = -1;
                continue;
            }
            if (start < 0)
                start = i;
            if (c == escape && quote != '\'')
                i++;
            else if (quote == '\0' && c is '"' or '\'')
                quote = c;
            else if (c == quote)
                quote = '\0';
        }
        if (start >= 0)
            words.Add(text[start..]);
        return words;
    }

    /// <summary>The strings of the JSON form, or null where it is the other form.</summary>
    /// <exception cref="ImageException">When it starts like JSON and is none: Docker would take it for a shell
    /// command.</exception>
    public static string[]? Json(Instruction instruction)
    {
        if (!instruction.Rest.StartsWith('['))
            return null;
        try
        {
            using var document = JsonDocument.Parse(instruction.Rest);
            return [.. document.RootElement.EnumerateArray().Select(Text)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw instruction.At.Error(
                $"{instruction.Keyword} starts with [ but is not a JSON array of strings; quote with \", not with '",
                e);
        }
    }

    private static string Text(JsonElement element) =>
        element.GetString() ?? throw new JsonException("null is not a string");
}
