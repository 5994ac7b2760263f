using System.Text;
using System.Text.Json;

namespace Drydock.Oci;

/// <summary>
/// Reads a policy. What it does not understand it refuses: a rule that is passed over would protect nobody.
/// </summary>
internal static class PolicyReader
{
    private const int MaxBytes = 1 << 20;
    private static readonly string[] Unsupported =
        ["fulcio", "pki", "rekorPublicKeyPath", "rekorPublicKeyData", "rekorPublicKeyPaths", "rekorPublicKeyDatas"];

    /// <summary>Reads a policy file.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Trust"/>.</exception>
    public static TrustPolicy Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaxBytes)
                throw Bad(path, $"it measures more than {MaxBytes} bytes");
            using var document = JsonDocument.Parse(file);
            return Read(path, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException)
        {
            throw Bad(path, Reason.Of(e), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, StoreErrors.Describe(e), e);
        }
    }

    private static TrustPolicy Read(string path, JsonElement policy)
    {
        var images = new Dictionary<string, IReadOnlyList<Requirement>>(StringComparer.Ordinal);
        var files = new Dictionary<string, IReadOnlyList<Requirement>>(StringComparer.Ordinal);
        if (policy.TryGetProperty("transports", out var transports))
            foreach (var transport in transports.EnumerateObject())
                foreach (var scope in transport.Value.EnumerateObject())
                    if (transport.Name is "docker" or "containers-storage")
                        images[scope.Name] = Requirements(path, scope.Value);
                    else if (transport.Name == "file")
                        files[scope.Name] = ForFiles(path, Requirements(path, scope.Value));
        return new(path, Requirements(path, policy.GetProperty("default")), images, files);
    }

    private static Requirement[] Requirements(string path, JsonElement list)
    {
        Requirement[] requirements = [.. list.EnumerateArray().Select(requirement => ReadOne(path, requirement))];
        return requirements.Length > 0 ? requirements : throw Bad(path, "a list of requirements is empty");
    }

    private static Requirement[] ForFiles(string path, Requirement[] requirements) =>
        Array.Exists(requirements, static each => each is SignedByKeys)
            ? throw Bad(path, "sigstoreSigned is for images: of files, wasmSigned can be asked")
            : requirements;

    private static Requirement ReadOne(string path, JsonElement requirement)
    {
        var type = requirement.GetProperty("type").GetString();
        return type switch
        {
            "insecureAcceptAnything" => new AcceptAnything(),
            "reject" => new RejectEverything(),
            "sigstoreSigned" => Signed(path, requirement),
            "wasmSigned" =>
                new ModuleSigned([.. Keys(path, requirement).Select(key => Ed25519Key.Read(key.Content, key.Name))]),
            _ => throw Bad(path, $"the requirement \"{Printable.Of(type ?? "null")}\" is not supported: "
                + "insecureAcceptAnything, reject, sigstoreSigned and wasmSigned are"),
        };
    }

    private static SignedByKeys Signed(string path, JsonElement requirement)
    {
        foreach (var other in Unsupported)
            if (requirement.TryGetProperty(other, out _))
                throw Bad(path, $"\"{other}\" is not supported: name keys with keyPath, keyPaths, keyData or keyDatas");
        var keys = Keys(path, requirement)
            .Select(key => SigningKey.ReadPublic(Encoding.UTF8.GetString(key.Content), key.Name)).ToArray();
        return !requirement.TryGetProperty("signedIdentity", out var identity)
            ? new(keys, IdentityMatch.Repository, null)
            : identity.GetProperty("type").GetString() switch
            {
                "matchRepository" => new(keys, IdentityMatch.Repository, null),
                "matchExact" => new(keys, IdentityMatch.Exact, null),
                "matchRepoDigestOrExact" => new(keys, IdentityMatch.RepositoryDigestOrExact, null),
                "exactReference" => new(keys, IdentityMatch.Given, identity.GetProperty("dockerReference").GetString()),
                "exactRepository" =>
                    new(keys, IdentityMatch.Given, identity.GetProperty("dockerRepository").GetString()),
                var other => throw Bad(path, $"the identity \"{Printable.Of(other ?? "null")}\" is not supported"),
            };
    }

    private static List<(byte[] Content, string Name)> Keys(string path, JsonElement requirement)
    {
        List<(byte[], string)> keys = [];
        foreach (var file in Strings(requirement, "keyPath", "keyPaths"))
            keys.Add((Content(path, file), file));
        foreach (var data in Strings(requirement, "keyData", "keyDatas"))
            keys.Add((Convert.FromBase64String(data), $"a key in {path}"));
        return keys.Count > 0 ? keys
            : throw Bad(path, "a requirement names no key: keyPath, keyPaths, keyData or keyDatas");
    }

    private static byte[] Content(string path, string file)
    {
        try
        {
            return File.ReadAllBytes(Path.GetFullPath(file, Path.GetDirectoryName(Path.GetFullPath(path))!));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, $"cannot read key {file}: {StoreErrors.Describe(e)}", e);
        }
    }

    private static IEnumerable<string> Strings(JsonElement parent, string one, string several)
    {
        if (parent.TryGetProperty(one, out var value))
            yield return value.GetString() ?? "";
        if (parent.TryGetProperty(several, out var list))
            foreach (var item in list.EnumerateArray())
                yield return item.GetString() ?? "";
    }

    private static ImageException Bad(string path, string reason, Exception? inner = null) =>
        new(ImageError.Trust, $"cannot use the policy {path}: {reason}", inner);
}
