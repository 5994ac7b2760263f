using Drydock.Containers.Tasks;

namespace Drydock.Containers.Tests.Tasks;

public class RuntimeLogTests
{
    [Theory]
    [InlineData("""{"level":"error","msg":"first"}""" + "\n" + """{"msg":"second \"x\"","level":"error"}""" + "\n", "second \"x\"")]
    [InlineData("""{"level":"warning","msg":"careful"}""" + "\n", null)]
    [InlineData("not json\n[1,2]\n{\"level\":\"error\",\"msg\":", null)]
    [InlineData("", null)]
    public void The_last_error_of_a_log_is_found(string log, string? expected)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, log);
        Assert.Equal(expected, RuntimeCalls.LastError(file));
        File.Delete(file);
    }

    [Fact]
    public void No_log_has_no_error() => Assert.Null(RuntimeCalls.LastError("/nowhere/log.json"));
}
