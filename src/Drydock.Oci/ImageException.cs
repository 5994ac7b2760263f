namespace Drydock.Oci;

/// <summary>What went wrong with an image.</summary>
public enum ImageError
{
    /// <summary>A reference that cannot be read as one.</summary>
    InvalidReference,
    /// <summary>A platform that cannot be read as one.</summary>
    InvalidPlatform,
    /// <summary>The store has no such image.</summary>
    NotFound,
    /// <summary>The store has the image, but not for the platform that was asked for.</summary>
    WrongPlatform,
    /// <summary>Content that does not match its digest, or that is not what its media type says.</summary>
    Corrupt,
    /// <summary>A shape of image, layer or compression that is not supported.</summary>
    Unsupported,
    /// <summary>The store cannot be read or written.</summary>
    Store,
    /// <summary>A mistake in a Dockerfile or its context.</summary>
    Build,
    /// <summary>The image is sound, but what it would start is not a WebAssembly module.</summary>
    NotExecutable,
    /// <summary>A registry cannot be reached, or answers what it should not.</summary>
    Registry,
    /// <summary>A registry wants credentials, or does not allow what was asked of it.</summary>
    Denied,
    /// <summary>A signature that a policy asks for is missing or wrong, or a key or a policy cannot be used.</summary>
    Trust,
    /// <summary>The image names no entry.</summary>
    NoEntry,
    /// <summary>The entry is not in the image.</summary>
    EntryNotFound,
}

/// <summary>
/// An image that cannot be found, read, built or started. The message is one line for the user; no stack trace adds to
/// it.
/// </summary>
/// <param name="error">What went wrong.</param>
/// <param name="message">What was tried, on what, and how to go on.</param>
/// <param name="inner">The cause, if any.</param>
public sealed class ImageException(ImageError error, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What went wrong.</summary>
    public ImageError Error => error;

    /// <summary>
    /// The exit code Docker's users expect: 127 not found in the image, 126 cannot be invoked, 125 all else.
    /// </summary>
    public int ExitCode => error switch
    {
        ImageError.EntryNotFound => 127,
        ImageError.NotExecutable => 126,
        _ => 125,
    };
}
