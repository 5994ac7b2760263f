namespace Drydock.Oci.Build;

/// <summary>Where an instruction stands, for messages.</summary>
/// <param name="File">Name of the Dockerfile.</param>
/// <param name="Line">Line, from 1.</param>
internal readonly record struct Location(string File, int Line)
{
    /// <summary>A mistake here.</summary>
    public ImageException Error(string message, Exception? inner = null) =>
        new(ImageError.Build, $"{File}:{Line}: {message}", inner);
}
