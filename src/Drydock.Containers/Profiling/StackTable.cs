namespace Drydock.Containers;

/// <summary>Stacks as a tree: each is a function and the stack of its caller.</summary>
internal sealed class StackTable
{
    private readonly Dictionary<long, int> _stacks = [];
    private readonly List<int> _prefixes = [], _functions = [];
    private readonly Dictionary<int, int> _functionPlaces = [];

    /// <summary>For each stack that of the caller; -1 for the outermost.</summary>
    public IReadOnlyList<int> Prefixes => _prefixes;
    /// <summary>For each stack the place of its function in <see cref="Distinct"/>.</summary>
    public IReadOnlyList<int> Functions => _functions;
    /// <summary>The functions that were met.</summary>
    public List<int> Distinct { get; } = [];

    /// <summary>The stack of functions, outermost first; -1 for none.</summary>
    public int Add(ReadOnlySpan<int> functions)
    {
        int stack = -1;
        foreach (int function in functions) stack = Child(stack, PlaceOf(function));
        return stack;
    }

    private int Child(int prefix, int place)
    {
        long key = (long)prefix << 32 | (uint)place;
        if (_stacks.TryGetValue(key, out int stack)) return stack;
        _prefixes.Add(prefix);
        _functions.Add(place);
        return _stacks[key] = _functions.Count - 1;
    }

    private int PlaceOf(int function)
    {
        if (_functionPlaces.TryGetValue(function, out int place)) return place;
        Distinct.Add(function);
        return _functionPlaces[function] = Distinct.Count - 1;
    }
}
