using Drydock.Wasi.Host;

namespace Drydock.Wasi.Preview1;

/// <summary>What a descriptor of the guest stands for: a file of the host, and what may be done with it.</summary>
internal sealed class Descriptor
{
    private int _hostFd;

    /// <summary>The host's descriptor.</summary>
    public required int HostFd
    {
        get => Opener is null ? _hostFd : Open();
        init => _hostFd = value;
    }
    /// <summary>Opens the host's descriptor, when it is first used.</summary>
    public Func<int>? Opener { get; set; }
    /// <summary>The type of file.</summary>
    public required Filetype Filetype { get; init; }
    /// <summary>What may be done with it.</summary>
    public required Rights Base { get; set; }
    /// <summary>What may be done with descriptors opened beneath it.</summary>
    public required Rights Inheriting { get; set; }
    /// <summary>Whether nothing beneath it may be changed.</summary>
    public bool IsReadOnly { get; init; }
    /// <summary>The path that a preopened directory has for the guest, in UTF-8; null for all others.</summary>
    public byte[]? PreopenPath { get; init; }
    /// <summary>
    /// Whether the host's descriptor is shared with other processes, as standard streams are: it is not closed, and its
    /// flags are kept here rather than in the host, where a shell would feel them.
    /// </summary>
    public bool IsShared { get; init; }
    /// <summary>Flags of a shared descriptor.</summary>
    public FdFlags SharedFlags { get; set; }

    /// <summary>Whether calls wait here; for descriptors that are not shared the host does what is right.</summary>
    public bool MayBlock => IsShared && (SharedFlags & FdFlags.NonBlock) == 0;
    /// <summary>Whether a call has to ask first whether it would wait.</summary>
    public bool AsksBeforeBlocking => IsShared && (SharedFlags & FdFlags.NonBlock) != 0;

    /// <summary>Wraps a stream of the host; null when the host has none at this number.</summary>
    public static Descriptor? FromStream(int hostFd, Rights direction)
    {
        if (Files.GetStatus(hostFd, out var status) < 0) return null;
        var type = Filetypes.FromMode(status.Mode);
        return new Descriptor
        {
            HostFd = hostFd,
            Filetype = type,
            Base = StreamRights(hostFd, type) & (Rights.File & ~(Rights.FdRead | Rights.FdWrite) | direction),
            Inheriting = Rights.None,
            IsShared = true,
        };
    }

    /// <summary>Closes the host's descriptor unless others share it.</summary>
    public void Close()
    {
        if (!IsShared && Opener is null) Files.Close(_hostFd);
    }

    private int Open()
    {
        _hostFd = Opener!();
        Opener = null;
        return _hostFd;
    }

    // C libraries take a character device without positions for a terminal.
    private static Rights StreamRights(int hostFd, Filetype type) => type switch
    {
        Filetype.RegularFile or Filetype.BlockDevice => Rights.File,
        Filetype.CharacterDevice when !Streams.IsTerminal(hostFd) => Rights.Stream | Rights.FdSeek | Rights.FdTell,
        _ => Rights.Stream,
    };
}
