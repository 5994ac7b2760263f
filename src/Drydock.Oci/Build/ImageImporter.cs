using System.IO.Compression;

namespace Drydock.Oci.Build;

/// <summary>What to make of a file that is imported.</summary>
public sealed record ImportOptions
{
    /// <summary>Name of the image; null for none.</summary>
    public Reference? Name { get; init; }
    /// <summary>
    /// Instructions of a Dockerfile that set the configuration, as <c>docker import --change</c> takes them.
    /// </summary>
    public IReadOnlyList<string> Changes { get; init; } = [];
    /// <summary>Comment in the history.</summary>
    public string? Message { get; init; }
    /// <summary>Platform; null for <c>wasi/wasm</c>.</summary>
    public Platform? Platform { get; init; }
    /// <summary>Whether a module becomes a CNCF artifact.</summary>
    public bool Artifact { get; init; }
    /// <summary>The file's name, which the module keeps in the image.</summary>
    public string FileName { get; init; } = "module.wasm";
}

/// <summary>Makes an image of a module, or of an archive of files.</summary>
public static class ImageImporter
{
    private const long MaxModuleLength = 1L << 30;

    /// <summary>Imports a file; what it is, its first bytes say.</summary>
    /// <param name="store">Where the image goes.</param>
    /// <param name="content">A module, or a tar archive, plain or gzipped.</param>
    /// <param name="options">What to make of it.</param>
    /// <exception cref="ImageException">It is neither.</exception>
    public static BuildResult Import(ImageStore store, Stream content, ImportOptions options) => store.Guard(() =>
    {
        using var staging = Staging.Create(store.Layout);
        var prefix = new byte[BinaryKinds.PrefixLength];
        var read = content.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
        using var whole = new PrefixedStream(prefix.AsMemory(0, read), content);
        var isWasm = BinaryKinds.Detect(prefix.AsSpan(0, read)) is BinaryKind.Module or BinaryKind.Component;
        var image = isWasm
            ? FromModule(store, staging, ReadModule(whole), options)
            : FromFiles(store, staging, whole, prefix.AsSpan(0, read), options);
        staging.Commit(index => options.Name is { } name
            ? StoreIndex.WithName(index, image.Descriptor, name)
            : StoreIndex.WithEntry(index, image.Descriptor));
        return new BuildResult(image.Id, image.ManifestDigest, image.Size);
    });

    private static byte[] ReadModule(Stream content)
    {
        using var buffer = new MemoryStream();
        content.CopyTo(buffer);
        return buffer.Length <= MaxModuleLength ? buffer.ToArray() : throw new ImageException(
            ImageError.Unsupported, $"the module measures more than {MaxModuleLength >> 30} GiB");
    }

    private static Image FromModule(ImageStore store, Staging staging, byte[] module, ImportOptions options)
    {
        var state = Configure(store, staging, options, out var context);
        if (options.Artifact)
        {
            var described = new ImageConfig { Created = context.Created };
            return ImageWriter.WriteArtifact(staging, module, options.FileName, described,
                ImageWriter.Annotate(state.Config.Labels, context.Created, new Dictionary<string, string>()),
                options.Name);
        }
        var path = "/" + options.FileName;
        state.Config = state.Config with { Entrypoint = state.Config.Entrypoint ?? [path] };
        var layer = context.Layers.Write(new(StringComparer.Ordinal)
        {
            [options.FileName] = new() { Kind = NodeKind.File, Mode = 0x1ed, Content = module },
        });
        return Package(staging, state, layer, context, options);
    }

    /// <summary>An archive is kept as it is; it is packed, and unpacked once to see that it is sound.</summary>
    private static Image FromFiles(ImageStore store, Staging staging, Stream content, ReadOnlySpan<byte> prefix,
        ImportOptions options)
    {
        if (options.Artifact)
            throw new ImageException(ImageError.Unsupported,
                "an artifact is made of a WebAssembly module; this is none");
        var state = Configure(store, staging, options, out var context);
        return Package(staging, state, Pack(staging, content, prefix is [0x1f, 0x8b, ..]), context, options);
    }

    private static WrittenLayer Pack(Staging staging, Stream content, bool isZipped)
    {
        try
        {
            using var tar = isZipped ? new GZipStream(content, CompressionMode.Decompress) : content;
            using var blob = staging.OpenBlob();
            Digest diffId;
            using (var gzip = new GZipStream(blob, CompressionLevel.Optimal, leaveOpen: true))
            using (var archive = new HashingStream(gzip))
            {
                tar.CopyTo(archive, 1 << 16);
                diffId = archive.Finish();
            }
            var digest = blob.Complete();
            return new(Descriptor.Of(MediaTypes.LayerGzip, digest, new FileInfo(staging.PathOf(digest)).Length),
                diffId);
        }
        catch (InvalidDataException e)
        {
            throw new ImageException(ImageError.Corrupt, $"cannot unpack the archive: {Reason.Of(e)}", e);
        }
    }

    /// <summary>Carries out the changes as a Dockerfile's instructions, those that touch no files.</summary>
    private static StageState Configure(ImageStore store, Staging staging, ImportOptions options,
        out BuildContext context)
    {
        var dockerfile = DockerfileReader.Read("FROM scratch\n"
            + string.Concat(options.Changes.Select(change => change + "\n")), "--change");
        var build = new BuildOptions { ContextDirectory = "/", Platform = options.Platform };
        var platform = options.Platform ?? Platform.Wasi;
        var global = new Variables(build, platform) { IsGlobal = true };
        context = new(store, staging, build, dockerfile, global, 0);
        var stage = dockerfile.Stages[0];
        foreach (var instruction in stage.Instructions)
            if (instruction.Keyword is not ("CMD" or "ENTRYPOINT" or "ENV" or "EXPOSE" or "LABEL" or "ONBUILD"
                or "STOPSIGNAL"
                or "USER" or "VOLUME" or "HEALTHCHECK" or "WORKDIR"))
                throw instruction.At.Error($"{instruction.Keyword} is no change of the configuration");
        var state = new StageState { Platform = platform };
        new StageBuilder(context, stage, new Variables(build, platform) { IsGlobal = false }, state)
            .Run(new StepLabel(null, 0));
        return state;
    }

    private static Image Package(Staging staging, StageState state, WrittenLayer layer, BuildContext context,
        ImportOptions options)
    {
        var config = new ImageConfig
        {
            Created = context.Created,
            Architecture = state.Platform.Architecture,
            Os = state.Platform.Os,
            Variant = state.Platform.Variant,
            Config = state.Config,
            Rootfs = new() { DiffIds = [layer.DiffId.ToString(), .. state.DiffIds] },
            History = [new() { Created = context.Created, CreatedBy = "drydock import", Comment = options.Message },
                .. state.History],
        };
        var annotations = ImageWriter.Annotate(state.Config.Labels, context.Created, new Dictionary<string, string>());
        var image = ImageWriter.Write(staging, config, [layer.Descriptor, .. state.Layers], annotations, options.Name);
        if (image.Platform.IsWasm)
            RootFileSystem.Unpack(staging, image);
        return image;
    }
}
