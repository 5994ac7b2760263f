using Drydock.Containers.Tasks;

namespace Drydock.Containers.Tests.Tasks;

public class SystemdGroupsTests
{
    [Theory]
    [InlineData("""{"linux":{"cgroupsPath":"kubepods-pod1.slice:cri-containerd:abc"}}""", true)]
    [InlineData("""{"linux":{"resources":{"cgroupsPath":"x"},"cgroupsPath":":a:b"}}""", true)]
    [InlineData("""{"linux":{"cgroupsPath":"/default/abc"}}""", false)]
    [InlineData("""{"linux":{"cgroupsPath":7}}""", false)]
    [InlineData("""{"cgroupsPath":"a.slice:b:c"}""", false)]
    [InlineData("{\"linux\":", false)]
    [InlineData("", false)]
    public void A_path_with_a_slice_is_systemds(string config, bool isSystemds)
    {
        string bundle = Directory.CreateTempSubdirectory("drydock-bundle").FullName;
        File.WriteAllText(Path.Join(bundle, "config.json"), config);
        Assert.Equal(isSystemds, SystemdGroups.AreMeantBy(bundle));
        Directory.Delete(bundle, recursive: true);
    }

    [Fact]
    public void A_bundle_without_a_configuration_is_not() => Assert.False(SystemdGroups.AreMeantBy("/nowhere"));
}
