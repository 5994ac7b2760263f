namespace Drydock.Oci.Tests;

public sealed class ImageBuilderTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module).With("data/a.txt", "a")
        .With("data/sub/b.txt", "b");

    public void Dispose() => _box.Dispose();

    [Fact]
    public void Builds_the_docker_example()
    {
        var result = _box.Build("""
            # syntax=docker/dockerfile:1
            FROM scratch
            COPY hello.wasm /hello.wasm
            ENTRYPOINT ["/hello.wasm"]
            """);
        var image = _box.Image();
        Assert.Equal(result.Id, image.Id);
        Assert.Equal("wasi/wasm", image.Platform.ToString());
        Assert.Equal(["/hello.wasm"], image.Config.CommandLine([]));
        Assert.Equal("1970-01-01T00:00:00Z", image.Config.Created);
        Assert.Equal(["hello.wasm"], _box.Files());
        Assert.Equal(["[1/2] FROM scratch", "[2/2] COPY hello.wasm /hello.wasm"], _box.Steps);
        Assert.Empty(_box.Warnings);
        Assert.Equal("/hello.wasm", _box.Store.OpenContent(image).Find("/hello.wasm").GuestPath);
        Assert.Equal(image.Config.History!.Count(entry => !entry.EmptyLayer), image.Manifest.Layers.Length);
    }

    [Fact]
    public void Same_input_gives_the_same_digest()
    {
        const string Dockerfile = "FROM scratch\nCOPY . /\nENV A=1\nENTRYPOINT [\"hello.wasm\"]";
        var first = _box.Build(Dockerfile);
        File.SetLastWriteTimeUtc(Path.Join(_box.Context, "hello.wasm"), DateTime.UnixEpoch.AddDays(1));
        using var other = new Sandbox().With("data/sub/b.txt", "b").With("data/a.txt", "a")
            .With("hello.wasm", Sandbox.Module);
        Assert.Equal(first, other.Build(Dockerfile));
        other.With("data/a.txt", "b");
        Assert.NotEqual(first.Id, other.Build(Dockerfile).Id);
        Assert.NotEqual(first.Id, _box.Build(Dockerfile, change: options => options with { SourceDateEpoch = 5 }).Id);
    }

    [Theory]
    [InlineData("COPY data /d", "d/ d/a.txt d/sub/ d/sub/b.txt")]
    [InlineData("COPY data/ /", "a.txt sub/ sub/b.txt")]
    [InlineData("COPY data/a.txt /x", "x")]
    [InlineData("COPY data/a.txt /x/", "x/ x/a.txt")]
    [InlineData("COPY data/*.txt hello.wasm /x/", "x/ x/a.txt x/hello.wasm")]
    [InlineData("COPY [\"data/a.txt\", \"/with space\"]", "with space")]
    [InlineData("COPY data/**/*.txt /x/", "x/ x/a.txt x/b.txt")]
    [InlineData("WORKDIR /w\nCOPY data/a.txt .", "w/ w/a.txt")]
    [InlineData("WORKDIR /w\nWORKDIR v\nCOPY data/a.txt x", "w/ w/v/ w/v/x")]
    [InlineData("ADD data/a.txt /deep/er/x", "deep/ deep/er/ deep/er/x")]
    [InlineData("COPY data/a.txt \\\n  # a comment\n\n  /x", "x")]
    [InlineData("COPY <<EOF /greeting\nhello\nEOF", "greeting")]
    [InlineData("ARG N=a\nCOPY data/${N}.txt /${N:+set}", "set")]
    public void Copies(string instructions, string files)
    {
        _box.Build("FROM scratch\n" + instructions);
        Assert.Equal(files.Split(' '), instructions.Contains("with space") ? [files.Split(' ')[0], "space"]
            : _box.Files());
    }

    [Fact]
    public void Links_and_modes_are_kept_and_can_be_set()
    {
        File.CreateSymbolicLink(Path.Join(_box.Context, "data", "link"), "a.txt");
        File.SetUnixFileMode(Path.Join(_box.Context, "data", "a.txt"),
            UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _box.Build("FROM scratch\nCOPY data /d\nCOPY --chmod=640 --chown=7:8 data/a.txt /x");
        var root = _box.Store.OpenContent(_box.Image()).RootDirectory!;
        Assert.Equal("a.txt", new FileInfo(Path.Join(root, "d/link")).LinkTarget);
        Assert.Equal(0x140, (int)File.GetUnixFileMode(Path.Join(root, "d/a.txt")));
        Assert.Equal(0x1a0, (int)File.GetUnixFileMode(Path.Join(root, "x")));
    }

    [Fact]
    public void Stages_and_images_give_files_to_others()
    {
        _box.Build("FROM scratch\nCOPY data/a.txt /from-image", "base");
        _box.Build("""
            FROM scratch AS one
            COPY data/a.txt /a
            FROM never-there AS unused
            RUN make
            FROM base
            COPY --from=one /a /b
            COPY --from=base /from-image /c
            COPY --from=0 /a /d
            """);
        Assert.Equal(["b", "c", "d", "from-image"], _box.Files());
        Assert.Contains("[stage-2 2/4] COPY --from=one /a /b", _box.Steps);
        Assert.Equal(4, _box.Image().Manifest.Layers.Length);
    }

    [Fact]
    public void Configuration_is_what_docker_makes_of_it()
    {
        _box.With("hello.wasm", Sandbox.Module).Build("""
            ARG NAME=world
            FROM scratch
            ARG NAME
            ARG OTHER
            ENV GREETING="hello ${NAME}" B=2
            ENV OLD form of env
            WORKDIR /app
            COPY hello.wasm .
            LABEL a.b="c d" e=f
            EXPOSE 80 53/udp 9000-9001
            VOLUME /data ["ignored"]
            USER 5:6
            STOPSIGNAL SIGINT
            HEALTHCHECK --interval=1m30s --retries=3 CMD ["x"]
            ENTRYPOINT ["hello.wasm"]
            CMD ["x", "$B"]
            """, change: options => options with
        {
            BuildArguments = new Dictionary<string, string?> { ["OTHER"] = "x", ["TYPO"] = "y" },
            Labels = new Dictionary<string, string> { ["e"] = "g" },
        });
        var config = _box.Image().Config.Config!;
        Assert.Equal(["GREETING=hello world", "B=2", "OLD=form of env"], config.Env!);
        Assert.Equal("/app", config.WorkingDir);
        Assert.Equal("c d", config.Labels!["a.b"]);
        Assert.Equal("g", config.Labels["e"]);
        Assert.Equal(["80/tcp", "53/udp", "9000/tcp", "9001/tcp"], config.ExposedPorts!.Keys);
        Assert.Equal("5:6", config.User);
        Assert.Equal(90_000_000_000, config.Healthcheck!.Interval);
        Assert.Equal(["hello.wasm", "x", "$B"], _box.Image().Config.CommandLine([]));
        Assert.Equal(["hello.wasm", "y"], _box.Image().Config.CommandLine(["y"]));
        Assert.Equal(["z"], _box.Image().Config.CommandLine([], "z"));
        Assert.Equal(["build argument TYPO is not used: no ARG declares it"], _box.Warnings);
        Assert.Equal("/app/hello.wasm", _box.Store.OpenContent(_box.Image()).Find("hello.wasm", "/app").GuestPath);
    }

    [Fact]
    public void A_new_entrypoint_drops_the_arguments_of_the_base()
    {
        _box.Build("FROM scratch\nCMD [\"old\"]", "base");
        _box.Build("FROM base\nENTRYPOINT [\"new\"]");
        Assert.Equal(["new"], _box.Image().Config.CommandLine([]));
    }

    [Fact]
    public void Triggers_of_the_base_run_in_the_build_on_it()
    {
        _box.Build("FROM scratch\nONBUILD COPY data/a.txt /triggered", "base");
        _box.Build("FROM base\n");
        Assert.Equal(["triggered"], _box.Files());
        Assert.Null(_box.Image().Config.Config!.OnBuild);
    }

    [Fact]
    public void The_ignore_file_counts()
    {
        _box.With(".dockerignore", "data\n!data/sub\n*.log\n").With("x.log", "");
        _box.Build("FROM scratch\nCOPY . /");
        Assert.Equal([".dockerignore", "data/", "data/sub/", "data/sub/b.txt", "hello.wasm"], _box.Files());
        Assert.Contains(".dockerignore", _box.Refusal("FROM scratch\nCOPY x.log /"));
    }

    [Fact]
    public void Local_archives_are_unpacked_by_add_alone()
    {
        System.Formats.Tar.TarFile.CreateFromDirectory(
            Path.Join(_box.Context, "data"), Path.Join(_box.Context, "d.tar"), includeBaseDirectory: false);
        _box.Build("FROM scratch\nADD d.tar /x\nCOPY d.tar /y");
        Assert.Equal(["x/", "x/a.txt", "x/sub/", "x/sub/b.txt", "y"], _box.Files());
    }

    [Theory]
    [InlineData("FROM scratch\nRUN make", "Dockerfile:2: RUN make: RUN needs a shell")]
    [InlineData("FROM scratch\nCOPPY a b", "Dockerfile:2: unknown instruction COPPY; did you mean COPY?")]
    [InlineData("FROM scratch\n\nFOOBARBAZ x", "Dockerfile:3: unknown instruction FOOBARBAZ")]
    [InlineData("COPY a b", "COPY comes before FROM")]
    [InlineData("", "has no FROM")]
    [InlineData("FROM scratch\nCOPY nope /", "nope is not in the context")]
    [InlineData("FROM scratch\nCOPY *.nope /", "nothing matches *.nope")]
    [InlineData("FROM scratch\nCOPY ../secret /", "outside the build context")]
    [InlineData("FROM scratch\nCOPY hello.wasm data/a.txt /x", "must end in /")]
    [InlineData("FROM scratch\nCOPY hello.wasm", "needs a source and a target")]
    [InlineData("FROM scratch\nCOPY --wrong=1 a b", "does not take --wrong")]
    [InlineData("FROM scratch\nCOPY --chown=someone hello.wasm /", "give the number")]
    [InlineData("FROM scratch\nCOPY --chmod=u+x hello.wasm /", "octal")]
    [InlineData("FROM scratch\nADD https://example.com/x /", "builds do not reach the network")]
    [InlineData("FROM scratch\nENTRYPOINT echo $HOME", "use the exec form")]
    [InlineData("FROM scratch\nENTRYPOINT ['/x']", "not a JSON array")]
    [InlineData("FROM scratch\nENV A", "has no value")]
    [InlineData("FROM scratch\nEXPOSE 70000", "is no port")]
    [InlineData("FROM missing", "Dockerfile:1: image missing:latest is not in the local store")]
    [InlineData("FROM Bad!Name", "Dockerfile:1: invalid reference")]
    [InlineData("FROM scratch AS a\nFROM scratch AS a", "there is a stage a already")]
    [InlineData("FROM scratch\nCOPY <<EOF /x\nabc", "has no end")]
    public void Refuses(string dockerfile, string reason)
    {
        Assert.Contains(reason, _box.Refusal(dockerfile));
        Assert.Empty(_box.Store.List());
    }

    [Fact]
    public void The_shell_form_is_taken_apart_with_a_warning()
    {
        _box.Build("FROM scratch\nCOPY hello.wasm /\nENTRYPOINT /hello.wasm --flag \"two words\"");
        Assert.Equal(["/hello.wasm", "--flag", "two words"], _box.Image().Config.Config!.Entrypoint!);
        Assert.Contains("no shell", Assert.Single(_box.Warnings));
    }

    [Fact]
    public void An_entry_that_cannot_start_is_told_of()
    {
        _box.Build("FROM scratch\nCOPY data/a.txt /app\nENTRYPOINT [\"/app\"]");
        Assert.Contains("/app is not a WebAssembly module", Assert.Single(_box.Warnings));
    }

    [Fact]
    public void Long_names_and_large_ids_are_written()
    {
        var name = string.Join('/', Enumerable.Repeat(new string('n', 60), 4));
        _box.With(name, "x");
        _box.Build($"FROM scratch\nCOPY --chown=4000000 {name} /{name}");
        Assert.Equal("x", _box.Read(name));
    }

    [Fact]
    public void A_pipe_in_the_context_stops_the_build_that_copies_it()
    {
        if (!Tools.Available("mkfifo"))
            return;
        Tools.Run("mkfifo", Path.Join(_box.Context, "pipe"));
        Assert.Contains("cannot read pipe", _box.Refusal("FROM scratch\nCOPY pipe /"));
        _box.Build("FROM scratch\nCOPY hello.wasm /");
    }

    [Fact]
    public void A_full_disk_leaves_the_store_as_it_was()
    {
        var mount = Path.Join(_box.Directory, "full");
        Directory.CreateDirectory(mount);
        if (!Environment.IsPrivilegedProcess
            || Tools.TryRun("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount).Code != 0)
        {
            Console.WriteLine("skipped: a small file system to fill cannot be mounted");
            return;
        }
        try
        {
            _box.Store = ImageStore.Open(Path.Join(mount, "store"));
            _box.Build("FROM scratch\nCOPY hello.wasm /", "small");
            var before = Snapshot(mount);
            var large = new byte[3 << 20];
            new Random(1).NextBytes(large);
            _box.With("large", large);
            var error = Assert.Throws<ImageException>(() => _box.Build("FROM scratch\nCOPY large /"));
            Assert.Contains("no space left on device", error.Message);
            Assert.Equal(125, error.ExitCode);
            Assert.Equal(before, Snapshot(mount));
            Assert.Single(_box.Store.List());
        }
        finally
        {
            Tools.Run("umount", mount);
        }
    }

    private static string[] Snapshot(string directory) =>
        [.. Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories).Order()];
}
