namespace Drydock.Wasi.Host;

/// <summary>The host's clocks, numbered as Linux numbers them.</summary>
internal static unsafe class Clocks
{
    public const int Realtime = 0, Monotonic = 1, ProcessCpu = 2, ThreadCpu = 3;

    /// <summary>Nanoseconds on <paramref name="clock"/>, which is one of the constants here.</summary>
    public static ulong Now(int clock)
    {
        Libc.TimeSpec time;
        _ = Libc.GetTime(clock, &time);
        return time.ToNanoseconds();
    }

    /// <summary>The step of <paramref name="clock"/> in nanoseconds, never 0.</summary>
    public static ulong Resolution(int clock)
    {
        Libc.TimeSpec time;
        _ = Libc.GetResolution(clock, &time);
        return Math.Max(1, time.ToNanoseconds());
    }
}
