using System.Security.Cryptography;
using System.Text;
using Drydock.Compiler;
using Drydock.Runtime;
using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>
/// Drydock as an engine of the fuzzer. A line of standard input is a module in base64; the line written for it says
/// what each exported function without parameters gave, called in the order of the exports, and a digest of each
/// memory.
/// </summary>
internal sealed class Worker(EngineOptions options, bool usesImages)
{
    private const int ModulesPerEngine = 200;
    private const string CannotBeRun = "!refused";

    public static int Run(ReadOnlySpan<string> arguments)
    {
        var worker = new Worker(WorkerOptions.Parse(arguments, out bool usesImages), usesImages);
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        worker.Serve(Console.In, output);
        return 0;
    }

    private void Serve(TextReader input, TextWriter output)
    {
        bool isMore = true;
        while (isMore)
        {
            using var engine = new Engine(options);
            for (int i = 0; i < ModulesPerEngine; i++)
            {
                isMore = input.ReadLine() is { } line && Answer(engine, line, output);
                if (!isMore) break;
            }
        }
    }

    private bool Answer(Engine engine, string line, TextWriter output)
    {
        output.WriteLine(Observe(engine, Convert.FromBase64String(line)));
        return true;
    }

    private string Observe(Engine engine, byte[] binary)
    {
        try
        {
            using var module = Compile(engine, binary);
            using var store = new Store(engine);
            var linker = new Linker(engine);
            foreach (var host in HostFunctions.All)
                linker.DefineFunction(HostFunctionShape.Module, host.Name, host.Type, host.Body);
            return Observe(linker.Instantiate(store, module));
        }
        catch (WasmFormatException error)
        {
            return $"{CannotBeRun} {error.Message}";
        }
        catch (TrapException trap)
        {
            return KindOf(trap.Code);
        }
    }

    private Module Compile(Engine engine, byte[] binary)
    {
        if (!usesImages) return Module.Compile(engine, binary);
        var definition = ModuleDecoder.Decode(binary, engine.Options.Features);
        var unit = new CompilationUnit(definition, new VmContextLayout(definition), engine.Settings);
        return Module.Load(engine, definition, CodeImageCompiler.CompilePossible(unit, engine.Compiler, threads: 1));
    }

    private static string Observe(Instance instance)
    {
        var text = new StringBuilder();
        foreach (var export in instance.Module.Exports)
        {
            if (instance.GetFunction(export.Name) is { } function) text.Append($"{export.Name}={Call(function)} ");
            else if (instance.GetMemory(export.Name) is { } memory) text.Append($"{export.Name}={Digest(memory)} ");
        }
        return text.ToString();
    }

    private static string Call(Function function)
    {
        try
        {
            return string.Join(',', function.Invoke([]).Select(value => value.AsInt64()));
        }
        catch (TrapException trap)
        {
            return KindOf(trap.Code);
        }
        catch (WasmException)
        {
            return "!exception";
        }
        catch (CompilationException error)
        {
            return $"!unsupported({error.Message.Replace(' ', '_')})";
        }
    }

    /// <summary>The bytes are told by their MD5, which every engine's host has; nobody attacks it here.</summary>
#pragma warning disable CA5351
    private static string Digest(Memory memory) =>
        $"{memory.ByteLength}:{Convert.ToHexStringLower(MD5.HashData(memory.Span))}";
#pragma warning restore CA5351

    /// <summary>Traps as coarse as the coarsest engine tells them apart.</summary>
    private static string KindOf(TrapCode code) => code switch
    {
        TrapCode.Unreachable => "!unreachable",
        // The proposal does not say which of the two is found first.
        TrapCode.OutOfBoundsMemoryAccess or TrapCode.UnalignedAtomic => "!memory",
        TrapCode.OutOfBoundsTableAccess or TrapCode.UndefinedElement => "!table",
        TrapCode.UninitializedElement or TrapCode.IndirectCallTypeMismatch => "!signature",
        TrapCode.IntegerDivideByZero => "!divide",
        TrapCode.IntegerOverflow or TrapCode.InvalidConversionToInteger => "!range",
        TrapCode.CallStackExhausted => "!stack",
        TrapCode.NullReference or TrapCode.NullFunctionReference or TrapCode.NullStructureReference
            or TrapCode.NullArrayReference or TrapCode.NullI31Reference or TrapCode.NullExceptionReference => "!null",
        // Engines look at one array of a copy after the other, or at both for null first.
        TrapCode.OutOfBoundsArrayAccess => "!null",
        TrapCode.CastFailure => "!cast",
        _ => $"!{code}",
    };
}
