using Drydock.Compiler;
using Drydock.Runtime.Cache;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Runtime.Tests.Cache;

/// <summary>Code in files that users keep.</summary>
public sealed class CodeFileTests : CacheFixture
{
    private readonly byte[] _binary = TextModule.Assemble(Text);

    private string File => Path.Join(Directory, "app.code");

    [Fact]
    public void A_module_runs_on_the_code_in_a_file()
    {
        Write(Settings);
        using var module = Load();
        Assert.Equal(42, Call(module));
    }

    /// <summary>What is mapped is a copy.</summary>
    [Fact]
    public void A_file_that_is_cut_while_its_code_runs_is_not_missed()
    {
        Write(Settings);
        using var module = Load();
        System.IO.File.WriteAllBytes(File, []);
        Assert.Equal(42, Call(module));
    }

    [Fact]
    public void Code_for_another_processor_says_for_which()
    {
        foreach (var target in TargetCpu.All)
        {
            var settings = Settings with { Features = TargetCpu.Features, Level = 2, Machine = target.Machine };
            Write(settings);
            if (Processor.CanRun(new(DigestOf(_binary), settings))) Load().Dispose();
            else Assert.Contains($"it is for {target.Name}", Refusal(), StringComparison.Ordinal);
        }
        Write(Settings with { Level = 2, Machine = Processor.Machine ^ 2 });
        Assert.Contains("it is for the processor it was made on", Refusal(), StringComparison.Ordinal);
        Write(Settings with { Features = (CpuFeatures)(1 << 30) });
        Assert.Contains("this processor lacks", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_others_can_have_changed_is_not_run()
    {
        Write(Settings);
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Assert.Contains("only they may change", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(30, "")]
    [InlineData(100, "")]
    [InlineData(4097, "it is damaged")]
    public void What_is_damaged_is_not_run(int offset, string reason)
    {
        Write(Settings);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        bytes[offset] ^= 1;
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Contains(reason, Refusal(), StringComparison.Ordinal);
        System.IO.File.WriteAllBytes(File, bytes[..offset]);
        Assert.NotEmpty(Refusal());
    }

    [Fact]
    public void Code_of_another_program_or_for_other_settings_is_not_run()
    {
        Write(Settings);
        var error = Assert.Throws<InvalidDataException>(() => CodeFile.Load(Engine, File, new byte[32], () => _binary));
        Assert.Equal("it is of another program", error.Message);
        using var interruptible = new Engine(new() { EpochInterruption = true });
        Assert.Throws<InvalidDataException>(
            () => CodeFile.Load(interruptible, File, DigestOf(_binary), () => _binary));
        System.IO.File.Delete(File);
        Assert.Throws<FileNotFoundException>(() => CodeFile.Load(Engine, File, DigestOf(_binary), () => _binary));
    }

    private void Write(CompilerSettings settings)
    {
        var module = ModuleDecoder.Decode(_binary);
        using var file = System.IO.File.Create(File);
        foreach (var piece in CodeCache.Serialize(new(DigestOf(_binary), settings), module, Compile(module)))
            file.Write(piece.Span);
    }

    private Module Load() => CodeFile.Load(
        Engine, File, DigestOf(_binary), () => throw new InvalidOperationException("the binary was asked for"));

    private string Refusal() => Assert.Throws<InvalidDataException>(() => Load().Dispose()).Message;

    private int Call(Module module)
    {
        using var store = new Store(Engine);
        return new Linker(Engine).Instantiate(store, module).GetFunction("twice")!.Invoke(21)[0].AsInt32();
    }
}
