using System.Globalization;

namespace Drydock.Oci.Build;

/// <summary>Reads <c>HEALTHCHECK NONE</c> and <c>HEALTHCHECK [flags] CMD …</c>.</summary>
internal static class HealthcheckReader
{
    private const long Second = 1_000_000_000;

    public static HealthConfig Read(Instruction instruction)
    {
        instruction.AllowFlags("interval", "timeout", "start-period", "start-interval", "retries");
        if (instruction.Rest.Equals("NONE", StringComparison.OrdinalIgnoreCase))
            return new() { Test = ["NONE"] };
        if (!instruction.Rest.StartsWith("CMD", StringComparison.OrdinalIgnoreCase))
            throw instruction.At.Error("HEALTHCHECK takes NONE, or CMD and a command");
        var command = instruction with { Rest = instruction.Rest[3..].Trim() };
        return new()
        {
            Test = Words.Json(command) is { } words ? ["CMD", .. words] : ["CMD-SHELL", command.Rest],
            Interval = Duration(instruction, "interval"),
            Timeout = Duration(instruction, "timeout"),
            StartPeriod = Duration(instruction, "start-period"),
            StartInterval = Duration(instruction, "start-interval"),
            Retries = Retries(instruction),
        };
    }

    private static int? Retries(Instruction instruction)
    {
        if (!instruction.Flags.TryGetValue("retries", out var text))
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var retries)
            ? retries
            : throw instruction.At.Error($"--retries={Printable.Of(text)} is no number");
    }

    /// <summary>A duration as Go writes it, <c>1m30s</c>, in nanoseconds.</summary>
    private static long? Duration(Instruction instruction, string flag)
    {
        if (!instruction.Flags.TryGetValue(flag, out var text))
            return null;
        var total = 0m;
        for (var i = 0; i < text.Length;)
        {
            var unit = i + Math.Max(0, text.AsSpan(i).IndexOfAnyExceptInRange('.', '9'));
            var end = unit;
            while (end < text.Length && char.IsAsciiLetter(text[end]))
                end++;
            if (!decimal.TryParse(text.AsSpan(i, unit - i), NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture, out var number)
                || Unit(text[unit..end]) is not { } scale || number > 1_000_000_000)
                throw instruction.At.Error($"--{flag}={Printable.Of(text)} is no duration; write 30s or 1m30s");
            total += number * scale;
            i = end;
        }
        return total <= long.MaxValue ? (long)total : throw instruction.At.Error($"--{flag} is too long");
    }

    private static long? Unit(string name) => name switch
    {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => Second,
        "m" => 60 * Second,
        "h" => 3600 * Second,
        _ => null,
    };
}
