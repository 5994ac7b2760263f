using System.Text.Json;

namespace Drydock.Cli.Tests;

public sealed class HelpTests : TemporaryDirectory
{
    private static readonly string[] Commands =
    [
        "run", "build", "compile", "cache",
        "pull", "push", "login", "logout", "tags", "delete",
        "images", "inspect", "tag", "rmi", "load", "save", "import", "export", "history", "prune", "df", "image",
        "system",
        "sign", "verify", "generate-key-pair",
        "info", "version", "wast", "completion",
    ];

    public static TheoryData<string> CommandNames => [.. Commands];

    [Fact]
    public void Help_names_every_command()
    {
        Outcome outcome = Drydock("--help");
        Assert.Equal(0, outcome.Code);
        Assert.All(Commands, command => Assert.Contains($"  {command} ", outcome.Output, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(CommandNames))]
    public void Every_command_has_help_with_an_example(string command)
    {
        Outcome outcome = Drydock(command, "--help");
        Assert.Equal(0, outcome.Code);
        int examples = outcome.Output.IndexOf("Examples:\n", StringComparison.Ordinal);
        Assert.True(examples > 0);
        Assert.Contains($"drydock {command}", outcome.Output[examples..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run", "--help")]
    [InlineData("run", "-h")]
    [InlineData("run", "-?")]
    [InlineData("run", "-ih")]
    [InlineData("run", "-h", "app.wasm")]
    [InlineData("images", "/h")]
    [InlineData("images", "/?")]
    [InlineData("image", "inspect", "--help")]
    public void Any_word_for_help_is_understood(params string[] words)
    {
        Outcome outcome = Drydock(words);
        Assert.Equal(0, outcome.Code);
        Assert.StartsWith("Description:\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_the_same_everywhere()
    {
        string version = Drydock("--version").Output.Trim().Split('+')[0];
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+", version);
        Assert.Equal($"drydock {version}\n", Drydock("version").Output);
    }

    [Fact]
    public void Info_says_where_the_store_is_and_what_compiles()
    {
        using JsonDocument info = JsonDocument.Parse(Drydock("info", "--json").Output);
        Assert.Equal(Store, info.RootElement.GetProperty("store").GetString());
        Assert.Equal("baseline", info.RootElement.GetProperty("compilers")[0].GetString());
        Assert.Contains(Store, Drydock("info").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void A_completion_script_asks_drydock(string shell) =>
        Assert.Contains("[suggest", Drydock("completion", shell).Output, StringComparison.Ordinal);

    [Fact]
    public void What_the_script_asks_for_is_answered()
    {
        Assert.Contains("images", Drydock("[suggest:1]", "i").Output, StringComparison.Ordinal);
        Assert.Contains("--volume", Drydock("[suggest:6]", "run --v").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_shell_is_refused() => Assert.Equal(125, Drydock("completion", "csh").Code);
}
