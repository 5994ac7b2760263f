namespace Drydock.Wasm.Text;

/// <summary>A command of a script.</summary>
/// <param name="Line">Line it starts on, from 1.</param>
public abstract record ScriptCommand(int Line);

/// <summary>
/// A module of a script, assembled only when asked for, so that malformed text is met where it is used.
/// </summary>
public sealed class ScriptModule
{
    private readonly TokenStream _tokens;
    private readonly int _start;
    private readonly int _end;

    internal ScriptModule(TokenStream tokens, int start, int end, string? name, bool isQuoted, bool isBinary) =>
        (_tokens, _start, _end, Name, IsQuoted, IsBinary) = (tokens, start, end, name, isQuoted, isBinary);

    /// <summary>Its identifier in the script, without <c>$</c>.</summary>
    public string? Name { get; }
    /// <summary>Whether its text stands in strings.</summary>
    public bool IsQuoted { get; }
    /// <summary>Whether its binary stands in strings.</summary>
    public bool IsBinary { get; }

    /// <summary>The module in the binary format.</summary>
    /// <param name="features">What the text may use where that changes how it is read: limits have 32 bits without
    /// 64-bit addresses.</param>
    /// <exception cref="WasmTextException">Its text is malformed.</exception>
    public byte[] Assemble(WasmFeatures features = WasmFeatures.All)
    {
        var cursor = new TextCursor(_tokens, _start);
        // A file that is nothing but the fields of a module has no form around it.
        return cursor.AtForm("module"u8)
            ? TextModule.AssembleForm(cursor, TextNames.Functions, features)
            : new ModuleParser(cursor, _end, features).Assemble(null);
    }
}

/// <summary><c>(module …)</c>: defines a module and, unless it is a definition only, instantiates it.</summary>
/// <param name="Line">Line it starts on.</param>
/// <param name="Module">The module.</param>
/// <param name="IsDefinition">Whether it is only named, for <see cref="InstanceCommand"/>.</param>
public sealed record ModuleCommand(int Line, ScriptModule Module, bool IsDefinition) : ScriptCommand(Line);

/// <summary><c>(module instance $instance $definition)</c>.</summary>
/// <param name="Line">Line it starts on.</param>
/// <param name="Instance">Name of the new instance, if it gets one.</param>
/// <param name="Definition">Name of the module; null for the last one defined.</param>
public sealed record InstanceCommand(int Line, string? Instance, string? Definition) : ScriptCommand(Line);

/// <summary><c>(register "name" $instance)</c>: lets other modules import from an instance.</summary>
/// <param name="Line">Line it starts on.</param>
/// <param name="As">Module name to import from.</param>
/// <param name="Instance">The instance; null for the last one.</param>
public sealed record RegisterCommand(int Line, string As, string? Instance) : ScriptCommand(Line);

/// <summary>An invocation, or the reading of a global.</summary>
/// <param name="IsGet">Whether it reads a global.</param>
/// <param name="Instance">The instance; null for the last one.</param>
/// <param name="Name">Name of the export.</param>
/// <param name="Arguments">Arguments of an invocation.</param>
public sealed record ScriptAction(bool IsGet, string? Instance, string Name, IReadOnlyList<ScriptValue> Arguments);

/// <summary>An action by itself.</summary>
/// <param name="Line">Line it starts on.</param>
/// <param name="Action">The action.</param>
public sealed record ActionCommand(int Line, ScriptAction Action) : ScriptCommand(Line);

/// <summary><c>(assert_return action result…)</c>.</summary>
/// <param name="Line">Line it starts on.</param>
/// <param name="Action">The action.</param>
/// <param name="Results">What it has to give.</param>
public sealed record AssertReturnCommand(int Line, ScriptAction Action,
    IReadOnlyList<ScriptValue> Results) : ScriptCommand(Line);

/// <summary>What an action has to fail with.</summary>
public enum ActionFailure
{
    /// <summary><c>assert_trap</c>.</summary>
    Trap,
    /// <summary><c>assert_exhaustion</c>.</summary>
    Exhaustion,
    /// <summary><c>assert_exception</c>.</summary>
    Exception,
}

/// <summary>An action that has to fail.</summary>
/// <param name="Line">Line it starts on.</param>
/// <param name="Action">The action.</param>
/// <param name="Failure">How it has to fail.</param>
/// <param name="Message">What the failure's text has to start with; empty for an exception.</param>
public sealed record AssertFailureCommand(int Line, ScriptAction Action, ActionFailure Failure,
    string Message) : ScriptCommand(Line);

/// <summary>What a module has to be refused as.</summary>
public enum ModuleFailure
{
    /// <summary><c>assert_malformed</c>: at decoding or parsing.</summary>
    Malformed,
    /// <summary><c>assert_invalid</c>: at validation.</summary>
    Invalid,
    /// <summary><c>assert_unlinkable</c>: at instantiation, for its imports.</summary>
    Unlinkable,
    /// <summary><c>assert_trap</c> of a module: at instantiation, by a trap.</summary>
    Trap,
    /// <summary><c>assert_malformed_custom</c>: an annotation that is malformed.</summary>
    MalformedCustom,
    /// <summary><c>assert_invalid_custom</c>: an annotation that is invalid.</summary>
    InvalidCustom,
}

/// <summary>A module that has to be refused.</summary>
/// <param name="Line">Line it starts on.</param>
/// <param name="Module">The module.</param>
/// <param name="Failure">Where it has to be refused.</param>
/// <param name="Message">The reference interpreter's words.</param>
public sealed record AssertModuleCommand(int Line, ScriptModule Module, ModuleFailure Failure,
    string Message) : ScriptCommand(Line);

/// <summary><c>(thread $name (shared (module $m)) command…)</c>: runs commands on a thread of their own.</summary>
/// <param name="Line">Line it starts on.</param>
/// <param name="Name">Its name.</param>
/// <param name="Shared">Name of the instance it sees from outside, if any.</param>
/// <param name="Commands">What it does.</param>
public sealed record ThreadCommand(int Line, string? Name, string? Shared,
    IReadOnlyList<ScriptCommand> Commands) : ScriptCommand(Line);

/// <summary><c>(wait $thread)</c>.</summary>
/// <param name="Line">Line it starts on.</param>
/// <param name="Thread">The thread to wait for.</param>
public sealed record WaitCommand(int Line, string? Thread) : ScriptCommand(Line);
