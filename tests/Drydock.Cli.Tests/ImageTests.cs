using System.Text.Json;

namespace Drydock.Cli.Tests;

/// <summary>Images from <c>build</c> to <c>rmi</c>, and containers from them.</summary>
public sealed class ImageTests : TemporaryDirectory
{
    private const string Plain = "FROM scratch\nCOPY app.wasm /app.wasm\nENTRYPOINT [\"/app.wasm\"]\n";

    [Fact]
    public void An_image_is_built_listed_inspected_run_and_removed()
    {
        Module(Exiting(3), "context/app.wasm");
        Assert.Equal(0, Build(Plain + "ENV A=1\n", "-t", "one").Code);
        Assert.Matches("one +latest +[0-9a-f]{12} +wasi/wasm", Drydock("images").Output);
        using (JsonDocument json = JsonDocument.Parse(Drydock("inspect", "one").Output))
        {
            Assert.Equal("/app.wasm",
                json.RootElement[0].GetProperty("Config").GetProperty("Entrypoint")[0].GetString());
            Assert.Equal("one:latest", json.RootElement[0].GetProperty("RepoTags")[0].GetString());
        }
        Assert.Equal(3, Drydock("run", "--rm", "one").Code);
        Assert.Equal(0, Drydock("rmi", "one").Code);
        Assert.Equal("[]", Drydock("images", "--json").Output.Trim());
        Assert.Equal(125, Drydock("run", "--pull", "never", "one").Code);
    }

    [Fact]
    public void A_tag_is_one_more_name()
    {
        Module(Exiting(0), "context/app.wasm");
        Build(Plain, "-t", "one");
        Assert.Equal(0, Drydock("tag", "one", "localhost:5000/two:v2").Code);
        Assert.Equal(0, Drydock("run", "localhost:5000/two:v2").Code);
        Assert.Contains("Untagged: one:latest", Drydock("rmi", "one").Output, StringComparison.Ordinal);
        Assert.Equal(0, Drydock("run", "localhost:5000/two:v2").Code);
    }

    [Fact]
    public void Quiet_prints_the_id_and_the_id_runs()
    {
        Module(Exiting(5), "context/app.wasm");
        string id = Build(Plain, "-q").Output.Trim();
        Assert.Matches("^sha256:[0-9a-f]{64}$", id);
        Assert.Equal(5, Drydock("run", id[7..19]).Code);
        Assert.Equal(id[7..19], Drydock("images", "-q").Output.Trim());
    }

    [Fact]
    public void The_same_context_gives_the_same_image()
    {
        Module(Exiting(0), "context/app.wasm");
        string first = Build(Plain, "-q").Output;
        Directory.Delete(Store, recursive: true);
        Assert.Equal(first, Build(Plain, "-q").Output);
    }

    [Fact]
    public void Another_entrypoint_is_found_in_the_image()
    {
        Module(Exiting(1), "context/app.wasm");
        Module(Exiting(2), "context/other.wasm");
        Build(Plain + "COPY other.wasm /bin/other.wasm\n", "-t", "one");
        Assert.Equal(1, Drydock("run", "one").Code);
        Assert.Equal(2, Drydock("run", "--entrypoint", "/bin/other.wasm", "one").Code);
    }

    [Theory]
    [InlineData("/missing.wasm", 127)]
    [InlineData("/component.wasm", 126)]
    [InlineData("/text", 126)]
    public void An_entry_that_cannot_run_says_why(string entry, int code)
    {
        Module(Exiting(0), "context/app.wasm");
        Write("context/component.wasm", "\0asm\u000d\0\u0001\0"u8);
        Write("context/text", "just text");
        Build("FROM scratch\nCOPY . /\nENTRYPOINT [\"" + entry + "\"]\n", "-t", "one");
        Outcome outcome = Drydock("run", "one");
        Assert.Equal(code, outcome.Code);
        Assert.Equal(1, outcome.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public void An_image_without_an_entry_says_so()
    {
        Module(Exiting(0), "context/app.wasm");
        Build("FROM scratch\nCOPY app.wasm /app.wasm\n", "-t", "one");
        Outcome outcome = Drydock("run", "one");
        Assert.Equal(125, outcome.Code);
        Assert.Contains("ENTRYPOINT", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(0, Drydock("run", "one", "/app.wasm").Code);
    }

    [Fact]
    public void A_run_step_is_refused_with_the_way_out()
    {
        Outcome outcome = Build("FROM scratch\nRUN make\n", "-t", "one");
        Assert.Equal(125, outcome.Code);
        Assert.Contains("RUN", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("[]", Drydock("images", "--json").Output.Trim());
    }

    [Fact]
    public void An_image_for_another_platform_is_not_run()
    {
        Module(Exiting(0), "context/app.wasm");
        Build(Plain, "-t", "one");
        Outcome outcome = Drydock("run", "--platform", "linux/amd64", "one");
        Assert.Equal(125, outcome.Code);
        Assert.Contains("linux/amd64", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_a_file_too_gets_a_hint()
    {
        Outcome outcome = Drydock("run", "--pull=never", "no-such-image");
        Assert.Equal(
            "drydock: run: image \"no-such-image\" not found in the local store: "
            + "build it with 'drydock build -t no-such-image .' or name a .wasm file\n", outcome.Error);
    }
}
