namespace Drydock.Wasm.Text;

/// <summary>The shapes of a vector literal.</summary>
/// <param name="Lanes">Number of lanes.</param>
/// <param name="IsFloat">Whether they are floating-point numbers.</param>
internal readonly record struct VectorShape(int Lanes, bool IsFloat)
{
    public int LaneBits => 128 / Lanes;

    /// <summary>Reads the name of a shape.</summary>
    public static VectorShape Parse(TextCursor cursor)
    {
        var start = cursor.Position;
        return cursor.Kind != TokenKind.Keyword ? throw cursor.Unexpected() : cursor.Keyword() switch
        {
            "i8x16" => new(16, false),
            "i16x8" => new(8, false),
            "i32x4" => new(4, false),
            "i64x2" => new(2, false),
            "f32x4" => new(4, true),
            "f64x2" => new(2, true),
            _ => throw cursor.Tokens.Error(start, "unexpected token, a vector shape is wanted"),
        };
    }

    /// <summary>Reads a lane as its bits.</summary>
    public ulong ParseLane(TextCursor cursor)
    {
        if (cursor.Kind is not (TokenKind.Number or TokenKind.Keyword))
            throw cursor.Unexpected("wrong number of lane literals, at");
        if (!IsFloat) return cursor.Integer(LaneBits);
        return cursor.Float(LaneBits == 32 ? FloatFormat.Single : FloatFormat.Double);
    }
}

/// <summary>Vector literals, <c>v128.const shape lane…</c> (spec: 6.5.10).</summary>
internal static class VectorLiteral
{
    public static void Emit(TextCursor cursor, ModuleEmitter code)
    {
        var bits = Parse(cursor);
        code.Fixed64((ulong)bits);
        code.Fixed64((ulong)(bits >> 64));
    }

    public static UInt128 Parse(TextCursor cursor)
    {
        var shape = VectorShape.Parse(cursor);
        var bits = UInt128.Zero;
        for (var lane = 0; lane < shape.Lanes; lane++)
            bits |= (UInt128)shape.ParseLane(cursor) << (lane * shape.LaneBits);
        return cursor.Kind == TokenKind.Number ? throw cursor.Error("wrong number of lane literals") : bits;
    }
}
