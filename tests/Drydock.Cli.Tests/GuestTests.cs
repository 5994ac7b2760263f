using System.Text;

namespace Drydock.Cli.Tests;

/// <summary>Programs in C, C++ and Rust, built by Debian's compilers: what they get is what was given.</summary>
public sealed class GuestTests : TemporaryDirectory
{
    private static string Guest(string name) => Path.Join(Repository.Root, "tests", "guests", "bin", name + ".wasm");

    [NeedsFact(Needed.Guests)]
    public void Arguments_reach_the_guest_as_they_are() => Assert.Equal(
        "-e\n--help\ntwo words\nümläut\n", Drydock("run", Guest("probe"), "args", "-e", "--help", "two words", "ümläut")
            .Output);

    [NeedsFact(Needed.Guests)]
    public void The_environment_is_what_was_given_and_nothing_else()
    {
        string file = Write("variables", "B=file\nC=file\n");
        Assert.Equal("B=option\nC=file\nA=1\n", Drydock(
            "run", "--env-file", file, "-e", "A=1", "--env", "B=option", Guest("probe"), "env").Output);
        Assert.Equal("", Drydock("run", Guest("probe"), "env").Output);
    }

    [NeedsFact(Needed.Guests)]
    public void Standard_input_is_passed_through()
    {
        Outcome outcome = Executable.Run(["run", "-i", Guest("words")], "b a b\nc b a\n"u8.ToArray());
        Assert.Equal(new Outcome(0, "3 b\n2 a\n1 c\n", ""), outcome);
    }

    [NeedsTheory(Needed.Guests)]
    [InlineData("exceptions")]
    [InlineData("exceptions-legacy")]
    public void A_program_in_Cpp_throws_and_catches(string name) => Assert.Equal(
        File.ReadAllText(Path.Join(Repository.Root, "tests", "guests", "exceptions.txt")), Drydock("run", Guest(name))
            .Output);

    [NeedsFact(Needed.Guests)]
    public void A_Rust_program_works_in_a_mounted_directory()
    {
        Directory.CreateDirectory(Path.Join(Home, "work"));
        Outcome outcome = Executable.Run(
            ["run", "-e", "GREETING=hi", "-v", Path.Join(Home, "work") + ":/work", Guest("files"), "/work"],
            Encoding.UTF8.GetBytes("hello"));
        Assert.Equal(0, outcome.Code);
        Assert.Equal(
            "hello from Rust, 1 arguments\nGREETING=hi\n99 files\ncontent 42\n11 bytes\nescape: true\n5 bytes of input, 4 letters\n",
            outcome.Output);
    }

    [NeedsFact(Needed.Guests)]
    public void A_read_only_directory_stays_as_it_is()
    {
        Directory.CreateDirectory(Path.Join(Home, "work"));
        Outcome outcome = Drydock("run", "-v", Path.Join(Home, "work") + ":/work:ro", Guest("files"), "/work");
        Assert.Equal(3, outcome.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Join(Home, "work")));
    }

    [NeedsFact(Needed.Guests)]
    public void Without_a_volume_there_is_no_directory() =>
        Assert.Equal(3, Drydock("run", Guest("files"), Home).Code);

    [NeedsFact(Needed.Guests)]
    public void A_container_may_write_to_its_root_and_the_image_stays_as_it_is()
    {
        File.Copy(Guest("files"), Write("context/files.wasm", ""), overwrite: true);
        Build("FROM scratch\nCOPY files.wasm /files.wasm\nENTRYPOINT [\"/files.wasm\"]\n", "-t", "files");
        Assert.Equal(0, Drydock("run", "files", "/").Code);
        Assert.Equal(0, Drydock("run", "files", "/").Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Join(Store, "containers")));
        Assert.Equal(3, Drydock("run", "--read-only", "files", "/").Code);
    }
}
