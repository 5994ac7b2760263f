namespace Drydock.Wasm.Text;

/// <summary>The commands of a script (reference interpreter's grammar of scripts).</summary>
internal sealed class ScriptParser(TextCursor cursor)
{
    private const int MaximumThreadNesting = 16;

    private int _threads;
    private int _lineToken;
    private int _line = 1;

    public List<ScriptCommand> Run()
    {
        var end = cursor.Tokens.Count - 1;
        if (IsModuleField())
            return [new ModuleCommand(1, new ScriptModule(cursor.Tokens, 0, end, null, false, false), false)];
        var commands = new List<ScriptCommand>();
        while (cursor.Kind != TokenKind.End) commands.Add(Command());
        return commands;
    }

    private bool IsModuleField() =>
        cursor.AtForm("type"u8) || cursor.AtForm("rec"u8) || cursor.AtForm("import"u8) || cursor.AtForm("func"u8)
        || cursor.AtForm("table"u8) || cursor.AtForm("memory"u8) || cursor.AtForm("global"u8) || cursor.AtForm("tag"u8)
        || cursor.AtForm("export"u8) || cursor.AtForm("start"u8) || cursor.AtForm("elem"u8) || cursor.AtForm("data"u8);

    private ScriptCommand Command()
    {
        if (cursor.AtForm("module"u8)) return Module();
        if (cursor.AtForm("invoke"u8) || cursor.AtForm("get"u8)) return new ActionCommand(Line(), Action());
        var line = Line();
        cursor.Open();
        var start = cursor.Position;
        ScriptCommand command = cursor.Keyword() switch
        {
            "register" => new RegisterCommand(line, cursor.Name(), cursor.TryIdentifier()),
            "assert_return" => new AssertReturnCommand(line, Action(), new ScriptValueParser(cursor).Results()),
            "assert_trap" when cursor.AtForm("module"u8) => AssertModule(line, ModuleFailure.Trap),
            "assert_trap" => AssertFailure(line, ActionFailure.Trap),
            "assert_exhaustion" => AssertFailure(line, ActionFailure.Exhaustion),
            "assert_exception" => new AssertFailureCommand(line, Action(), ActionFailure.Exception, ""),
            "assert_malformed" => AssertModule(line, ModuleFailure.Malformed),
            "assert_invalid" => AssertModule(line, ModuleFailure.Invalid),
            "assert_unlinkable" => AssertModule(line, ModuleFailure.Unlinkable),
            "assert_malformed_custom" => AssertModule(line, ModuleFailure.MalformedCustom),
            "assert_invalid_custom" => AssertModule(line, ModuleFailure.InvalidCustom),
            "thread" => Thread(line),
            "wait" => new WaitCommand(line, cursor.TryIdentifier()),
            _ => throw cursor.Tokens.Error(start, "unexpected token, a script command is wanted"),
        };
        cursor.Close();
        return command;
    }

    /// <summary>The line of the token here, counted on from the last one asked for.</summary>
    private int Line()
    {
        var from = cursor.Tokens[_lineToken].Start;
        var to = cursor.Tokens[cursor.Position].Start;
        if (_lineToken == 0) _line = cursor.Tokens.LineOf(cursor.Position);
        else _line += cursor.Tokens.Source.AsSpan(from, to - from).Count((byte)'\n');
        _lineToken = cursor.Position;
        return _line;
    }

    private ScriptCommand Module()
    {
        var line = Line();
        var start = cursor.Position;
        var end = cursor.Match;
        cursor.Form("module"u8);
        if (cursor.TryKeyword("instance"u8)) return Instance(line);
        var isDefinition = cursor.TryKeyword("definition"u8);
        cursor.Position = start;
        var module = ModuleForm();
        cursor.Position = end + 1;
        return new ModuleCommand(line, module, isDefinition);
    }

    private InstanceCommand Instance(int line)
    {
        var instance = cursor.TryIdentifier();
        var definition = cursor.TryIdentifier();
        cursor.Close();
        // With one name only, it is the definition's.
        return definition is null
            ? new InstanceCommand(line, null, instance)
            : new InstanceCommand(line, instance, definition);
    }

    /// <summary>The module form here, unread.</summary>
    private ScriptModule ModuleForm()
    {
        var start = cursor.Position;
        var end = cursor.Match;
        cursor.Form("module"u8);
        cursor.TryKeyword("definition"u8);
        var name = cursor.TryIdentifier();
        var module = new ScriptModule(cursor.Tokens, start, end, name, cursor.AtKeyword("quote"u8),
            cursor.AtKeyword("binary"u8));
        cursor.Position = end + 1;
        return module;
    }

    private AssertModuleCommand AssertModule(int line, ModuleFailure failure) =>
        new(line, ModuleForm(), failure, cursor.Name());

    private AssertFailureCommand AssertFailure(int line, ActionFailure failure) =>
        new(line, Action(), failure, cursor.Name());

    private ScriptAction Action()
    {
        var isGet = cursor.TryForm("get"u8);
        if (!isGet) cursor.Form("invoke"u8);
        var instance = cursor.TryIdentifier();
        var name = cursor.Name();
        var arguments = new List<ScriptValue>();
        while (!isGet && !cursor.AtClose) arguments.Add(new ScriptValueParser(cursor).Argument());
        cursor.Close();
        return new ScriptAction(isGet, instance, name, arguments);
    }

    private ThreadCommand Thread(int line)
    {
        if (++_threads > MaximumThreadNesting) throw cursor.ErrorBefore("threads nested too deeply");
        var name = cursor.TryIdentifier();
        var shared = Shared();
        var commands = new List<ScriptCommand>();
        while (!cursor.AtClose) commands.Add(Command());
        _threads--;
        return new ThreadCommand(line, name, shared, commands);
    }

    private string? Shared()
    {
        if (!cursor.TryForm("shared"u8)) return null;
        cursor.Form("module"u8);
        var name = cursor.TryIdentifier();
        cursor.Close();
        cursor.Close();
        return name;
    }
}
