using System.Diagnostics;

namespace Drydock.Layout.Tests;

/// <summary>Objects of the shape that the .NET compiler gives them, assembled by gcc, ordered, linked and run.</summary>
public sealed class CodeOrderTests : IDisposable
{
    /// <summary>Calls within the section are resolved by the assembler, as by the .NET compiler; all else has symbols.</summary>
    private const string Code = """
        .macro method name
            .p2align 2, 0x90
            .globl \name
            .hidden \name
            .type \name, @function
        \name:
        .L\name:
        .endm
        .macro done name
            .size \name, . - \name
        .endm
        .section __managedcode, "ax", @progbits
        .p2align 5
        method first
            call .Lsecond
            lea .Lthird(%rip), %rcx
            mov %eax, %edi
            call *%rcx
            add offset(%rip), %eax
            ret
        done first
        method unused
            ud2
        done unused
        method second
            lea 1(%rdi), %eax
            test %edi, %edi
            {disp32} jz .Lunused
            ret
        done second
        .p2align 5, 0x90
        method third
            imul $10, %edi, %eax
            ret
        done third
        method last
            {disp32} jmp .Labutting
            .byte 0x0f, 0x1f, 0x00
        done last
        method abutting
            {disp32} jmp .Lfirst
        done abutting
        .data
        .globl table
        .type table, @object
        table: .quad last
        .globl offset
        .type offset, @object
        offset: .long 3
        .section .note.GNU-stack, "", @progbits
        """;

    private const string Main = "extern int (*table)(int); int main(void) { return table(5); }";
    private const int Result = (5 + 1) * 10 + 3;

    private readonly string _directory = Directory.CreateTempSubdirectory("drydock-layout-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("third first")]
    [InlineData("last nobody third second unused first")]
    public void An_ordered_object_does_what_it_did(string names)
    {
        byte[] assembled = Assemble(Code);
        Assert.Equal(Result, LinkAndRun(assembled));
        var file = new ElfFile(assembled);
        CodeOrder.Apply(file, names.Split(' '));
        Assert.Equal(Result, LinkAndRun(file.Bytes));
    }

    [Fact]
    public void Methods_lie_in_the_order_given()
    {
        var file = new ElfFile(Assemble(Code));
        CodeOrder order = CodeOrder.Apply(file, ["third", "nobody", "last"]);
        Assert.Equal(["third", "last", "first", "unused", "second", "abutting"],
            CodeOrder.NamesByPlace(file).OrderBy(each => each.Key).Select(each => each.Value));
        Assert.Equal(2, order.Known);
    }

    [Theory]
    [InlineData("second third", true)]
    [InlineData("second first", false)]
    public void Only_methods_of_a_start_are_aligned_for_loops(string names, bool isAligned)
    {
        var file = new ElfFile(Assemble(Code));
        CodeOrder.Apply(file, names.Split(' '));
        Assert.Equal(isAligned, CodeOrder.NamesByPlace(file).Single(each => each.Value == "third").Key % 32 == 0);
    }

    [Fact]
    public void Ordering_twice_is_ordering_once()
    {
        var file = new ElfFile(Assemble(Code));
        CodeOrder.Apply(file, ["third", "last"]);
        string once = Names(file);
        CodeOrder.Apply(file, ["third", "last"]);
        Assert.Equal(once, Names(file));
        Assert.Equal(Result, LinkAndRun(file.Bytes));
    }

    [Theory]
    [InlineData("imul $10", ".byte 6\nimul $10", "is not understood")]
    [InlineData("jmp .Lfirst", "jmp .Lfirst+1", "where no method begins")]
    [InlineData("{disp32} jz", "jz", "where no method begins")]
    [InlineData(".quad last", ".quad .Llast", "a relocation names no method")]
    [InlineData("add offset(%rip), %eax", "mov $offset, %eax", "but a distance is relocated")]
    [InlineData("__managedcode", "__other", "no section __managedcode")]
    [InlineData("ud2", "ud2\n.globl inside\ninside:", "'inside' is not of a method")]
    public void What_has_another_shape_is_left_as_it_is(string from, string to, string reason)
    {
        byte[] assembled = Assemble(Code.Replace(from, to, StringComparison.Ordinal));
        var file = new ElfFile([.. assembled]);
        var thrown = Assert.Throws<UnexpectedShapeException>(() => CodeOrder.Apply(file, ["third"]));
        Assert.Contains(reason, thrown.Message, StringComparison.Ordinal);
        Assert.Equal(assembled, file.Bytes);
    }

    [Fact]
    public void Damaged_files_are_refused_or_ordered()
    {
        byte[] assembled = Assemble(Code);
        var random = new Random(7);
        int refused = 0;
        for (int turn = 0; turn < 5000; turn++)
        {
            byte[] damaged = turn % 2 == 0 ? assembled[..random.Next(assembled.Length)] : [.. assembled];
            if (turn % 2 != 0) damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            try { CodeOrder.Apply(new ElfFile(damaged), ["third"]); }
            catch (UnexpectedShapeException) { refused++; }
        }
        Assert.InRange(refused, 2500, 4999);
    }

    private static string Names(ElfFile file) => string.Join(' ',
        CodeOrder.NamesByPlace(file).OrderBy(each => each.Key).Select(each => $"{each.Key}:{each.Value}"));

    private byte[] Assemble(string code)
    {
        File.WriteAllText(Path.Join(_directory, "code.s"), code + "\n");
        Assert.Equal(0, Run("gcc", "-c", Path.Join(_directory, "code.s"), "-o", Path.Join(_directory, "code.o")));
        return File.ReadAllBytes(Path.Join(_directory, "code.o"));
    }

    private int LinkAndRun(byte[] assembled)
    {
        File.WriteAllText(Path.Join(_directory, "main.c"), Main);
        File.WriteAllBytes(Path.Join(_directory, "code.o"), assembled);
        Assert.Equal(0, Run("gcc", "-no-pie", Path.Join(_directory, "main.c"), Path.Join(_directory, "code.o"), "-o",
            Path.Join(_directory, "main")));
        return Run(Path.Join(_directory, "main"));
    }

    private static int Run(params string[] words)
    {
        using Process process = Process.Start(words[0], words[1..]);
        process.WaitForExit();
        return process.ExitCode;
    }
}
