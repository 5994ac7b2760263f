using Drydock.Oci.Build;

namespace Drydock.Oci.Tests;

public class ExpanderTests
{
    private static string Expand(string word) => new Expander('\\', name => name switch
    {
        "A" => "one",
        "EMPTY" => "",
        "B" => "two",
        _ => null,
    }, new("Dockerfile", 7)).Expand(word);

    [Theory]
    [InlineData("$A/x", "one/x")]
    [InlineData("${A}x", "onex")]
    [InlineData("$NONE", "")]
    [InlineData("${NONE:-d}", "d")]
    [InlineData("${EMPTY:-d}", "d")]
    [InlineData("${EMPTY-d}", "")]
    [InlineData("${A:+y}", "y")]
    [InlineData("${NONE:+y}", "")]
    [InlineData("${NONE:-${B}}", "two")]
    [InlineData("\\$A", "$A")]
    [InlineData("'$A'", "$A")]
    [InlineData("\"$A b\"", "one b")]
    [InlineData("\"a\\\"b\\n\"", "a\"b\\n")]
    [InlineData("$", "$")]
    [InlineData("a$ b", "a$ b")]
    public void Expands(string word, string expected) => Assert.Equal(expected, Expand(word));

    [Theory]
    [InlineData("${A", "not closed")]
    [InlineData("${}", "names no variable")]
    [InlineData("${A%x}", "not supported")]
    [InlineData("${NONE:?please set it}", "please set it")]
    [InlineData("'x", "single quote")]
    [InlineData("\"x", "double quote")]
    public void Refuses_with_file_and_line(string word, string reason)
    {
        var message = Assert.Throws<ImageException>(() => Expand(word)).Message;
        Assert.StartsWith("Dockerfile:7: ", message);
        Assert.Contains(reason, message);
    }

    [Fact]
    public void Refuses_endless_nesting() => Assert.Throws<ImageException>(() =>
        Expand(string.Concat(Enumerable.Repeat("${X:-", 1000)) + new string('}', 1000)));
}

public class GlobTests
{
    [Theory]
    [InlineData("*.wasm", "a.wasm", true)]
    [InlineData("*.wasm", "d/a.wasm", false)]
    [InlineData("**/*.wasm", "d/e/a.wasm", true)]
    [InlineData("**/*.wasm", "a.wasm", true)]
    [InlineData("d/**/x", "d/x", true)]
    [InlineData("d/**", "d/a/b", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[^a-c]x", "bx", false)]
    [InlineData("[]]", "]", true)]
    [InlineData("[a", "a", false)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "x", false)]
    [InlineData("a*b*c", "aXbYc", true)]
    [InlineData("a*b*c", "aXbY", false)]
    public void Matches(string pattern, string path, bool expected) =>
        Assert.Equal(expected, Glob.Matches(pattern.Split('/'), path.Split('/')));

    [Fact]
    public void Takes_no_exponential_time() => Assert.False(Glob.MatchesName(
        string.Concat(Enumerable.Repeat("*a", 200)) + "b", new string('a', 2000)));
}

public class IgnoreFileTests
{
    [Theory]
    [InlineData("target", "target/x/y", true)]
    [InlineData("/target/", "target", true)]
    [InlineData("*.md", "README.md", true)]
    [InlineData("*.md", "docs/README.md", false)]
    [InlineData("**/*.md", "docs/README.md", true)]
    [InlineData("*\n!keep", "keep/x", false)]
    [InlineData("*\n!keep", "other", true)]
    [InlineData("!keep\n*", "keep", true)]
    [InlineData("# target", "target", false)]
    [InlineData("", "x", false)]
    public void Ignores(string patterns, string path, bool expected) =>
        Assert.Equal(expected, IgnoreFile.Parse(patterns).Ignores(path.Split('/')));
}
