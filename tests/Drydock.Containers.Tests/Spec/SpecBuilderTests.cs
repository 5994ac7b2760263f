using System.Text;
using Drydock.Containers.Spec;
using Drydock.Wasi;

namespace Drydock.Containers.Tests.Spec;

public sealed class SpecBuilderTests
{
    private static readonly RunRequest Full = new()
    {
        Arguments = ["a", "-b"],
        Environment = ["X=1", "X=2"],
        Volumes = [new("/srv/in", "/in", true), new("/srv/work", "/work", false)],
        WorkingDirectory = "/work",
        Name = "one",
        MemoryLimit = 1 << 20,
        Timeout = TimeSpan.FromSeconds(2),
    };

    [Fact]
    public void A_file_gets_nothing_but_what_was_asked_for()
    {
        RuntimeSpec spec = SpecBuilder.ForFile("./app.wasm", new());
        Assert.Equal(["./app.wasm"], spec.Process.Args);
        Assert.Empty(spec.Process.Env);
        Assert.Null(spec.Root);
        Assert.Empty(spec.Mounts);
        Assert.Empty(Preopens.Of(spec));
        Assert.Null(spec.Linux);
    }

    [Fact]
    public void What_was_asked_for_is_in_the_description()
    {
        RuntimeSpec spec = SpecBuilder.ForFile("./app.wasm", Full);
        Assert.Equal(["./app.wasm", "a", "-b"], spec.Process.Args);
        Assert.Equal(["X=2", "PWD=/work"], spec.Process.Env);
        Assert.Equal("/work", spec.Process.Cwd);
        Assert.Equal(1 << 20, spec.Linux!.Resources!.Memory!.Limit);
        Assert.Equal("2000", spec.Annotation(SpecAnnotations.Timeout));
        Assert.Equal("one", spec.Annotation(SpecAnnotations.Name));
        Assert.Equal("./app.wasm", spec.Annotation(SpecAnnotations.Module));
    }

    [Fact]
    public void A_volume_at_the_working_directory_is_also_the_current_directory() => Assert.Equal(
        [new Preopen("/srv/in", "/in", true), new Preopen("/srv/work", "/work"), new Preopen("/srv/work", ".")],
        Preopens.Of(SpecBuilder.ForFile("./app.wasm", Full)));

    [Fact]
    public void With_a_root_there_is_no_current_directory_of_its_own()
    {
        RuntimeSpec spec = SpecBuilder.ForFile("./app.wasm", Full) with { Root = new("/srv/root", Readonly: true) };
        Assert.Equal(["/", "/in", "/work"], Preopens.Of(spec).Select(preopen => preopen.GuestPath));
        Assert.True(Preopens.Of(spec)[0].IsReadOnly);
    }

    [Fact]
    public void A_description_survives_its_file()
    {
        byte[] json = RuntimeSpecJson.Write(SpecBuilder.ForFile("./app.wasm", Full));
        RuntimeSpec read = RuntimeSpecJson.Read(json);
        Assert.Equal(json, RuntimeSpecJson.Write(read));
        Assert.Contains("\"ociVersion\": \"1.2.0\"", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal("/in", read.Mounts[0].Destination);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"process\":7}")]
    [InlineData("{\"ociVersion\":")]
    public void A_file_of_another_shape_is_refused(string json) =>
        Assert.Throws<ContainerException>(() => RuntimeSpecJson.Read(Encoding.UTF8.GetBytes(json)));
}
