using System.Xml.Linq;

namespace Drydock.Cli.Tests;

/// <summary>The floors of ARCHITECTURE.md: a project knows those below it and nothing else.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Drydock.Wasm"] = [],
        ["Drydock.Compiler"] = ["Drydock.Wasm"],
        ["Drydock.Runtime"] = ["Drydock.Compiler"],
        ["Drydock.Wasi"] = ["Drydock.Runtime"],
        ["Drydock.Oci"] = [],
        ["Drydock.Containers"] = ["Drydock.Oci", "Drydock.Runtime", "Drydock.Wasi"],
        ["Drydock.Cli"] = ["Drydock.Containers"],
    };

    /// <summary>Rooms with unsafe code; the others cannot even have it.</summary>
    private static readonly string[] WithUnsafeCode =
        ["Drydock.Cli", "Drydock.Compiler", "Drydock.Containers", "Drydock.Oci", "Drydock.Runtime", "Drydock.Wasi"];

    public static TheoryData<string> Projects =>
        [.. Directory.EnumerateDirectories(Path.Join(Repository.Root, "src"),
            "Drydock.*").Select(each => Path.GetFileName(each)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_knows_only_the_floors_below_it(string project) =>
        Assert.Equal(Allowed[project], Elements(project, "ProjectReference").Select(NameOf).Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void Unsafe_code_is_where_it_is_meant_to_be(string project) =>
        Assert.True(WithUnsafeCode.Contains(project) || !Load(project).Descendants("AllowUnsafeBlocks").Any());

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Join(Repository.Root, "Drydock.slnx"));
        IEnumerable<string> projects = new[] { "src", "tests", "tools", "bench" }
            .Select(folder => Path.Join(Repository.Root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories));
        Assert.All(projects, project =>
            Assert.Contains(Path.GetRelativePath(Repository.Root, project), solution, StringComparison.Ordinal));
    }

    /// <summary>Every other library is one more to be mapped by each start.</summary>
    [Fact]
    public void The_executable_needs_the_C_library_alone() =>
        Assert.True(File.ReadAllBytes(Repository.Executable).AsSpan().IndexOf("libm.so"u8) < 0);

    private static IEnumerable<XElement> Elements(string project, string name) => Load(project).Descendants(name);

    private static XDocument Load(string project) =>
        XDocument.Load(Path.Join(Repository.Root, "src", project, project + ".csproj"));

    private static string NameOf(XElement reference) =>
        Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'));
}
