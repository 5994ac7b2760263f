namespace Drydock.Wasm.Tests.Shared;

/// <summary>What stands in for LINQ gives what LINQ gives.</summary>
public sealed class SequencesTests
{
    private static readonly int[] Numbers = [5, 3, 8, 3, 1, 9, 8];
    private static readonly int[] None = [];

    private static readonly string[] Words = ["pear", "fig", "apple", "kiwi", "plum", "date", "nut"];

    [Fact]
    public void Transformations_give_what_LINQ_gives()
    {
        Assert.Equal(Enumerable.Select(Numbers, (x, i) => x * i), Sequences.Select(Numbers, (x, i) => x * i));
        Assert.Equal(Enumerable.SelectMany(Words, word => word), Sequences.SelectMany(Words, word => word));
        Assert.Equal(Enumerable.Distinct(Numbers), Sequences.Distinct(Numbers));
        Assert.Equal(Enumerable.DistinctBy(Words, word => word.Length),
            Sequences.DistinctBy(Words, word => word.Length));
        Assert.Equal(Enumerable.Except(Numbers, [3, 9]), Sequences.Except(Numbers, [3, 9]));
        Assert.Equal(Enumerable.SkipWhile(Numbers, x => x != 8), Sequences.SkipWhile(Numbers, x => x != 8));
        Assert.Equal(Enumerable.TakeWhile(Numbers, x => x != 8), Sequences.TakeWhile(Numbers, x => x != 8));
        Assert.Equal(Enumerable.Zip(Numbers, Words, (x, y) => y + x), Sequences.Zip(Numbers, Words, (x, y) => y + x));
        Assert.Equal(Enumerable.Prepend(Enumerable.Append(Numbers, 1), 2),
            Sequences.Prepend(Sequences.Append(Numbers, 1), 2));
        Assert.Equal(Enumerable.Reverse(Words), Sequences.Reversed(Words));
        Assert.Equal(Enumerable.OfType<string>(new object[] { 1, "a" }),
            Sequences.OfType<string>(new object[] { 1, "a" }));
        Assert.Equal(Enumerable.Range(3, 4), Sequences.Range(3, 4));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    public void Parts_are_LINQs_parts(int count)
    {
        Assert.Equal(Enumerable.Take(Numbers, count), Sequences.Take(Numbers, count));
        Assert.Equal(Enumerable.Skip(Numbers, count), Sequences.Skip(Numbers, count));
    }

    [Fact]
    public void Nothing_more_is_asked_for_than_is_taken() =>
        Assert.Equal([1, 2], Sequences.Take(EndsBadly(), 2));

    [Fact]
    public void Sorting_keeps_equals_as_they_were()
    {
        Assert.Equal(Enumerable.OrderBy(Words, word => word.Length), Sequences.OrderBy(Words, word => word.Length));
        Assert.Equal(
            Enumerable.OrderByDescending(Words, word => word.Length),
                Sequences.OrderByDescending(Words, word => word.Length));
        Assert.Equal(
            Enumerable.ThenBy(Enumerable.OrderBy(Words, word => word.Length), word => word, StringComparer.Ordinal),
            Sequences.ThenBy(Sequences.OrderBy(Words, word => word.Length), word => word, StringComparer.Ordinal));
        Assert.Equal(Enumerable.Order(Numbers), Sequences.Order(Numbers));
    }

    [Fact]
    public void Results_are_LINQs_results()
    {
        Assert.Equal(9, Sequences.Max(Numbers));
        Assert.Equal(1, Sequences.Min(Numbers));
        Assert.Equal(5, Sequences.Max(Words, word => word.Length));
        Assert.Equal(Enumerable.Sum(Numbers), Sequences.Sum(Numbers, x => x));
        Assert.Equal(2, Sequences.Count(Numbers, x => x == 8));
        Assert.Equal("plum", Sequences.LastOrDefault(Words, word => word[0] == 'p'));
        Assert.True(Sequences.SequenceEqual(Numbers, [.. Numbers]));
        Assert.False(Sequences.SequenceEqual(Numbers, [.. Numbers, 1]));
        Assert.False(Sequences.SequenceEqual([.. Numbers, 1], Numbers));
        Assert.Equal(0, Sequences.FirstOrDefault(None));
        Assert.Throws<InvalidOperationException>(() => Sequences.First(None));
        Assert.Throws<InvalidOperationException>(() => Sequences.Max(None));
        Assert.Throws<InvalidOperationException>(() => Sequences.Single(Numbers));
        Assert.Equal(5, Sequences.Single<int>([5]));
    }

    [Fact]
    public void Groups_come_in_the_order_of_their_first_items()
    {
        var lookup = Sequences.ToLookup(Words, word => word.Length, word => word);
        Assert.Equal(["fig", "nut"], lookup[3]);
        Assert.Empty(lookup[7]);
        Assert.Equal(
            Enumerable.Select(Enumerable.GroupBy(Words, word => word.Length), Enumerable.ToArray),
            Enumerable.Select(Sequences.GroupBy(Words, word => word.Length), Enumerable.ToArray));
    }

    private static IEnumerable<int> EndsBadly()
    {
        yield return 1;
        yield return 2;
        throw new InvalidOperationException();
    }
}
