namespace Drydock.Containers.Tests;

public sealed class EnvironmentVariablesTests
{
    [Fact]
    public void A_variable_with_a_value_is_taken_as_it_is() =>
        Assert.Equal("A=b=c", EnvironmentVariables.Parse("A=b=c"));

    [Fact]
    public void A_bare_name_is_passed_on_from_the_caller()
    {
        Environment.SetEnvironmentVariable("DRYDOCK_TEST_PASSED_ON", "here");
        Assert.Equal("DRYDOCK_TEST_PASSED_ON=here", EnvironmentVariables.Parse("DRYDOCK_TEST_PASSED_ON"));
        Assert.Null(EnvironmentVariables.Parse("DRYDOCK_TEST_NOT_SET_ANYWHERE"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("=value")]
    [InlineData("A=\0")]
    public void What_has_no_name_or_holds_a_nul_is_refused(string text) =>
        Assert.Throws<ContainerException>(() => EnvironmentVariables.Parse(text));

    [Fact]
    public void A_later_value_replaces_an_earlier_one_in_its_place() =>
        Assert.Equal(["A=3", "AB=2", "C=4"], EnvironmentVariables.Merge(["A=1", "AB=2"], ["C=0", "A=3", "C=4"]));

    [Fact]
    public void A_file_gives_a_variable_a_line()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "# comment\n\nA=1\n  B=two words\nC=\"kept\"\n");
        Assert.Equal(["A=1", "B=two words", "C=\"kept\""], EnvironmentVariables.ReadFile(path));
        File.Delete(path);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        ContainerException error =
            Assert.Throws<ContainerException>(() => EnvironmentVariables.ReadFile("/no/such/file"));
        Assert.Contains("/no/such/file", error.Message, StringComparison.Ordinal);
    }
}
