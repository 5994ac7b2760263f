using System.Text;
using Drydock.Containers.Tasks;

namespace Drydock.Containers.Tests.Tasks;

public sealed class ArtifactModuleTests
{
    private const string One = "sha256:1111111111111111111111111111111111111111111111111111111111111111",
        Two = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

    [Theory]
    [InlineData("application/wasm")]
    [InlineData("application/vnd.bytecodealliance.wasm.component.layer.v0+wasm")]
    [InlineData("application/vnd.wasm.content.layer.v1+wasm")]
    [InlineData("application/vnd.module.wasm.content.layer.v1+wasm")]
    public void The_first_layer_that_is_a_module_is_the_entry(string type) =>
        Assert.Equal((One, null), Find($$"""
            {"schemaVersion":2,"layers":[{"mediaType":"text/plain","digest":"{{Two}}","size":1},
            {"mediaType":"{{type}}","digest":"{{One}}","size":1},{"mediaType":"{{type}}","digest":"{{Two}}","size":1}]}
            """));

    [Fact]
    public void An_index_leads_to_the_manifest_for_WebAssembly() =>
        Assert.Equal((null, Two), Find($$"""
            {"schemaVersion":2,"manifests":[
            {"mediaType":"m","digest":"{{Two}}","size":1,"platform":{"os":"wasip1","architecture":"wasm"} } ] }
            """));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:00","size":1}]}""")]
    public void Other_images_have_none(string json) => Assert.Equal((null, null), Find(json));

    [Theory]
    [InlineData("")]
    [InlineData("{\"layers\":")]
    [InlineData("""{"layers":[{"mediaType":"application/wasm","digest":"../../etc/passwd","size":1}]}""")]
    public void What_is_no_manifest_is_refused(string json) => Assert.Throws<ContainerException>(() => Find(json));

    private static (string?, string?) Find(string json) => ArtifactModule.Find(Encoding.UTF8.GetBytes(json));
}
