namespace Drydock.Wasm.Text;

/// <summary>Arguments and expected results of a script.</summary>
internal sealed class ScriptValueParser(TextCursor cursor)
{
    /// <summary>The expected results up to the closing parenthesis.</summary>
    public List<ScriptValue> Results()
    {
        var results = new List<ScriptValue>();
        while (!cursor.AtClose) results.Add(Result());
        return results;
    }

    private ScriptValue Result()
    {
        if (!cursor.TryForm("either"u8)) return Argument();
        var alternatives = new List<ScriptValue>();
        while (!cursor.AtClose) alternatives.Add(Argument());
        cursor.Close();
        return new ScriptValue(ScriptValueKind.Either, 0) { Alternatives = alternatives };
    }

    /// <summary>One value or pattern.</summary>
    public ScriptValue Argument()
    {
        cursor.Open();
        var start = cursor.Position;
        var value = cursor.Keyword() switch
        {
            "i32.const" => new ScriptValue(ScriptValueKind.I32, cursor.Integer(32)),
            "i64.const" => new ScriptValue(ScriptValueKind.I64, cursor.Integer(64)),
            "f32.const" => Float(ScriptValueKind.F32, FloatFormat.Single),
            "f64.const" => Float(ScriptValueKind.F64, FloatFormat.Double),
            "v128.const" => Vector(),
            "ref.null" => new ScriptValue(ScriptValueKind.RefNull, 0) { Heap = TypeParser.TryAbstractHeap(cursor) },
            "ref.extern" => HostReference(ScriptValueKind.RefExtern),
            "ref.host" => HostReference(ScriptValueKind.RefHost),
            "ref.func" => Reference(HeapType.Func),
            "ref.any" => Reference(HeapType.Any),
            "ref.eq" => Reference(HeapType.Eq),
            "ref.i31" => Reference(HeapType.I31),
            "ref.struct" => Reference(HeapType.Struct),
            "ref.array" => Reference(HeapType.Array),
            "ref.exn" => Reference(HeapType.Exn),
            _ => throw cursor.Tokens.Error(start, "unexpected token, a value is wanted"),
        };
        cursor.Close();
        return value;
    }

    private ScriptValue Reference(HeapType heap)
    {
        // A function index may follow `ref.func`, and says nothing that can be checked.
        if (cursor.AtIndex) cursor.Position++;
        return new ScriptValue(ScriptValueKind.RefAny, 0) { Heap = heap };
    }

    private ScriptValue HostReference(ScriptValueKind kind)
    {
        var hasNumber = cursor.Kind == TokenKind.Number;
        return new ScriptValue(kind, hasNumber ? cursor.U32() : 0) { IsAnyNumber = !hasNumber };
    }

    private ScriptValue Float(ScriptValueKind kind, FloatFormat format)
    {
        var nan = Nan();
        return nan == NanPattern.None
            ? new ScriptValue(kind, cursor.Float(format))
            : new ScriptValue(kind, 0) { Nans = [nan] };
    }

    private NanPattern Nan() =>
        cursor.TryKeyword("nan:canonical"u8) ? NanPattern.Canonical
        : cursor.TryKeyword("nan:arithmetic"u8) ? NanPattern.Arithmetic
        : NanPattern.None;

    private ScriptValue Vector()
    {
        var shape = VectorShape.Parse(cursor);
        var bits = UInt128.Zero;
        var nans = new NanPattern[shape.Lanes];
        for (var lane = 0; lane < shape.Lanes; lane++)
        {
            nans[lane] = shape.IsFloat ? Nan() : NanPattern.None;
            if (nans[lane] == NanPattern.None) bits |= (UInt128)shape.ParseLane(cursor) << (lane * shape.LaneBits);
        }

        var hasNan = Array.Exists(nans, nan => nan != NanPattern.None);
        return new ScriptValue(ScriptValueKind.V128, bits) { LaneBits = shape.LaneBits, Nans = hasNan ? nans : [] };
    }
}
