namespace Drydock.Wasi.Preview1;

/// <summary>The guest's descriptors by number. A new one gets the lowest free number, as POSIX has it.</summary>
internal sealed class DescriptorTable : IDisposable
{
    private const int MaxCount = 1 << 20;
    private readonly List<Descriptor?> _slots = [];
    private int _lowestFree;

    /// <summary>Puts a descriptor at the lowest free number; without one, closes it and fails with ENFILE.</summary>
    public Errno Add(Descriptor descriptor, out uint fd)
    {
        while (_lowestFree < _slots.Count && _slots[_lowestFree] is not null) _lowestFree++;
        fd = (uint)_lowestFree;
        if (_lowestFree >= MaxCount)
        {
            descriptor.Close();
            return Errno.NFile;
        }
        Set(_lowestFree, descriptor);
        return Errno.Success;
    }

    /// <summary>Puts a descriptor, or none, at a number.</summary>
    public void Set(int fd, Descriptor? descriptor)
    {
        while (_slots.Count <= fd) _slots.Add(null);
        _slots[fd] = descriptor;
    }

    /// <summary>Keeps 0, 1 and 2 for standard streams while the host fills the table, even if one is missing.</summary>
    public void ReserveStreams() => _lowestFree = 3;

    /// <summary>The descriptor at a number, or null.</summary>
    public Descriptor? this[uint fd] => fd < (uint)_slots.Count ? _slots[(int)fd] : null;

    /// <summary>EBADF without a descriptor at the number, ENOTCAPABLE when it lacks one of the rights.</summary>
    public Errno Get(uint fd, Rights rights, out Descriptor descriptor)
    {
        var found = this[fd];
        descriptor = found!;
        if (found is null) return Errno.BadF;
        return (found.Base & rights) == rights ? Errno.Success : Errno.NotCapable;
    }

    /// <summary>Closes the descriptor at a number.</summary>
    public Errno Close(uint fd)
    {
        if (this[fd] is not { } descriptor) return Errno.BadF;
        Remove(fd);
        descriptor.Close();
        return Errno.Success;
    }

    /// <summary>Moves a descriptor to the number of another one, which is closed.</summary>
    public Errno Renumber(uint from, uint to)
    {
        if (this[from] is not { } moved || this[to] is not { } replaced) return Errno.BadF;
        if (from == to) return Errno.Success;
        Remove(from);
        Set((int)to, moved);
        replaced.Close();
        return Errno.Success;
    }

    /// <summary>Closes all descriptors.</summary>
    public void Dispose()
    {
        foreach (var descriptor in _slots) descriptor?.Close();
        _slots.Clear();
    }

    private void Remove(uint fd)
    {
        _slots[(int)fd] = null;
        _lowestFree = Math.Min(_lowestFree, (int)fd);
    }
}
