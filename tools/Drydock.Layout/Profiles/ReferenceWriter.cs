using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Drydock.Layout.Profiles;

/// <summary>Writes references to methods of other assemblies (ECMA-335, II.22.25 and II.23.2).</summary>
internal sealed class ReferenceWriter(MetadataBuilder metadata)
{
    private const int GenericMethodMark = 0x10;
    private readonly Dictionary<string, AssemblyReferenceHandle> _assemblies = [];
    private readonly Dictionary<(EntityHandle Scope, string Namespace, string Name), TypeReferenceHandle> _types = [];

    /// <summary>Refers to a method that the assembly has.</summary>
    public MemberReferenceHandle Write(MetadataReader assembly, MethodDefinitionHandle handle)
    {
        MethodDefinition method = assembly.GetMethodDefinition(handle);
        BlobReader signature = assembly.GetBlobReader(method.Signature);
        var copy = new BlobBuilder();
        CopyMethod(assembly, ref signature, copy);
        return metadata.AddMemberReference(Type(assembly, method.GetDeclaringType()),
            metadata.GetOrAddString(assembly.GetString(method.Name)), metadata.GetOrAddBlob(copy));
    }

    private void CopyMethod(MetadataReader assembly, ref BlobReader from, BlobBuilder to)
    {
        byte header = from.ReadByte();
        to.WriteByte(header);
        if ((header & GenericMethodMark) != 0) CopyNumber(ref from, to);
        for (int types = CopyNumber(ref from, to) + 1; types > 0; types--) CopyType(assembly, ref from, to);
    }

    private void CopyType(MetadataReader assembly, ref BlobReader from, BlobBuilder to)
    {
        switch ((SignatureTypeCode)CopyNumber(ref from, to))
        {
            case (SignatureTypeCode)SignatureTypeKind.Class or (SignatureTypeCode)SignatureTypeKind.ValueType:
                CopyToken(assembly, ref from, to);
                break;
            case SignatureTypeCode.RequiredModifier or SignatureTypeCode.OptionalModifier:
                CopyToken(assembly, ref from, to);
                CopyType(assembly, ref from, to);
                break;
            case SignatureTypeCode.Pointer or SignatureTypeCode.ByReference or SignatureTypeCode.SZArray:
                CopyType(assembly, ref from, to);
                break;
            case SignatureTypeCode.GenericTypeParameter or SignatureTypeCode.GenericMethodParameter:
                CopyNumber(ref from, to);
                break;
            case SignatureTypeCode.GenericTypeInstance:
                CopyType(assembly, ref from, to);
                for (int types = CopyNumber(ref from, to); types > 0; types--) CopyType(assembly, ref from, to);
                break;
            case SignatureTypeCode.FunctionPointer:
                CopyMethod(assembly, ref from, to);
                break;
            case SignatureTypeCode.Array:
                CopyType(assembly, ref from, to);
                CopyNumber(ref from, to);
                for (int lists = 2; lists > 0; lists--)
                    for (int numbers = CopyNumber(ref from, to); numbers > 0; numbers--) CopyNumber(ref from, to);
                break;
        }
    }

    private static int CopyNumber(ref BlobReader from, BlobBuilder to)
    {
        int number = from.ReadCompressedInteger();
        to.WriteCompressedInteger(number);
        return number;
    }

    private void CopyToken(MetadataReader assembly, ref BlobReader from, BlobBuilder to) =>
        to.WriteCompressedInteger(CodedIndex.TypeDefOrRefOrSpec(Type(assembly, from.ReadTypeHandle())));

    private TypeReferenceHandle Type(MetadataReader assembly, EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeDefinition)
        {
            TypeDefinition own = assembly.GetTypeDefinition((TypeDefinitionHandle)handle);
            TypeDefinitionHandle outer = own.GetDeclaringType();
            return Type(assembly, outer.IsNil ? Assembly(assembly) : Type(assembly, outer), own.Namespace, own.Name);
        }
        TypeReference other = assembly.GetTypeReference((TypeReferenceHandle)handle);
        EntityHandle scope = other.ResolutionScope.Kind == HandleKind.AssemblyReference
            ? Assembly(assembly, assembly.GetAssemblyReference((AssemblyReferenceHandle)other.ResolutionScope))
            : Type(assembly, other.ResolutionScope);
        return Type(assembly, scope, other.Namespace, other.Name);
    }

    private TypeReferenceHandle Type(MetadataReader assembly, EntityHandle scope, StringHandle space, StringHandle name)
    {
        var key = (scope, assembly.GetString(space), assembly.GetString(name));
        if (!_types.TryGetValue(key, out TypeReferenceHandle type))
            _types[key] = type = metadata.AddTypeReference(scope, metadata.GetOrAddString(key.Item2),
                metadata.GetOrAddString(key.Item3));
        return type;
    }

    private AssemblyReferenceHandle Assembly(MetadataReader own)
    {
        AssemblyDefinition assembly = own.GetAssemblyDefinition();
        return Assembly(own.GetString(assembly.Name), assembly.Version, []);
    }

    private AssemblyReferenceHandle Assembly(MetadataReader from, AssemblyReference assembly) =>
        Assembly(from.GetString(assembly.Name), assembly.Version, from.GetBlobBytes(assembly.PublicKeyOrToken));

    private AssemblyReferenceHandle Assembly(string name, Version version, byte[] key)
    {
        if (!_assemblies.TryGetValue(name, out AssemblyReferenceHandle assembly))
            _assemblies[name] = assembly = metadata.AddAssemblyReference(metadata.GetOrAddString(name), version, default,
                metadata.GetOrAddBlob(key), default, default);
        return assembly;
    }
}
