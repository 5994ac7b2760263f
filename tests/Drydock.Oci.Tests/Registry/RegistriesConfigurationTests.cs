using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

public sealed class RegistriesConfigurationTests
{
    private const string Example =
        """
        # What Podman's users have.
        unqualified-search-registries = ["docker.io",
          "quay.io", ] # no meaning here
        short-name-mode = "permissive"

        [[registry]]
        prefix = "docker.io"
        location = 'docker.io'
          [[registry.mirror]]
          location = "mirror.example:5000/hub"
          insecure = true
          [[registry.mirror]]
          location = "second.example"

        [[registry]]
        location = "docker.io/library/special"
        blocked = true

        [[registry]]
        prefix = "*.internal.example"
        insecure = true

        [[registry]]
        prefix = "old.example/team"
        location = "new.example/group/team"
        """;

    private static string[] Places(string name) =>
        [.. RegistriesConfiguration.Parse(Example).PlacesOf(Reference.Parse(name), new())
            .Select(
                place =>
                    $"{place.Host}/{place.Repository}{(place.IsMirror ? " mirror" : "")}{(place.VerifyTls ? "" : " insecure")}")];

    [Theory]
    [InlineData("hello", "mirror.example:5000/hub/library/hello mirror insecure",
        "second.example/library/hello mirror", "docker.io/library/hello")]
    [InlineData("a.internal.example/x", "a.internal.example/x insecure")]
    [InlineData("old.example/team/x", "new.example/group/team/x")]
    [InlineData("old.example/teams/x", "old.example/teams/x")]
    [InlineData("other.example/x", "other.example/x")]
    public void Places_are_mirrors_first(string name, params string[] expected) => Assert.Equal(expected, Places(name));

    [Fact]
    public void The_longest_prefix_counts_and_may_block() =>
        Assert.Contains("blocks special", Assert.Throws<ImageException>(() => Places("special")).Message);

    [Theory]
    [InlineData("[[registry]\nlocation = \"x\"", 1)]
    [InlineData("[[registry]]\nlocation = \"x", 2)]
    [InlineData("\n\n[[registry]]\nlocation x", 4)]
    [InlineData("a = [1, 2", 1)]
    [InlineData("a = \"x\" b", 1)]
    [InlineData("=", 1)]
    public void What_is_not_understood_is_named_with_its_line(string text, int line)
    {
        var error = Assert.Throws<ImageException>(() => RegistriesConfiguration.Parse(text));
        Assert.Contains($"registries.conf: line {line}", error.Message);
    }
}
