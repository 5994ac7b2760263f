namespace Drydock.Layout.Tests.Profiles;

/// <summary>Methods with signatures of every kind, to be found again.</summary>
public static class Sample
{
    public static class Inner
    {
        public static unsafe Span<int> Everything(
            in int number, Guid[] array, int[,] table, byte* bytes, delegate*<Guid, Version, void> function,
            Dictionary<string, List<int?>> generic, Shape shape) => throw new NotSupportedException(
                $"{number} {array.Length} {table.Length} {*bytes} {(nint)function} {generic.Count} {shape}");

        public static int Other() => 3;

        public static string Generic<T>() => typeof(T).Name;

        public static int Twice(int value) => value + value;

        public static uint Twice(uint value) => value + value;
    }

    public enum Shape
    {
        Round,
    }
}
