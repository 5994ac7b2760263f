using Drydock.Runtime.Native;

namespace Drydock.Runtime;

/// <summary>
/// A function of the host that guests can import. It reads its arguments from, and writes its results to,
/// <paramref name="call"/>. An exception it throws ends the guest and reaches whoever called into the guest.
/// </summary>
/// <param name="call">The call; valid until the function returns.</param>
public delegate void HostFunction(in HostCall call);

/// <summary>
/// One call from a guest to the host. Arguments and results share a row of 16-byte slots: results overwrite arguments,
/// so read every argument before setting the first result.
/// </summary>
public readonly unsafe ref struct HostCall
{
    private const int SlotSize = 16;
    private readonly byte* _slots;
    private readonly HostBinding _binding;

    internal HostCall(byte* slots, HostBinding binding)
    {
        _slots = slots;
        _binding = binding;
    }

    /// <summary>The instance that imported the function.</summary>
    /// <exception cref="InvalidOperationException">No instance did: it was called through a reference.</exception>
    public Instance Caller =>
        _binding.Caller ?? throw new InvalidOperationException("no instance has imported this host function");

    /// <summary>
    /// The bytes of the caller's memory 0, as large as it is now; empty without a memory. Stale once the memory grows.
    /// </summary>
    public Span<byte> Memory => Caller.Memory0Span;

    /// <summary>Argument <paramref name="index"/>, an <c>i32</c>.</summary>
    public int GetInt32(int index) => *(int*)(_slots + index * SlotSize);
    /// <summary>Argument <paramref name="index"/>, an <c>i64</c>.</summary>
    public long GetInt64(int index) => *(long*)(_slots + index * SlotSize);
    /// <summary>Argument <paramref name="index"/>, an <c>f32</c>.</summary>
    public float GetSingle(int index) => *(float*)(_slots + index * SlotSize);
    /// <summary>Argument <paramref name="index"/>, an <c>f64</c>.</summary>
    public double GetDouble(int index) => *(double*)(_slots + index * SlotSize);

    /// <summary>
    /// Argument <paramref name="index"/>, a reference. One to an object is valid until the host function returns; hold
    /// it with <see cref="Store.Hold"/> to keep it longer.
    /// </summary>
    public Value GetReference(int index) =>
        _binding.Store.ToHost(*(Value*)(_slots + index * SlotSize), _binding.Type.Parameters[index]);

    /// <summary>Sets result <paramref name="index"/>, an <c>i32</c>.</summary>
    public void SetInt32(int index, int value) => *(int*)(_slots + index * SlotSize) = value;
    /// <summary>Sets result <paramref name="index"/>, a reference.</summary>
    /// <exception cref="ArgumentException">It is not of the result's type, or not of this store.</exception>
    public void SetReference(int index, Value value)
    {
        _binding.Store.CheckReference(value, _binding.Type.Results[index]);
        *(nint*)(_slots + index * SlotSize) = value.Handle;
    }

    /// <summary>Sets result <paramref name="index"/>, an <c>i64</c>.</summary>
    public void SetInt64(int index, long value) => *(long*)(_slots + index * SlotSize) = value;
    /// <summary>Sets result <paramref name="index"/>, an <c>f32</c>.</summary>
    public void SetSingle(int index, float value) => *(float*)(_slots + index * SlotSize) = value;
    /// <summary>Sets result <paramref name="index"/>, an <c>f64</c>.</summary>
    public void SetDouble(int index, double value) => *(double*)(_slots + index * SlotSize) = value;
}
