using System.Text.RegularExpressions;
using Drydock.Containers.Lower;

namespace Drydock.Containers.Tests.Lower;

/// <summary>What is handed on before .NET starts goes where .NET would send it: both have the same facts.</summary>
public sealed class HandoffTests
{
    private static readonly string Source = Read("handoff.c"), Header = Read("handoff.h"), Creation = Read("create.c");

    [Fact]
    public void Runtimes_are_looked_for_in_the_same_directories() =>
        Assert.Equal(LowerRuntime.Directories, List("directories"));

    [Fact]
    public void A_configured_runtime_is_left_to_those_who_read_the_file() =>
        Assert.Contains($"#define CONFIGURATION \"{LowerRuntime.ConfigurationFile}\"", Source,
            StringComparison.Ordinal);

    [Fact]
    public void Records_are_where_they_are_written()
    {
        Assert.Contains($"#define RECORDS \"{ContainerRecord.SystemDirectory}\"", Header, StringComparison.Ordinal);
        Assert.Contains($"RECORDS \"/{ContainerRecord.DefaultRoot}/%s\"", Source, StringComparison.Ordinal);
        Assert.Contains($"\"%s/{ContainerRecord.CreatorFile}\"", Source, StringComparison.Ordinal);
    }

    /// <summary>Verbs that Drydock answers itself must not be among those that are handed on unseen.</summary>
    [Fact]
    public void What_Drydock_answers_itself_is_not_handed_on()
    {
        string[] own = ["create", "run", "exec", "delete", "state", "list", "features", "checkpoint", "restore",
            "help"];
        Assert.Empty(List("plain_verbs").Intersect(own));
        Assert.Equal(["state", "delete"], List("verbs_of_records"));
    }

    /// <summary>What both write is compared where both can be run; this is what decides who writes.</summary>
    [Fact]
    public void Large_modules_are_left_to_those_who_compile_them_first()
    {
        Assert.Equal(1 << 20, HostCode.LeastSize);
        Assert.Contains("#define LARGEST_MODULE (1 << 20)", Creation, StringComparison.Ordinal);
    }

    private static string Read(string name) =>
        File.ReadAllText(Path.Join(Root(), "src", "Drydock.Cli", "Native", name));

    private static string[] List(string name) => Regex.Matches(
        Regex.Match(Source, $@"{name}\[\] = \{{(.*?)\}};", RegexOptions.Singleline).Groups[1].Value, "\"([^\"]*)\"")
        .Select(match => match.Groups[1].Value).ToArray();

    private static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(directory, "Drydock.slnx"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
