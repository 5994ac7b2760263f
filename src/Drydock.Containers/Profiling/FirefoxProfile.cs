using System.Text.Json;

namespace Drydock.Containers;

/// <summary>
/// Writes the processed profile format of the Firefox profiler (https://profiler.firefox.com, docs-developer/
/// processed-profile-versioning.md, version 49): columns of numbers that refer to each other.
/// </summary>
internal sealed class FirefoxProfile(StackTable stacks, List<int> samples, Func<int, string> nameOf, TimeSpan interval)
{
    private const int FormatVersion = 49, GeckoVersion = 24;

    public void Write(Stream output, string product)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        WriteMeta(json, product);
        json.WriteStartArray("libs");
        json.WriteEndArray();
        json.WriteStartArray("threads");
        WriteThread(json);
        json.WriteEndArray();
        json.WriteStartArray("pages");
        json.WriteEndArray();
        json.WriteStartArray("counters");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteMeta(Utf8JsonWriter json, string product)
    {
        json.WriteStartObject("meta");
        json.WriteNumber("version", GeckoVersion);
        json.WriteNumber("preprocessedProfileVersion", FormatVersion);
        json.WriteNumber("interval", interval.TotalMilliseconds);
        json.WriteNumber("startTime", (DateTime.UtcNow - DateTime.UnixEpoch).TotalMilliseconds);
        json.WriteNumber("processType", 0);
        json.WriteNumber("stackwalk", 1);
        json.WriteString("product", product);
        json.WriteBoolean("debug", false);
        json.WriteBoolean("symbolicated", true);
        json.WriteBoolean("usesOnlyOneStackType", true);
        json.WriteBoolean("doesNotUseFrameImplementation", true);
        json.WriteBoolean("sourceCodeIsNotOnSearchfox", true);
        json.WritePropertyName("extensions");
        json.WriteRawValue("""{"length":0,"id":[],"name":[],"baseURL":[]}""");
        json.WritePropertyName("categories");
        json.WriteRawValue("""[{"name":"Guest","color":"blue","subcategories":["Other"]},{"name":"Host","color":"grey","subcategories":["Other"]}]""");
        json.WriteStartArray("markerSchema");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteThread(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("processType", "default");
        json.WriteString("name", "guest");
        json.WriteBoolean("isMainThread", true);
        json.WriteString("pid", "1");
        json.WriteNumber("tid", 1);
        json.WriteNumber("processStartupTime", 0);
        json.WriteNull("processShutdownTime");
        json.WriteNumber("registerTime", 0);
        json.WriteNull("unregisterTime");
        json.WriteStartArray("pausedRanges");
        json.WriteEndArray();
        WriteSamples(json);
        WriteStacks(json);
        WriteFrames(json);
        WriteFunctions(json);
        json.WritePropertyName("markers");
        json.WriteRawValue("""{"length":0,"category":[],"data":[],"endTime":[],"name":[],"phase":[],"startTime":[]}""");
        json.WritePropertyName("resourceTable");
        json.WriteRawValue("""{"length":0,"lib":[],"name":[],"host":[],"type":[]}""");
        json.WritePropertyName("nativeSymbols");
        json.WriteRawValue("""{"length":0,"libIndex":[],"address":[],"name":[],"functionSize":[]}""");
        json.WriteStartArray("stringArray");
        foreach (int function in stacks.Distinct) json.WriteStringValue(nameOf(function));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteSamples(Utf8JsonWriter json)
    {
        json.WriteStartObject("samples");
        json.WriteNumber("length", samples.Count);
        json.WriteString("weightType", "samples");
        json.WriteNull("weight");
        Column(json, "stack", samples.Count, i => samples[i]);
        json.WriteStartArray("time");
        for (int i = 0; i < samples.Count; i++) json.WriteNumberValue(i * interval.TotalMilliseconds);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteStacks(Utf8JsonWriter json)
    {
        int count = stacks.Functions.Count;
        json.WriteStartObject("stackTable");
        json.WriteNumber("length", count);
        Column(json, "frame", count, i => stacks.Functions[i]);
        Column(json, "prefix", count, i => stacks.Prefixes[i]);
        Column(json, "category", count, i => Category(stacks.Functions[i]));
        Column(json, "subcategory", count, _ => 0);
        json.WriteEndObject();
    }

    private void WriteFrames(Utf8JsonWriter json)
    {
        int count = stacks.Distinct.Count;
        json.WriteStartObject("frameTable");
        json.WriteNumber("length", count);
        Column(json, "func", count, i => i);
        Column(json, "category", count, Category);
        foreach (string zero in (ReadOnlySpan<string>)["subcategory", "inlineDepth"]) Column(json, zero, count, _ => 0);
        foreach (string none in (ReadOnlySpan<string>)["nativeSymbol", "innerWindowID", "implementation", "line",
            "column"])
            Column(json, none, count, _ => -1);
        json.WriteStartArray("address");
        for (int i = 0; i < count; i++) json.WriteNumberValue(-1);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteFunctions(Utf8JsonWriter json)
    {
        int count = stacks.Distinct.Count;
        json.WriteStartObject("funcTable");
        json.WriteNumber("length", count);
        Column(json, "name", count, i => i);
        foreach (string flag in (ReadOnlySpan<string>)["isJS", "relevantForJS"])
        {
            json.WriteStartArray(flag);
            for (int i = 0; i < count; i++) json.WriteBooleanValue(false);
            json.WriteEndArray();
        }
        json.WriteStartArray("resource");
        for (int i = 0; i < count; i++) json.WriteNumberValue(-1);
        json.WriteEndArray();
        foreach (string none in (ReadOnlySpan<string>)["fileName", "lineNumber", "columnNumber"])
            Column(json, none, count, _ => -1);
        json.WriteEndObject();
    }

    private int Category(int place) => stacks.Distinct[place] < 0 ? 1 : 0;

    /// <summary>A column of places, of which negative ones are null.</summary>
    private static void Column(Utf8JsonWriter json, string name, int count, Func<int, int> value)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < count; i++)
        {
            int number = value(i);
            if (number < 0) json.WriteNullValue();
            else json.WriteNumberValue(number);
        }
        json.WriteEndArray();
    }
}
