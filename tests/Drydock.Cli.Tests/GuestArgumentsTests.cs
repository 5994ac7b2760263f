using System.CommandLine;

namespace Drydock.Cli.Tests;

public sealed class GuestArgumentsTests
{
    [Theory]
    [InlineData("run x", "run -- x")]
    [InlineData("run x -e A=1 --help", "run -- x -e A=1 --help")]
    [InlineData("run -e A=1 x -y", "run -e A=1 -- x -y")]
    [InlineData("run -it x", "run -it -- x")]
    [InlineData("run -itm 64m x", "run -itm 64m -- x")]
    [InlineData("run -m64m x", "run -m64m -- x")]
    [InlineData("run --memory=64m --rm x --rm", "run --memory=64m --rm -- x --rm")]
    [InlineData("run --rm -- x -y", "run --rm -- x -y")]
    [InlineData("run --help", "run --help")]
    [InlineData("run -e", "run -e")]
    [InlineData("images -q", "images -q")]
    public void What_follows_the_image_is_the_guests(string given, string separated)
    {
        string[] words = given.Split(' ');
        Command root = CommandLine.CreateRoot(words);
        Assert.Equal(separated, string.Join(' ', GuestArguments.Separate(root, words)));
    }
}
