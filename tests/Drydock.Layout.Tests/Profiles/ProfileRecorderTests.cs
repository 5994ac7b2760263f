using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.PortableExecutable;
using Drydock.Layout.Profiles;

namespace Drydock.Layout.Tests.Profiles;

/// <summary>Profiles of this assembly's methods, read as the compiler does and resolved by the runtime.</summary>
public sealed class ProfileRecorderTests
{
    private static readonly MethodInfo Method = Declared(nameof(Sample.Inner.Everything));

    [Fact]
    public void Counts_are_beside_the_method_they_are_of()
    {
        List<object> words = Read([Counts(Method, 7, (3, 9, 12), (9, -1, 0))], out int methods);
        Assert.Equal(1, methods);
        Assert.Equal(
            [
                Method, "InstrumentationDataStart", 15, 3, 385, 1, 9, 12, 15, 9, 385, 1, -1, 0,
                "InstrumentationDataEnd", "pop",
            ],
            words);
    }

    [Fact]
    public void Runs_are_added_up()
    {
        List<object> words = Read([Counts(Method, 7, (3, 9, 300)), Counts(Method, 7, (3, 9, 200))], out _);
        Assert.Equal([15, 3, 385, 1, 9, 500], words[2..8]);
    }

    [Fact]
    public void What_has_changed_or_is_generic_or_rare_is_left_out()
    {
        string changed = Counts(Method, 7, (3, 9, 5000)).Replace("ilSize 0x", "ilSize 0x1", StringComparison.Ordinal);
        Read([changed, Counts(Declared(nameof(Sample.Inner.Generic)), 0, (3, 9, 5000))], out int methods);
        Assert.Equal(0, methods);
        string frequent = Counts(Declared(nameof(Sample.Inner.Other)), 0, (0, 1, 5000));
        Read([Counts(Method, 7, (3, 9, 4)), frequent], out methods);
        Assert.Equal(1, methods);
        Read([Counts(Method, 7, (3, 9, 5)), frequent], out methods);
        Assert.Equal(2, methods);
    }

    [Fact]
    public void One_of_several_that_look_alike_is_left_out()
    {
        MethodInfo one = typeof(Sample.Inner).GetMethods().First(each => each.Name == nameof(Sample.Inner.Twice));
        Read([Counts(one, 1, (0, 1, 5000))], out int methods);
        Assert.Equal(0, methods);
    }

    private static MethodInfo Declared(string name) => typeof(Sample.Inner).GetMethod(name)!;

    private static string Counts(MethodInfo method, int parameters, params (int From, int To, uint Count)[] edges)
    {
        int size = method.GetMethodBody()!.GetILAsByteArray()!.Length;
        string list = string.Join(',', Enumerable.Repeat("int32", parameters));
        return string.Join('\n',
        [
            $"@@@ codehash 0x0 methodhash 0x0 ilSize 0x{size:X8} records 0x1",
            $"MethodName: {method.DeclaringType!.FullName}.{method.Name}",
            $"Signature: void  ({list})",
            .. edges.Select(edge =>
                $"Schema InstrumentationKind 385 ILOffset {(uint)edge.From} Count 1 Other {(uint)edge.To}\n{edge.Count}"),
        ]);
    }

    /// <summary>Everything in the profile of this assembly, if it has one.</summary>
    private static List<object> Read(string[] runs, out int methods)
    {
        using var own = new PEReader(File.OpenRead(typeof(ProfileRecorderTests).Assembly.Location));
        byte[] file = ProfileRecorder.Record([own], runs.Select(each => each.Split('\n')), out methods);
        Module profile = Assembly.Load(file).ManifestModule;
        List<object> index = Words(profile, profile.GetMethod("AssemblyDictionary")!);
        if (methods == 0)
        {
            Assert.Empty(index);
            return [];
        }
        Assert.Equal(typeof(ProfileRecorderTests).Assembly.GetName().Name + ";", index[0]);
        Assert.Equal("pop", index[2]);
        return Words(profile, (MethodInfo)index[1]);
    }

    private static List<object> Words(Module module, MethodInfo method)
    {
        List<object> words = [];
        byte[] code = method.GetMethodBody()!.GetILAsByteArray()!;
        for (int at = 0; at < code.Length;)
        {
            int token = at + 5 <= code.Length ? BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at + 1)) : 0;
            (object word, int length) = code[at] switch
            {
                0x15 => (-1, 1),
                >= 0x16 and <= 0x1e => (code[at] - 0x16, 1),
                0x1f => ((object)(int)(sbyte)code[at + 1], 2),
                0x20 => (token, 5),
                0x26 => ("pop", 1),
                0x72 => (module.ResolveString(token), 5),
                0xd0 => (module.ResolveMethod(token)!, 5),
                _ => throw new BadImageFormatException(),
            };
            words.Add(word);
            at += length;
        }
        return words;
    }
}
