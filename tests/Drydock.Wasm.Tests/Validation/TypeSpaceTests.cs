using static Drydock.Wasm.Tests.ModuleBuilder;

namespace Drydock.Wasm.Tests.Validation;

/// <summary>
/// Types are written in hex after the binary format: 4E recursive group, 50 sub, 4F sub final, 5F struct, 60 func.
/// </summary>
public class TypeSpaceTests
{
    private static WasmModule Decode(byte count, string types) =>
        ModuleDecoder.Decode(new ModuleBuilder().Section(1, [count, .. Convert.FromHexString(types)]).Bytes);

    private static WasmFormatException Rejects(byte count, string types) =>
        Rejected(new ModuleBuilder().Section(1, [count, .. Convert.FromHexString(types)]).Bytes);

    [Fact]
    public void Equal_function_types_share_a_canonical_index() =>
        Assert.Equal([0, 1, 0], Decode(3, "60017F00" + "60017E00" + "60017F00").CanonicalTypes);

    [Fact]
    public void Recursive_groups_are_equal_up_to_where_they_start()
    {
        // (rec (type (struct (field (ref null $self))))) twice, then a group of two that differs.
        const string Self = "4E015F0163{0}00";
        var types = Self.Replace("{0}", "00") + Self.Replace("{0}", "01") + "4E02" + "5F01630300" + "5F01630200";
        Assert.Equal([0, 0, 2, 3], Decode(3, types).CanonicalTypes);
    }

    [Fact]
    public void References_to_equal_types_are_equal() =>
        Assert.Equal([0, 0, 2, 2],
            Decode(4, "6000" + "00" + "6000" + "00" + "6001640000" + "6001640100").CanonicalTypes);

    [Theory]
    [InlineData("5000" + "5F00" + "5001005F017F00")] // more fields
    [InlineData("5000" + "5F017F01" + "5001005F017F01")]
    [InlineData("5000" + "60000171" + "4F0100" + "60000171")] // final below open
    [InlineData("5000" + "5F016E00" + "5001005F017100")] // covariant immutable field
    public void Matching_subtypes_are_accepted(string types) => Assert.Equal(0, Decode(2, types).Types[1].SuperType);

    [Theory]
    [InlineData("5F00" + "5001005F00")] // the supertype is final
    [InlineData("5000" + "5F017F00" + "5001005F017E00")]
    [InlineData("5000" + "5F017F00" + "5001005F00")] // fewer fields
    [InlineData("5000" + "5F016E01" + "5001005F017101")] // mutable fields are invariant
    [InlineData("5000" + "5F00" + "500100" + "600000")] // another kind
    [InlineData("5000" + "5F00" + "5001015F00")] // its own supertype
    public void Types_that_do_not_match_their_supertype_are_refused(string types)
    {
        var error = Rejects(2, types);
        Assert.StartsWith("sub type", error.Message);
        Assert.Equal(WasmFormatErrorKind.Invalid, error.Kind);
    }

    [Fact]
    public void Types_refer_to_their_group_and_what_is_before_it_only() =>
        Assert.StartsWith("unknown type 1", Rejects(2, "5F01640100" + "5F00").Message);

    [Fact]
    public void A_supertype_cannot_be_a_cycle_within_a_group() =>
        Assert.StartsWith("sub type",
            Rejects(1, "4E03" + "5000" + "5F01640100" + "500102" + "5F00" + "500101" + "5F00").Message);

    [Fact]
    public void A_call_through_an_equal_type_is_sound()
    {
        // $0 and $1 are equal; a (ref $0) is called as a (ref $1).
        var bytes = new ModuleBuilder().Section(1, 3, 0x60, 0, 0, 0x60, 0, 0, 0x60, 1, 0x64, 0, 0)
            .Section(3, 1, 2).Code([0, 0x20, 0, 0x14, 1, 0x0B]).Bytes;
        Assert.Equal([0, 0, 2], ModuleDecoder.Decode(bytes).CanonicalTypes);
    }
}
