using System.Text;
using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

/// <summary>Who is asked for credentials, where they come from, and who never gets them.</summary>
public sealed class AuthorizationTests : IDisposable
{
    private readonly ScriptedRegistry _server = new();
    private readonly string _home = Scratch.Make("drydock-auth-");
    private readonly ImageStore _store;

    public AuthorizationTests() => _store = ImageStore.Open(Path.Join(_home, "store"));

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private string AuthFile => Path.Join(_home, "auth.json");

    private ImageRegistry Registry(Credentials? credentials = null) =>
        new(new() { AuthFile = AuthFile, Credentials = credentials });

    private static string Basic(string text) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>Guards a path: what comes without the header is sent to the token server.</summary>
    private void Guard(string path, byte[] content, string header, string challenge) => _server.On(path, asked =>
        asked["Authorization"] == header ? asked.Answer(200, content)
            : asked.Answer(401, "{}", $"WWW-Authenticate: {challenge}"));

    private void GuardAll(Served served, string header, string challenge)
    {
        Guard("/v2/x/manifests/1", served.ManifestBytes, header, challenge);
        Guard($"/v2/x/blobs/{served.Config.Digest}", served.ConfigBytes, header, challenge);
        Guard($"/v2/x/blobs/{served.Layer.Digest}", served.LayerBytes, header, challenge);
    }

    private string Challenge =>
        $"Bearer realm=\"http://{_server.Address}/token\",service=\"the service\",scope=\"repository:x:pull\"";

