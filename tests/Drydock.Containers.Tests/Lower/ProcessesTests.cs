using System.Text;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tests.Lower;

public sealed class ProcessesTests
{
    [Theory]
    [InlineData("runc\0create\0--bundle\0/run/a\0id\0", true)]
    [InlineData("runc\0create\0--bundle=/run/a\0id\0", true)]
    [InlineData("runc\0/other/run/a\0--bundle=/run/a\0", true)]
    [InlineData("runc\0create\0--bundle=/run/ab\0id\0", false)]
    [InlineData("runc\0create\0--bundle\0/other/run/a\0", false)]
    [InlineData("", false)]
    public void A_word_is_a_whole_argument_or_a_value(string arguments, bool isNamed) =>
        Assert.Equal(isNamed, Processes.Names(Encoding.UTF8.GetBytes(arguments), "/run/a\0"u8));
}
