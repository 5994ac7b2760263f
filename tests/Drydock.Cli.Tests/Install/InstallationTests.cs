using System.Text.Json.Nodes;
using Drydock.Cli.Install;

namespace Drydock.Cli.Tests.Install;

public sealed class InstallationTests : TemporaryDirectory
{
    [Theory]
    [InlineData("4.3.1", false)]
    [InlineData("4.5.0", true)]
    [InlineData("5.2", true)]
    public void Podman_chooses_by_platform_from_the_version_that_can(string version, bool chooses) => Assert.Equal(
        chooses, PodmanInstallation.Text(Version.Parse(version), false)
            .Contains("\"wasi/wasm\" = \"crun-wasm\"", StringComparison.Ordinal));

    [Fact]
    public void Podman_s_default_runtime_changes_only_when_asked_for()
    {
        Assert.DoesNotContain("\nruntime =", PodmanInstallation.Text(new(4, 3), false), StringComparison.Ordinal);
        Assert.Contains("\nruntime = \"drydock\"\n", PodmanInstallation.Text(new(4, 3), true),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Docker_s_configuration_keeps_what_is_in_it()
    {
        const string Before = """{"runtimes":{"other":{"path":"/o"}},"debug":true,"log-driver":"local"}""";
        string with = DockerInstallation.WithRuntime(Before, "/d", isDefault: true, "f");
        JsonNode configuration = JsonNode.Parse(with)!;
        Assert.Equal(("/o", "/d", "drydock", true), (
            (string)configuration["runtimes"]!["other"]!["path"]!,
            (string)configuration["runtimes"]!["drydock"]!["path"]!,
            (string)configuration["default-runtime"]!, (bool)configuration["debug"]!));
        Assert.Equal(Before, JsonNode.Parse(DockerInstallation.WithoutRuntime(with, "f"))!.ToJsonString());
    }

    [Fact]
    public void Docker_s_configuration_is_made_where_there_is_none()
    {
        string with = DockerInstallation.WithRuntime(null, "/d", isDefault: false, "f");
        Assert.Equal("""{"runtimes":{"drydock":{"path":"/d"}}}""", JsonNode.Parse(with)!.ToJsonString());
        Assert.Equal("{}\n", DockerInstallation.WithoutRuntime(with, "f"));
    }

    [Theory]
    [InlineData("{", "it is not JSON at line 1")]
    [InlineData("[]", "it is not an object")]
    public void A_configuration_that_docker_could_not_read_is_left_alone(string text, string reason) => Assert.Contains(
        $"daemon.json, with which Docker Engine would not start: {reason}",
        Assert.Throws<UserError>(() => DockerInstallation.WithRuntime(text, "/d", false, "daemon.json")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void What_was_there_is_kept_once_and_comes_back()
    {
        string path = Write("etc/file", "before");
        var file = new ConfigurationFile(path);
        Assert.True(file.Write("one", IsOurs));
        Assert.True(file.Write("two", IsOurs));
        Assert.False(file.Write("two", IsOurs));
        Assert.Equal(("two", "before"), (file.Read(), File.ReadAllText(file.Backup)));
        Assert.True(file.Restore());
        Assert.Equal(("before", false), (file.Read(), File.Exists(file.Backup)));
    }

    [Fact]
    public void A_link_is_ours_when_it_leads_to_this_program()
    {
        string link = Path.Join(Home, "link"), other = Path.Join(Home, "other");
        Assert.False(RuntimeLinks.IsOurs(link));
        File.CreateSymbolicLink(link, Environment.ProcessPath!);
        File.CreateSymbolicLink(other, "/bin/sh");
        Assert.Equal((true, false, false),
            (RuntimeLinks.IsOurs(link), RuntimeLinks.IsOurs(other), RuntimeLinks.IsOurs("/bin/sh")));
    }

    [Fact]
    public void Docker_s_configuration_comes_back_as_it_was_written()
    {
        string path = Write("daemon.json", "{\"debug\":  true}");
        var options = new InstallOptions(path, IsDefault: false, Verifies: false, Restarts: false);
        new DockerInstallation().Remove(options);
        Assert.Equal("{\"debug\":  true}", File.ReadAllText(path));
        var file = new ConfigurationFile(path);
        file.Write(DockerInstallation.WithRuntime(file.Read(), "/d", true, path), _ => false);
        new DockerInstallation().Remove(options);
        Assert.Equal(("{\"debug\":  true}", false), (File.ReadAllText(path), File.Exists(file.Backup)));
    }

    [Fact]
    public void A_file_that_was_not_there_goes()
    {
        var file = new ConfigurationFile(Path.Join(Home, "etc", "new"));
        Assert.True(file.Write("one", IsOurs));
        Assert.True(file.Write("two", IsOurs));
        Assert.True(file.Restore());
        Assert.False(file.Restore());
        Assert.Null(file.Read());
    }

    private static bool IsOurs(string text) => text is "one" or "two";

    [Fact]
    public void The_guest_that_shows_that_it_works_says_so()
    {
        Outcome outcome = Drydock("run", Write("hello.wasm", Verification.Module()));
        Assert.Equal((0, Verification.Greeting + "\n"), (outcome.Code, outcome.Output));
    }
}
