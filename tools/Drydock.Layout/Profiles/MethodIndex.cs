using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Drydock.Layout.Profiles;

/// <summary>Finds methods of assemblies, if they are not generic and what is known of one fits no other.</summary>
internal sealed class MethodIndex
{
    private readonly Dictionary<(string, int Size, int Parameters), (MetadataReader, MethodDefinitionHandle)?> _methods = [];

    /// <summary>Adds the methods of an assembly, which has to stay open.</summary>
    public void Add(PEReader file)
    {
        MetadataReader assembly = file.GetMetadataReader();
        foreach (MethodDefinitionHandle handle in assembly.MethodDefinitions)
        {
            MethodDefinition method = assembly.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0 || IsGeneric(assembly, method)) continue;
            BlobReader code = file.GetMethodBody(method.RelativeVirtualAddress).GetILReader();
            BlobReader signature = assembly.GetBlobReader(method.Signature);
            signature.ReadSignatureHeader();
            string name = NameOf(assembly, method.GetDeclaringType()) + '.' + assembly.GetString(method.Name);
            var key = (name, code.Length, signature.ReadCompressedInteger());
            if (!_methods.TryAdd(key, (assembly, handle))) _methods[key] = null;
        }
    }

    /// <summary>The method that was counted in, or null.</summary>
    public (MetadataReader Assembly, MethodDefinitionHandle Handle)? Find(MethodCounts method) =>
        _methods.GetValueOrDefault((method.Name, method.Size, method.Parameters));

    private static bool IsGeneric(MetadataReader assembly, MethodDefinition method) =>
        method.GetGenericParameters().Count > 0
        || assembly.GetTypeDefinition(method.GetDeclaringType()).GetGenericParameters().Count > 0;

    /// <summary>As the runtime writes it: <c>Namespace.Outer+Inner</c>.</summary>
    private static string NameOf(MetadataReader assembly, TypeDefinitionHandle handle)
    {
        TypeDefinition type = assembly.GetTypeDefinition(handle);
        string name = assembly.GetString(type.Name);
        if (!type.GetDeclaringType().IsNil) return NameOf(assembly, type.GetDeclaringType()) + '+' + name;
        return type.Namespace.IsNil ? name : assembly.GetString(type.Namespace) + '.' + name;
    }
}
