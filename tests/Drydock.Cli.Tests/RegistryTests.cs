using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Drydock.Oci.Tests.Registry;

namespace Drydock.Cli.Tests;

/// <summary>The published executable and a real registry.</summary>
public sealed class RegistryTests : TemporaryDirectory, IDisposable
{
    private readonly RegistryServer? _server;

    public RegistryTests() => _server = RegistryServer.Start(Path.Join(Home, "registry"));

    public new void Dispose()
    {
        _server?.Dispose();
        base.Dispose();
    }

    private string Pushed(int code = 3)
    {
        Module(Exiting(code), "context/app.wasm");
        Build("FROM scratch\nCOPY app.wasm /app.wasm\nENTRYPOINT [\"/app.wasm\"]\n", "-t", "one");
        string name = _server!.Name("team/one:1");
        Outcome pushed = Drydock("push", "one", name);
        Assert.True(pushed.Code == 0, pushed.Error);
        Directory.Delete(Store, recursive: true);
        return name;
    }

    [Fact]
    public void A_missing_image_is_pulled_and_run()
    {
        if (_server is null) return;
        string name = Pushed();
        Outcome first = Drydock("run", name);
        Assert.Equal(3, first.Code);
        Assert.Contains("complete", first.Error, StringComparison.Ordinal);
        Outcome second = Drydock("run", name);
        Assert.Equal((3, ""), (second.Code, second.Error));
        Assert.Equal(3, Drydock("run", "--pull=always", name).Code);
        Assert.Equal(0, Drydock("rmi", name).Code);
        Assert.Equal(125, Drydock("run", "--pull=never", name).Code);
    }

    [Fact]
    public void Tags_are_listed_and_deleted()
    {
        if (_server is null) return;
        string name = Pushed();
        Assert.Equal("1\n", Drydock("tags", _server.Name("team/one")).Output);
        Assert.Equal(0, Drydock("delete", name).Code);
        Outcome gone = Drydock("pull", name);
        Assert.Equal(125, gone.Code);
        Assert.Equal(1, gone.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public void Quiet_and_json_are_for_scripts()
    {
        if (_server is null) return;
        string name = Pushed();
        Outcome quiet = Drydock("pull", "-q", name);
        Assert.Matches("^sha256:[0-9a-f]{64}\n$", quiet.Output);
        Assert.Equal("", quiet.Error);
        using JsonDocument json = JsonDocument.Parse(Drydock("pull", "--json", name).Output);
        Assert.Equal(quiet.Output.Trim(), json.RootElement.GetProperty("ID").GetString());
        Assert.False(json.RootElement.GetProperty("New").GetBoolean());
        Assert.Equal(0, json.RootElement.GetProperty("Transferred").GetInt64());
    }

    [Fact]
    public void Processes_that_pull_at_once_transfer_every_blob_once()
    {
        if (_server is null) return;
        string name = Pushed();
        var transferred = new long[50];
        Parallel.For(0, transferred.Length, new() { MaxDegreeOfParallelism = transferred.Length }, i =>
        {
            Outcome pulled = Drydock("pull", "--json", name);
            Assert.True(pulled.Code == 0, pulled.Error);
            using JsonDocument json = JsonDocument.Parse(pulled.Output);
            transferred[i] = json.RootElement.GetProperty("Transferred").GetInt64();
        });
        using JsonDocument images = JsonDocument.Parse(Drydock("images", "--json").Output);
        Assert.Equal(images.RootElement[0].GetProperty("Size").GetInt64(), transferred.Sum());
    }

    /// <summary>
    /// Pulls are killed at random moments; there is the whole image or none, and the next pull goes on.
    /// </summary>
    [Fact]
    public void Kill_9_leaves_no_half_of_an_image()
    {
        if (_server is null) return;
        Module(Exiting(3), "context/app.wasm");
        var containerfile = new StringBuilder("FROM scratch\nCOPY app.wasm /app.wasm\nENTRYPOINT [\"/app.wasm\"]\n");
        var content = new byte[3_000_000];
        for (int layer = 0; layer < 6; layer++)
        {
            Random.Shared.NextBytes(content);
            Write($"context/{layer}", content);
            containerfile.Append(CultureInfo.InvariantCulture, $"COPY {layer} /{layer}\n");
        }
        Build(containerfile.ToString(), "-t", "big");
        string name = _server.Name("team/big:1");
        Assert.Equal(0, Drydock("push", "big", name).Code);
        var whole = Stopwatch.StartNew();
        Drydock("version");
        int least = (int)whole.ElapsedMilliseconds;
        for (int round = 0; round < 20; round++)
        {
            if (round % 7 == 0) Directory.Delete(Store, recursive: true);
            var start = new ProcessStartInfo(Repository.Executable,
                ["pull", "-q", name])
            { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["DRYDOCK_ROOT"] = Store;
            using Process pull = Process.Start(start)!;
            Thread.Sleep(Random.Shared.Next(0, (least * 2) + 150));
            pull.Kill();
            pull.WaitForExit();
            Assert.InRange(Lines(Drydock("images", "-q")), 0, 1);
            if (Lines(Drydock("images", "-q")) == 1) Assert.Equal(3, Drydock("run", "--pull=never", name).Code);
        }
        Assert.Equal(0, Drydock("pull", "-q", name).Code);
        Assert.Equal(3, Drydock("run", "--pull=never", name).Code);
        Assert.Empty(Directory.EnumerateFiles(Path.Join(Store, "downloads")));
        foreach (string blob in Directory.EnumerateFiles(Path.Join(Store, "blobs", "sha256")))
            Assert.Equal(Path.GetFileName(blob), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(blob))));
    }

    private static int Lines(Outcome outcome) => outcome.Output.Count(letter => letter == '\n');

    [Fact]
    public void Credentials_come_from_standard_input_and_are_kept()
    {
        if (_server is null) return;
        string file = Path.Join(Home, "auth.json");
        Outcome login = Executable.Run(
            ["login", "-u", "me", "--password-stdin", "--authfile", file, _server.Address], "secret\n"u8.ToArray(),
                Store);
        Assert.True(login.Code == 0, login.Error);
        Assert.Contains("bWU6c2VjcmV0", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Contains("Removed", Drydock("logout", "--authfile", file, _server.Address).Output,
            StringComparison.Ordinal);
        Assert.Contains("Not logged in", Drydock("logout", "--authfile", file, _server.Address).Output,
            StringComparison.Ordinal);
        Assert.Equal(125, Drydock("login", "--password-stdin", "--authfile", file, _server.Address).Code);
    }
}
