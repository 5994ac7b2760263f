namespace Drydock.Runtime.Tests;

/// <summary>
/// Makes modules with a function of one loop over memory, with anything that such loops have: several streams of any
/// step and direction, indices of any shape, sums that go round, any way to end.
/// </summary>
internal static class StreamLoopGenerator
{
    private static readonly string[] Loads =
        ["i32.load8_u", "i32.load8_s", "i32.load16_u", "i32.load16_s", "i32.load", "i32.load offset=4"];
    private static readonly string[] Stores = ["i32.store8", "i32.store16", "i32.store", "i32.store offset=4"];
    private static readonly string[] Operations = ["add", "sub", "xor", "and", "or", "mul", "shl", "shr_u", "rotl"];
    private static readonly int[] Steps = [1, 1, 2, 4, 4, 8, 8, 16, 24, -1, -2, -4, -8, 0];

    /// <summary>Locals: 0 and 1 are places, 2 turns, 3 an index that counts up, 4 to 7 sums.</summary>
    public static string Module(Random random)
    {
        bool isFloat = random.Next(3) == 0;
        int step = Steps[random.Next(Steps.Length)], other = random.Next(3) == 0 ? Steps[random.Next(Steps.Length)] : step;
        if (isFloat) (step, other) = (8 * Math.Sign(step), 8 * Math.Sign(other));
        int statements = random.Next(1, 6);
        string type = isFloat ? "f64" : "i32";
        var lines = new List<string>();
        for (int i = 0; i < statements; i++) lines.Add(Statement(random, isFloat, i));
        return $"""
            (module (memory (export "memory") 1 2)
              (func (export "f") (param i32 i32 i32) (local i32 {type} {type} {type} {type})
                (loop
                  {string.Join("\n      ", lines)}
                  (local.set 0 (i32.add (local.get 0) (i32.const {step})))
                  (local.set 1 (i32.add (local.get 1) (i32.const {other})))
                  {Exit(random)})
                ({type}.store (i32.const 8) (local.get 4)) ({type}.store (i32.const 16) (local.get 5))
                ({type}.store (i32.const 24) (local.get 6)) ({type}.store (i32.const 32) (local.get 7))
                (i32.store (i32.const 40) (local.get 0)) (i32.store (i32.const 44) (local.get 1))
                (i32.store (i32.const 48) (local.get 3))))
            """;
    }

    private static string Exit(Random random) => random.Next(5) switch
    {
        0 => "(br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))",
        1 => "(br_if 0 (i32.lt_s (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (local.get 2)))",
        2 => "(br_if 0 (i32.gt_u (local.get 2) (local.tee 3 (i32.add (local.get 3) (i32.const 2)))))",
        3 => $"(br_if 0 (i32.ne (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const {random.Next(1, 200)})))",
        _ => "(br_if 0 (i32.ge_s (local.tee 2 (i32.sub (local.get 2) (i32.const 3))) (i32.const 5)))",
    };

    private static string Statement(Random random, bool isFloat, int number)
    {
        if (random.Next(3) != 0)
        {
            string store = isFloat ? "f64.store" : Stores[random.Next(Stores.Length)];
            return $"({store} {Place(random, isFloat, number)} {Value(random, isFloat, 3)})";
        }
        int sum = 4 + random.Next(4);
        string operation = isFloat ? "f64.add" : "i32." + Operations[random.Next(6)];
        return $"(local.set {sum} ({operation} (local.get {sum}) {Value(random, isFloat, 2)}))";
    }

    private static string Place(Random random, bool isFloat, int number)
    {
        string place = $"(local.get {random.Next(2)})";
        int delta = isFloat ? 8 * number : random.Next(-4, 5);
        return random.Next(4) switch
        {
            0 => place,
            1 => $"(i32.add {place} (i32.shl (local.get 3) (i32.const {(isFloat ? 3 : random.Next(4))})))",
            _ => $"(i32.add {place} (i32.const {delta}))",
        };
    }

    private static string Value(Random random, bool isFloat, int depth)
    {
        if (depth == 0 || random.Next(4) == 0)
        {
            if (random.Next(4) != 0)
                return $"({(isFloat ? "f64.load" : Loads[random.Next(Loads.Length)])} {Place(random, isFloat, depth)})";
            if (random.Next(3) == 0) return $"(local.get {4 + random.Next(4)})";
            return isFloat ? $"(f64.const {random.Next(1, 9)})" : $"(i32.const {random.Next(-99, 99)})";
        }
        string left = Value(random, isFloat, depth - 1), right = Value(random, isFloat, depth - 1);
        string operation = isFloat
            ? random.Next(2) == 0 ? "f64.add" : "f64.sub"
            : "i32." + Operations[random.Next(Operations.Length)];
        return $"({operation} {left} {right})";
    }
}
