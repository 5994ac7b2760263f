namespace Drydock.Oci.Registry;

/// <summary>
/// Passes on what a registry has to say to its users: <c>Warning: 299 - "text"</c> beside an answer (distribution-spec
/// 1.1: Warnings), each text once.
/// </summary>
internal sealed class RegistryWarnings(string host, ITransferProgress? progress)
{
    private const string Start = "299 - \"";
    private const int MaxTexts = 8;

    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    public void Pass(HttpResponseMessage response)
    {
        if (progress is null || !response.Headers.NonValidated.TryGetValues("Warning", out var values))
            return;
        foreach (var value in values)
            if (value.StartsWith(Start, StringComparison.Ordinal) && value.LastIndexOf('"') is var end
                && end > Start.Length)
                Say(Printable.Of(value[Start.Length..end].Replace("\\", "", StringComparison.Ordinal)));
    }

    private void Say(string text)
    {
        lock (_said)
            if (_said.Count == MaxTexts || !_said.Add(text))
                return;
        progress!.Warn($"{host} says: {text}");
    }
}
