namespace Drydock;

internal static partial class Sequences
{
    /// <summary>Whether there is an item.</summary>
    public static bool Any<T>(this IEnumerable<T> items)
    {
        using IEnumerator<T> enumerator = items.GetEnumerator();
        return enumerator.MoveNext();
    }

    /// <summary>Whether a condition holds for an item.</summary>
    public static bool Any<T>(this IEnumerable<T> items, Func<T, bool> condition)
    {
        foreach (var item in items)
            if (condition(item)) return true;
        return false;
    }

    /// <summary>Whether a condition holds for all items.</summary>
    public static bool All<T>(this IEnumerable<T> items, Func<T, bool> condition)
    {
        foreach (var item in items)
            if (!condition(item)) return false;
        return true;
    }

    /// <summary>Whether an item is among them.</summary>
    public static bool Contains<T>(this IEnumerable<T> items, T value, IEqualityComparer<T>? comparer = null)
    {
        comparer ??= EqualityComparer<T>.Default;
        foreach (var item in items)
            if (comparer.Equals(item, value)) return true;
        return false;
    }

    /// <summary>Whether two sequences have the same items in the same order.</summary>
    public static bool SequenceEqual<T>(this IEnumerable<T> items, IEnumerable<T> others)
    {
        using IEnumerator<T> other = others.GetEnumerator();
        foreach (var item in items)
            if (!other.MoveNext() || !EqualityComparer<T>.Default.Equals(item, other.Current)) return false;
        return !other.MoveNext();
    }

    /// <summary>How many items there are.</summary>
    public static int Count<T>(this IEnumerable<T> items)
    {
        int count = 0;
        foreach (var _ in items) count++;
        return count;
    }

    /// <summary>For how many items a condition holds.</summary>
    public static int Count<T>(this IEnumerable<T> items, Func<T, bool> condition) => items.Where(condition).Count();

    /// <summary>The first item.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static T First<T>(this IEnumerable<T> items)
    {
        foreach (var item in items) return item;
        throw NoItems();
    }

    /// <summary>The first item for which a condition holds.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static T First<T>(this IEnumerable<T> items, Func<T, bool> condition) => items.Where(condition).First();

    /// <summary>The first item, or the default value without one.</summary>
    public static T? FirstOrDefault<T>(this IEnumerable<T> items)
    {
        foreach (var item in items) return item;
        return default;
    }

    /// <summary>The first item for which a condition holds, or the default value without one.</summary>
    public static T? FirstOrDefault<T>(this IEnumerable<T> items, Func<T, bool> condition) =>
        items.Where(condition).FirstOrDefault();

    /// <summary>The last item, or the default value without one.</summary>
    public static T? LastOrDefault<T>(this IEnumerable<T> items)
    {
        T? last = default;
        foreach (var item in items) last = item;
        return last;
    }

    /// <summary>The last item for which a condition holds, or the default value without one.</summary>
    public static T? LastOrDefault<T>(this IEnumerable<T> items, Func<T, bool> condition) =>
        items.Where(condition).LastOrDefault();

    /// <summary>The only item.</summary>
    /// <exception cref="InvalidOperationException">There is none, or more than one.</exception>
    public static T Single<T>(this IEnumerable<T> items)
    {
        using IEnumerator<T> enumerator = items.GetEnumerator();
        if (!enumerator.MoveNext()) throw NoItems();
        T only = enumerator.Current;
        return enumerator.MoveNext()
            ? throw new InvalidOperationException("the sequence has more than one item")
            : only;
    }

    /// <summary>A value that a function carries from item to item.</summary>
    public static TResult Aggregate<T, TResult>(this IEnumerable<T> items, TResult seed, Func<TResult, T, TResult> next)
    {
        foreach (var item in items) seed = next(seed, item);
        return seed;
    }

    /// <summary>The sum of numbers.</summary>
    public static int Sum(this IEnumerable<int> items)
    {
        int sum = 0;
        foreach (int item in items) sum = checked(sum + item);
        return sum;
    }

    /// <summary>The sum of numbers.</summary>
    public static long Sum(this IEnumerable<long> items)
    {
        long sum = 0;
        foreach (long item in items) sum = checked(sum + item);
        return sum;
    }

    /// <summary>The sum of the items' numbers.</summary>
    public static int Sum<T>(this IEnumerable<T> items, Func<T, int> number) => items.Select(number).Sum();

    /// <summary>The sum of the items' numbers.</summary>
    public static long Sum<T>(this IEnumerable<T> items, Func<T, long> number) => items.Select(number).Sum();

    /// <summary>The greatest item.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static T Max<T>(this IEnumerable<T> items) where T : IComparable<T> => Extreme(items, 1);

    /// <summary>The least item.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static T Min<T>(this IEnumerable<T> items) where T : IComparable<T> => Extreme(items, -1);

    /// <summary>The greatest result of a function on the items.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static TResult Max<T, TResult>(this IEnumerable<T> items, Func<T, TResult> selector)
        where TResult : IComparable<TResult> => items.Select(selector).Max();

    /// <summary>The least result of a function on the items.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static TResult Min<T, TResult>(this IEnumerable<T> items, Func<T, TResult> selector)
        where TResult : IComparable<TResult> => items.Select(selector).Min();

    private static T Extreme<T>(IEnumerable<T> items, int sign) where T : IComparable<T>
    {
        using IEnumerator<T> enumerator = items.GetEnumerator();
        if (!enumerator.MoveNext()) throw NoItems();
        T found = enumerator.Current;
        while (enumerator.MoveNext())
            if (enumerator.Current.CompareTo(found) * sign > 0) found = enumerator.Current;
        return found;
    }

    private static InvalidOperationException NoItems() => new("the sequence has no such item");
}
