namespace Drydock.Wasm.Tests;

public class FeatureNamesTests
{
    [Theory]
    [InlineData("all", WasmFeatures.All)]
    [InlineData("none", WasmFeatures.None)]
    [InlineData("2.0", WasmFeatures.WebAssembly2)]
    [InlineData("simd,reference-types", WasmFeatures.WebAssembly2)]
    [InlineData("2.0,gc,memory64", WasmFeatures.WebAssembly2 | WasmFeatures.Gc | WasmFeatures.Memory64)]
    [InlineData("all, -threads", WasmFeatures.All & ~WasmFeatures.Threads)]
    [InlineData("-threads,-gc", WasmFeatures.All & ~WasmFeatures.Threads & ~WasmFeatures.Gc)]
    [InlineData("gc,-gc", WasmFeatures.None)]
    public void A_list_is_read_from_left_to_right(string list, WasmFeatures features)
    {
        Assert.True(FeatureNames.TryParse(list, out var actual, out _));
        Assert.Equal(features, actual);
    }

    [Theory]
    [InlineData("simt", "simt")]
    [InlineData("2.0,,gc", "")]
    [InlineData("-", "-")]
    [InlineData("gc,GC", "GC")]
    public void An_unknown_name_is_told(string list, string unknown)
    {
        Assert.False(FeatureNames.TryParse(list, out _, out var actual));
        Assert.Equal(unknown, actual);
    }

    [Fact]
    public void Every_feature_has_a_name()
    {
        foreach (var feature in Enum.GetValues<WasmFeatures>())
        {
            Assert.True(FeatureNames.TryParse(FeatureNames.Format(feature), out var read, out _));
            Assert.Equal(feature, read);
        }
    }
}
