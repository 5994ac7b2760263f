using Drydock.Cli.OciRuntime;
using Drydock.Containers.Lower;

namespace Drydock.Cli.Tests.OciRuntime;

public sealed class RuntimeCommandTests
{
    private static readonly LowerRuntime Runc = new("/usr/sbin/runc");
    private static readonly LowerRuntime Crun = new("/usr/bin/crun");

    [Theory]
    [InlineData("--root /r --log /l --log-format json create --bundle /b --pid-file /p id", "create", "/b", "id")]
    [InlineData("--root=/r --systemd-cgroup create -b /b --no-pivot id", "create", "/b", "id")]
    [InlineData("create id --bundle=/b", "create", "/b", "id")]
    [InlineData("create -bundle /b id", "create", "/b", "id")]
    [InlineData("create -b/b id", "create", "/b", "id")]
    [InlineData("create -b /b -- id", "create", "/b", "id")]
    [InlineData("--debug run --detach --bundle /b id", "run", "/b", "id")]
    public void A_bundle_and_an_id_are_found_however_they_are_written(string line, string verb, string bundle,
        string id)
    {
        RuntimeCommand command = Parse(line);
        Assert.Equal((verb, bundle, id), (command.Verb, command.Option("--bundle"), command.Id));
    }

    [Theory]
    [InlineData("--root /r --my-arg x delete --force id")]
    [InlineData("update --resources - id")]
    [InlineData("kill --all id 9")]
    [InlineData("events --stats id")]
    [InlineData("update --some-new-flag 5 id")]
    [InlineData("--cgroup-manager cgroupfs start id")]
    public void What_is_handed_through_is_word_for_word(string line) =>
        Assert.Equal(line.Split(' '), RuntimeOptions.Words(Parse(line), Crun));

    [Theory]
    [InlineData("--cgroup-manager=systemd --root /r start id", "--systemd-cgroup --root=/r start id")]
    [InlineData("--cgroup-manager cgroupfs --log-level debug start id", "start id")]
    [InlineData("--lower-runtime /x --log /l kill id 15", "--log=/l kill id 15")]
    public void Globals_of_crun_are_put_into_runc_s_words(string line, string words) =>
        Assert.Equal(words.Split(' '), RuntimeOptions.Words(Parse(line), Runc));

    [Fact]
    public void The_words_after_the_id_of_exec_are_the_program_s()
    {
        RuntimeCommand command = Parse("exec -t --env A=b --cwd /w id ls -l --env C=d");
        Assert.Equal(["id", "ls", "-l", "--env", "C=d"], command.Operands);
        Assert.Equal(("A=b", "/w", true), (command.Option("--env"), command.Option("--cwd"), command.Has("--tty")));
    }

    [Fact]
    public void An_option_is_replaced_in_place_of_all_its_spellings()
    {
        RuntimeCommand command = Parse("--root /r create -b /a --bundle=/b --no-pivot id").With("--bundle", "/c");
        Assert.Equal(["--root=/r", "create", "--no-pivot", "--bundle=/c", "id"], RuntimeOptions.Words(command, Runc));
    }

    [Fact]
    public void A_line_of_the_log_has_the_form_that_callers_parse()
    {
        Assert.Matches("""^\{"level":"error","msg":"it \\"broke\\"","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\}$""", RuntimeLog.Format("json", "it \"broke\""));
        Assert.Matches("""^time="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ" level=error msg="it \\"broke\\""$""", RuntimeLog.Format(null, "it \"broke\""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("--")]
    [InlineData("--root")]
    [InlineData("create -b")]
    [InlineData("exec --process")]
    [InlineData("-x=1 --y")]
    public void Lines_that_are_cut_short_are_read(string line) => Assert.NotNull(Parse(line));

    private static RuntimeCommand Parse(string line) =>
        RuntimeCommand.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
