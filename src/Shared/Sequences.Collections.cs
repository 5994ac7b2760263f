namespace Drydock;

internal static partial class Sequences
{
    /// <summary>The items as an array.</summary>
    public static T[] ToArray<T>(this IEnumerable<T> items) => [.. new List<T>(items)];

    /// <summary>The items as a list.</summary>
    public static List<T> ToList<T>(this IEnumerable<T> items) => new(items);

    /// <summary>The items as a set.</summary>
    public static HashSet<T> ToHashSet<T>(this IEnumerable<T> items, IEqualityComparer<T>? comparer = null) =>
        new(items, comparer);

    /// <summary>A value for each key.</summary>
    /// <exception cref="ArgumentException">Two items have one key.</exception>
    public static Dictionary<TKey, TValue> ToDictionary<T, TKey, TValue>(
        this IEnumerable<T> items, Func<T, TKey> key, Func<T, TValue> value, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull
    {
        var dictionary = new Dictionary<TKey, TValue>(comparer);
        foreach (var item in items) dictionary.Add(key(item), value(item));
        return dictionary;
    }

    /// <summary>The values of each key.</summary>
    public static Groups<TKey, TValue> ToLookup<T, TKey, TValue>(
        this IEnumerable<T> items, Func<T, TKey> key, Func<T, TValue> value, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull
    {
        var groups = new Groups<TKey, TValue>(comparer);
        foreach (var item in items) groups.Add(key(item), value(item));
        return groups;
    }

    /// <summary>The items of each key, in the order of the keys' first items.</summary>
    public static IEnumerable<IReadOnlyList<T>> GroupBy<T, TKey>(this IEnumerable<T> items, Func<T, TKey> key)
        where TKey : notnull => items.ToLookup(key, item => item).All;

    /// <summary>The items in the order of their own.</summary>
    public static ISorted<T> Order<T>(this IEnumerable<T> items, IComparer<T>? comparer = null) =>
        items.OrderBy(item => item, comparer);

    /// <summary>The items in the order of their keys; those of one key stay as they were.</summary>
    public static ISorted<T> OrderBy<T,
    TKey>(this IEnumerable<T> items, Func<T, TKey> key, IComparer<TKey>? comparer = null) =>
        new Sorted<T>(items, Comparison(key, comparer));

    /// <summary>The items in the reverse order of their keys; those of one key stay as they were.</summary>
    public static ISorted<T> OrderByDescending<T, TKey>(this IEnumerable<T> items, Func<T, TKey> key) =>
        new Sorted<T>(items, Reverse(Comparison(key, null)));

    /// <summary>Those of one key in the order of another.</summary>
    public static ISorted<T> ThenBy<T,
    TKey>(this ISorted<T> items, Func<T, TKey> key, IComparer<TKey>? comparer = null) =>
        items.Then(Comparison(key, comparer));

    private static Comparison<T> Comparison<T, TKey>(Func<T, TKey> key, IComparer<TKey>? comparer)
    {
        comparer ??= Comparer<TKey>.Default;
        return (one, other) => comparer.Compare(key(one), key(other));
    }

    private static Comparison<T> Reverse<T>(Comparison<T> comparison) => (one, other) => comparison(other, one);

    /// <summary>Items that are sorted when they are asked for, by a sort that keeps equals as they were.</summary>
    internal interface ISorted<T> : IEnumerable<T>
    {
        /// <summary>The same, with another order among those that are equal.</summary>
        ISorted<T> Then(Comparison<T> next);
    }

    private sealed class Sorted<T>(IEnumerable<T> items, Comparison<T> comparison) : ISorted<T>
    {
        public ISorted<T> Then(Comparison<T> next) =>
            new Sorted<T>(items, (one, other) => comparison(one, other) is var order and not 0
                ? order
                : next(one, other));

        public IEnumerator<T> GetEnumerator()
        {
            T[] all = items.ToArray();
            // Places are sorted, not items: that is one sort for all types.
            int[] places = new int[all.Length];
            for (int i = 0; i < places.Length; i++) places[i] = i;
            Array.Sort(places, (one, other) => comparison(all[one], all[other]) is var order and not 0
                ? order
                : one - other);
            foreach (int place in places) yield return all[place];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Values by key, in the order in which the keys came; none for a key that did not come.</summary>
    internal sealed class Groups<TKey, TValue>(IEqualityComparer<TKey>? comparer) where TKey : notnull
    {
        private readonly Dictionary<TKey, List<TValue>> _values = new(comparer);
        private readonly List<List<TValue>> _all = [];

        /// <summary>The values of all keys.</summary>
        public IReadOnlyList<IReadOnlyList<TValue>> All => _all;

        /// <summary>The values of a key.</summary>
        public IReadOnlyList<TValue> this[TKey key] => _values.TryGetValue(key, out List<TValue>? values) ? values : [];

        /// <summary>Whether there are values of a key.</summary>
        public bool Contains(TKey key) => _values.ContainsKey(key);

        /// <summary>Adds a value.</summary>
        public void Add(TKey key, TValue value)
        {
            if (!_values.TryGetValue(key, out List<TValue>? values))
            {
                _values.Add(key, values = []);
                _all.Add(values);
            }
            values.Add(value);
        }
    }
}
