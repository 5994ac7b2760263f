using System.Globalization;

namespace Drydock.Containers;

/// <summary>Numbers with a unit, as users write them.</summary>
public static class Quantity
{
    private const int UnitStep = 1024;

    /// <summary>Bytes: digits, and <c>b</c>, <c>k</c>, <c>m</c> or <c>g</c> (powers of 1024), in either case.</summary>
    /// <exception cref="ContainerException">It is no positive number of bytes.</exception>
    public static long ParseBytes(string text)
    {
        long unit = text.Length == 0 ? 1 : char.ToLowerInvariant(text[^1]) switch
        {
            'k' => UnitStep,
            'm' => UnitStep * UnitStep,
            'g' => (long)UnitStep * UnitStep * UnitStep,
            _ => 1,
        };
        ReadOnlySpan<char> digits = text.AsSpan().TrimEnd("bkmgBKMG");
        bool isWhole = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && text.Length - digits.Length <= 1;
        if (!isWhole || number <= 0 || number > long.MaxValue / unit)
            throw new ContainerException($"\"{text}\" is no amount of memory: write bytes, or 64k, 512m, 2g");
        return number * unit;
    }

    /// <summary>Time: a number of seconds, or one with <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>.</summary>
    /// <exception cref="ContainerException">It is no positive time, or longer than 24 days.</exception>
    public static TimeSpan ParseDuration(string text)
    {
        (string suffix, double seconds) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => ("ms", 0.001),
            _ when text.EndsWith('s') => ("s", 1),
            _ when text.EndsWith('m') => ("m", 60),
            _ when text.EndsWith('h') => ("h", 3600),
            _ => ("", 1),
        };
        ReadOnlySpan<char> digits = text.AsSpan(0, text.Length - suffix.Length);
        bool isNumber = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out double number);
        double milliseconds = number * seconds * 1000;
        if (!isNumber || milliseconds < 1 || milliseconds > int.MaxValue)
            throw new ContainerException($"\"{text}\" is no time: write seconds, or 500ms, 30s, 5m, 1h");
        return TimeSpan.FromMilliseconds(milliseconds);
    }
}