    [Fact]
    public void A_token_is_fetched_once_and_used_for_everything()
    {
        var served = _server.Offer();
        GuardAll(served, "Bearer abc", Challenge);
        _server.On("/token", "{\"token\":\"abc\",\"expires_in\":300}");
        Registry(new("me", "secret")).Pull(_store, _server.Name());
        var asked = Assert.Single(_server.Requests, request => request.Path == "/token");
        Assert.Equal("service=the%20service&scope=repository%3Ax%3Apull", asked.Query);
        Assert.Equal(Basic("me:secret"), asked["Authorization"]);
        Assert.DoesNotContain(_server.Requests, request => request.Path != "/token"
            && request["Authorization"]?.StartsWith("Basic", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void An_identity_token_is_exchanged()
    {
        var served = _server.Offer();
        GuardAll(served, "Bearer abc", Challenge);
        _server.On("/token", "{\"access_token\":\"abc\"}");
        File.WriteAllText(AuthFile, "{\"auths\":{\"" + _server.Address + "\":{\"identitytoken\":\"refresh-me\"}}}");
        Registry().Pull(_store, _server.Name());
        var asked = Assert.Single(_server.Requests, request => request.Path == "/token");
        Assert.Equal("POST", asked.Method);
        Assert.Contains("refresh_token=refresh-me", Encoding.ASCII.GetString(asked.Body));
    }

    [Fact]
    public void A_token_that_has_run_out_is_renewed()
    {
        var served = _server.Offer();
        var tokens = 0;
        _server.On("/token", asked => asked.Answer(200, $"{{\"token\":\"t{Interlocked.Increment(ref tokens)}\"}}"));
        Guard("/v2/x/manifests/1", served.ManifestBytes, "Bearer t1", Challenge);
        Guard($"/v2/x/blobs/{served.Layer.Digest}", served.LayerBytes, "Bearer t2", Challenge);
        Registry().Pull(_store, _server.Name());
        Assert.Equal(2, tokens);
    }

    [Theory]
    [InlineData("{\"token\":7}")]
    [InlineData("{\"token\":\"a\\r\\nX: y\"}")]
    [InlineData("{}")]
    [InlineData("<html>")]
    public void A_token_server_that_sends_none_is_named(string answer)
    {
        GuardAll(_server.Offer(), "Bearer abc", Challenge);
        _server.On("/token", answer);
        var error = Assert.Throws<ImageException>(() => Registry().Pull(_store, _server.Name()));
        Assert.Contains("sent no token", error.Message);
    }

    [Fact]
    public void Without_credentials_the_way_to_log_in_is_said()
    {
        GuardAll(_server.Offer(), Basic("me:secret"), "Basic realm=\"x\"");
        var error = Assert.Throws<ImageException>(() => Registry().Pull(_store, _server.Name()));
        Assert.Equal(ImageError.Denied, error.Error);
        Assert.Contains($"drydock login {_server.Address}", error.Message);
    }

    [Fact]
    public void Credentials_are_not_sent_to_where_a_blob_is_kept()
    {
        using var storage = new ScriptedRegistry();
        var served = _server.Offer();
        GuardAll(served, Basic("me:secret"), "Basic realm=\"x\"");
        storage.On("/elsewhere", served.LayerBytes);
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", asked => asked["Authorization"] is null
            ? asked.Answer(401, "", "WWW-Authenticate: Basic realm=\"x\"")
            : asked.Answer(307, "", $"Location: http://{storage.Address}/elsewhere"));
        Registry(new("me", "secret")).Pull(_store, _server.Name());
        Assert.Null(Assert.Single(storage.Requests)["Authorization"]);
    }

    [Theory]
    [InlineData("{\"auths\":{\"HOST\":{\"auth\":\"bWU6c2VjcmV0\"}}}")]
    [InlineData("{\"auths\":{\"https://HOST/v2/\":{\"auth\":\"bWU6c2VjcmV0\"}}}")]
    [InlineData("{\"auths\":{\"HOST/x\":{\"auth\":\"bWU6c2VjcmV0\"},\"HOST\":{\"auth\":\"b3RoZXI6eA==\"}}}")]
    [InlineData("{\"auths\":{\"HOST\":{\"username\":\"me\",\"password\":\"secret\"}}}")]
    public void Credentials_are_found_in_every_form_they_are_kept_in(string file)
    {
        GuardAll(_server.Offer(), Basic("me:secret"), "Basic realm=\"x\"");
        File.WriteAllText(AuthFile, file.Replace("HOST", _server.Address, StringComparison.Ordinal));
        Assert.True(Registry().Pull(_store, _server.Name()).IsNew);
    }

    [Theory]
    [InlineData("{", "it is not a JSON object")]
    [InlineData("[]", "it is not a JSON object")]
    [InlineData("{\"auths\":{\"HOST\":{\"auth\":\"!\"}}}", "is damaged")]
    public void A_damaged_file_is_named(string file, string reason)
    {
        GuardAll(_server.Offer(), Basic("me:secret"), "Basic realm=\"x\"");
        File.WriteAllText(AuthFile, file.Replace("HOST", _server.Address, StringComparison.Ordinal));
        var error = Assert.Throws<ImageException>(() => Registry().Pull(_store, _server.Name()));
        Assert.Contains(reason, error.Message);
        Assert.Contains(AuthFile, error.Message);
    }

    [Fact]
    public void Login_keeps_what_works_and_logout_forgets_it()
    {
        _server.On("/v2/", asked => asked["Authorization"] == Basic("me:secret")
            ? asked.Answer(200, "{}")
            : asked.Answer(401, "{}", "WWW-Authenticate: Basic realm=\"x\""));
        File.WriteAllText(AuthFile, "{\"auths\":{\"other.example\":{\"auth\":\"YTpi\"}},\"experimental\":true}");
        Assert.Throws<ImageException>(() => Registry().LogIn(_server.Address, new("me", "wrong")));
        Assert.DoesNotContain(_server.Address, File.ReadAllText(AuthFile));
        Assert.Equal(AuthFile, Registry().LogIn(_server.Address, new("me", "secret")));
        var written = File.ReadAllText(AuthFile);
        Assert.Contains("bWU6c2VjcmV0", written);
        Assert.Contains("other.example", written);
        Assert.Contains("experimental", written);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(AuthFile));
        Assert.True(Registry().LogOut(_server.Address));
        Assert.False(Registry().LogOut(_server.Address));
        Assert.Contains("other.example", File.ReadAllText(AuthFile));
    }

    [Fact]
    public void A_credential_helper_is_asked_and_told()
    {
        var (tool, kept) = (Path.Join(_home, "docker-credential-drydocktest"), Path.Join(_home, "kept"));
        File.WriteAllText(tool, $$"""
            #!/bin/sh
            case $1 in
              store) cat > {{kept}} ;;
              get) cat > /dev/null; [ -e {{kept}} ] && cat {{kept}} || { echo "credentials not found in native keychain"; exit 1; } ;;
              erase) cat > /dev/null; rm -f {{kept}} ;;
            esac
            """);
        File.SetUnixFileMode(tool, (UnixFileMode)0b111_101_101);
        var path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", $"{_home}:{path}");
        try
        {
            GuardAll(_server.Offer(), Basic("me:secret"), "Basic realm=\"x\"");
            File.WriteAllText(AuthFile, "{\"credHelpers\":{\"" + _server.Address + "\":\"drydocktest\"}}");
            Assert.Equal(ImageError.Denied,
                Assert.Throws<ImageException>(() => Registry().Pull(_store, _server.Name())).Error);
            Assert.Contains("drydocktest", Registry().LogIn(_server.Address, new("me", "secret")));
            Assert.DoesNotContain("secret", File.ReadAllText(AuthFile));
            Assert.True(Registry().Pull(_store, _server.Name()).IsNew);
            Assert.True(Registry().LogOut(_server.Address));
            Assert.False(File.Exists(kept));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    [Theory]
    [InlineData("Bearer realm=\"https://a/b\",service=c", "https://a/b", "c")]
    [InlineData("Basic realm=x, Bearer service=\"c, d\" , realm=\"https://a\\\"b\"", "https://a\"b", "c, d")]
    [InlineData("Negotiate, bearer REALM=y", "y", null)]
    [InlineData("Bearer", null, null)]
    [InlineData("Bearer realm=\"unterminated", "unterminated", null)]
    public void Challenges_are_read(string header, string? realm, string? service)
    {
        var bearer = Oci.Registry.Challenge.Parse([header]).First(each => each.Is("Bearer"));
        Assert.Equal((realm, service), (bearer["realm"], bearer["service"]));
    }

    [Theory]
    [InlineData("https://index.docker.io/v1/", "docker.io")]
    [InlineData("localhost:5000/", "localhost:5000")]
    [InlineData("example.org", "example.org")]
    public void Hosts_are_read_as_they_are_typed(string typed, string host) =>
        Assert.Equal(host, ImageRegistry.HostOf(typed));

    [Theory]
    [InlineData("")]
    [InlineData("not a host")]
    [InlineData("hub")]
    public void What_is_no_host_is_refused(string typed) =>
        Assert.Throws<ImageException>(() => ImageRegistry.HostOf(typed));
}
