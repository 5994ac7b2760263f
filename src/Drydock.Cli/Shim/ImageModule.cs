using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Shim;

/// <summary>
/// <c>module</c>: the process that gets the module of an image without a root file system, as the images of runwasi
/// and the artifacts of the CNCF are, out of containerd's content store. It is one of its own because a client of gRPC
/// takes more memory than a shim.
/// </summary>
internal static class ImageModule
{
    /// <summary>The action that asks for it.</summary>
    public const string Action = "module";

    private const string Prefix = "containerd.services.";
    private const long LargestModule = 1L << 30, LargestManifest = 4 << 20;

    /// <summary>Writes the module of a container's image to the bundle; fails where the image has none.</summary>
    public static int Run(ShimOptions options)
    {
        using var client = new ContainerdClient(options.Address, options.Namespace);
        string image = Part(client, "containers.v1.Containers/Get", options.Id, 3);
        if (image.Length == 0) return ContainerException.Failure;
        string digest = Part(client, "images.v1.Images/Get", image, 3, 2);
        if (ModuleOf(client, digest) is not { } module) return ContainerException.Failure;
        using FileStream file = File.Create(Path.Join(options.Bundle, ArtifactModule.FileName));
        Read(client, module, LargestModule, file);
        return ExitCode.Success;
    }

    private static string? ModuleOf(ContainerdClient client, string digest)
    {
        // An index, and the manifest it leads to.
        for (int i = 0; i < 2; i++)
        {
            using var manifest = new MemoryStream();
            Read(client, digest, LargestManifest, manifest);
            (string? module, string? next) = ArtifactModule.Find(manifest.ToArray());
            if (module is not null || next is null) return module;
            digest = next;
        }
        return null;
    }

    /// <summary>
    /// Asks for something by its name, and takes a text out of the messages in the answer's first field.
    /// </summary>
    private static string Part(ContainerdClient client, string method, string name, params int[] fields)
    {
        string text = "";
        client.Call(Prefix + method, new ProtoWriter().Text(1, name), answer => text = Find(answer, [1, .. fields]));
        return text;
    }

    private static string Find(ReadOnlySpan<byte> message, ReadOnlySpan<int> fields)
    {
        for (var reader = new ProtoReader(message); reader.Next();)
            if (reader.Field == fields[0])
                return fields.Length == 1 ? reader.Text : Find(reader.Bytes, fields[1..]);
        return "";
    }

    private static void Read(ContainerdClient client, string digest, long limit, Stream output)
    {
        client.Call(Prefix + "content.v1.Content/Read", new ProtoWriter().Text(1, digest), answer =>
        {
            for (var reader = new ProtoReader(answer); reader.Next();)
            {
                if (reader.Field != 2) continue;
                if (output.Length + reader.Bytes.Length > limit) throw new IOException($"{digest} is too large");
                output.Write(reader.Bytes);
            }
        });
    }
}
