using Drydock.Layout.Profiles;

namespace Drydock.Layout.Tests.Profiles;

/// <summary>Text as .NET 9 and 10 write it.</summary>
public sealed class RuntimeCountsTests
{
    private const string Text = """
        *** START PGO Data, max index = 2 ***
        @@@ codehash 0xB8A4BB77 methodhash 0x24AB8F62 ilSize 0x00000112 records 0x00000002
        MethodName: Some.Outer+Inner.Compare
        Signature: instance int32  (class System.Func`2<!0,int32>,fnptr int(unsigned int8*,int64),bool)
        Schema InstrumentationKind 385 ILOffset 23 Count 1 Other 24
        4
        Schema InstrumentationKind 195 ILOffset 50 Count 2 Other 0
        TypeHandle: NULL
        TypeHandle: NULL
        Schema InstrumentationKind 385 ILOffset 2147483649 Count 1 Other 171
        4294967295
        @@@ codehash 0xF9D10E8F methodhash 0x073EFFF1 ilSize 0x0000035F records 0x00000000
        MethodName: Empty
        Signature: void  ()
        *** END PGO Data ***
        """;

    [Fact]
    public void Methods_have_their_edges()
    {
        MethodCounts[] methods = [.. RuntimeCounts.Read(Text.Split('\n'))];
        Assert.Equal(2, methods.Length);
        Assert.Equal(("Some.Outer+Inner.Compare", 0x112, 3), (methods[0].Name, methods[0].Size, methods[0].Parameters));
        Assert.Equal([new Edge(23, 24, 4), new Edge(int.MinValue + 1, 171, uint.MaxValue)], methods[0].Edges);
        Assert.Equal(uint.MaxValue, methods[0].Most);
        Assert.Equal(("Empty", 0x35f, 0), (methods[1].Name, methods[1].Size, methods[1].Parameters));
        Assert.Empty(methods[1].Edges);
    }

    [Theory]
    [InlineData(3, "MethodName")]
    [InlineData(4, "")]
    [InlineData(5, "the last count")]
    public void Text_that_ends_early_is_refused(int lines, string reason)
    {
        string[] text = Text.Split('\n')[..lines];
        if (reason.Length == 0) Assert.Single(RuntimeCounts.Read(text));
        else Assert.Contains(reason == "MethodName" ? "Signature" : reason,
            Assert.Throws<FormatException>(() => RuntimeCounts.Read(text).Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_of_the_same_code_add_up()
    {
        var one = new MethodCounts("a", 1, 0, [new Edge(0, 1, 5), new Edge(1, 0, int.MaxValue)]);
        var other = new MethodCounts("a", 1, 0, [new Edge(0, 1, 2), new Edge(1, 0, 1)]);
        Assert.Equal([new Edge(0, 1, 7), new Edge(1, 0, int.MaxValue)], one.Plus(other).Edges);
        Assert.Same(one, one.Plus(other with { Edges = [new Edge(0, 1, 2)] }));
        Assert.Same(one, one.Plus(other with { Edges = [new Edge(0, 1, 2), new Edge(1, 2, 1)] }));
    }
}
