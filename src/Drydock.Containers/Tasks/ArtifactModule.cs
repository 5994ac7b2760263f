using Drydock.Oci;

namespace Drydock.Containers.Tasks;

/// <summary>The module of an image whose layers are WebAssembly binaries and not archives of files.</summary>
public static class ArtifactModule
{
    /// <summary>Name of the file in a bundle that holds it.</summary>
    public const string FileName = "module.wasm";

    /// <summary>What a manifest or an index says of the module.</summary>
    /// <param name="json">The document.</param>
    /// <returns>
    /// The digest of the first layer that is a module, which is the entry (CNCF, Wasm OCI Artifact layout); for an
    /// index that of the manifest to look at.
    /// </returns>
    /// <exception cref="ContainerException">It is neither.</exception>
    public static (string? Module, string? Manifest) Find(byte[] json)
    {
        const string What = "the image's manifest";
        try
        {
            foreach (Descriptor layer in OciReader.Manifest(json, What).Layers)
                if (MediaTypes.IsWasmLayer(layer.MediaType)) return (layer.Digest.ToString(), null);
            foreach (Descriptor each in OciReader.Index(json, What).Manifests)
                if (each.Platform?.Architecture?.StartsWith("wasm", StringComparison.OrdinalIgnoreCase) == true)
                    return (null, each.Digest.ToString());
            return (null, null);
        }
        catch (ImageException e)
        {
            throw new ContainerException(e.Message);
        }
    }
}
