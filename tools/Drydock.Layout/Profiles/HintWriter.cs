using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Drydock.Layout.Profiles;

/// <summary>
/// Writes a profile as the .NET compiler takes it (<c>--mibc</c>): an assembly with a method for every assembly profiled,
/// whose IL is not run but read. It loads a method's token, then numbers between two marks: for each counter which numbers
/// follow, the offset, the kind, the number of counts, the other offset, and the count.
/// </summary>
internal sealed class HintWriter
{
    private const int AllOfACounter = 15;
    private const int EdgeCounter = 385;
    private const int StackSize = 8;
    private const string Name = "profile";
    private readonly MetadataBuilder _metadata = new();
    private readonly BlobBuilder _code = new();
    private readonly MethodBodyStreamEncoder _bodies;
    private readonly ReferenceWriter _references;
    private readonly SortedDictionary<string, InstructionEncoder> _groups = new(StringComparer.Ordinal);

    public HintWriter()
    {
        _bodies = new MethodBodyStreamEncoder(_code);
        _references = new ReferenceWriter(_metadata);
        StringHandle name = _metadata.GetOrAddString(Name);
        _metadata.AddModule(0, name, _metadata.GetOrAddGuid(Guid.Empty), default, default);
        _metadata.AddAssembly(name, new Version(), default, default, default, AssemblyHashAlgorithm.None);
        _metadata.AddTypeDefinition(default, default, _metadata.GetOrAddString("<Module>"), default,
            MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
    }

    /// <summary>Adds what was counted in a method.</summary>
    public void Add(MetadataReader assembly, MethodDefinitionHandle method, Edge[] edges)
    {
        InstructionEncoder code = GroupOf(assembly);
        code.OpCode(ILOpCode.Ldtoken);
        code.Token(_references.Write(assembly, method));
        code.LoadString(_metadata.GetOrAddUserString("InstrumentationDataStart"));
        foreach (Edge edge in edges)
        {
            int count = (int)uint.Min(edge.Count, int.MaxValue);
            ReadOnlySpan<int> counter = [AllOfACounter, edge.From, EdgeCounter, 1, edge.To, count];
            foreach (int number in counter) code.LoadConstantI4(number);
        }
        code.LoadString(_metadata.GetOrAddUserString("InstrumentationDataEnd"));
        code.OpCode(ILOpCode.Pop);
    }

    /// <summary>The file.</summary>
    public byte[] Finish()
    {
        var index = new InstructionEncoder(new BlobBuilder());
        foreach ((string assembly, InstructionEncoder code) in _groups)
        {
            index.LoadString(_metadata.GetOrAddUserString(assembly + ';'));
            index.OpCode(ILOpCode.Ldtoken);
            index.Token(AddMethod("Assemblies_" + assembly, code));
            index.OpCode(ILOpCode.Pop);
        }
        AddMethod("AssemblyDictionary", index);
        var file = new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(_metadata), _code,
            deterministicIdProvider: static _ => default);
        var bytes = new BlobBuilder();
        file.Serialize(bytes);
        return bytes.ToArray();
    }

    private InstructionEncoder GroupOf(MetadataReader assembly)
    {
        string name = assembly.GetString(assembly.GetAssemblyDefinition().Name);
        if (!_groups.TryGetValue(name, out InstructionEncoder code))
            _groups[name] = code = new InstructionEncoder(new BlobBuilder());
        return code;
    }

    private MethodDefinitionHandle AddMethod(string name, InstructionEncoder code)
    {
        var signature = new BlobBuilder();
        new BlobEncoder(signature).MethodSignature().Parameters(0, static result => result.Void(), static _ => { });
        return _metadata.AddMethodDefinition(MethodAttributes.Public | MethodAttributes.Static, MethodImplAttributes.IL,
            _metadata.GetOrAddString(name), _metadata.GetOrAddBlob(signature), _bodies.AddMethodBody(code, StackSize),
            MetadataTokens.ParameterHandle(1));
    }
}
