using System.Reflection.PortableExecutable;
using Drydock.Layout;
using Drydock.Layout.Profiles;

return args switch
{
    ["order", string path, string names] => Order(path, names),
    ["record", string objectPath, string executable, .. string[] words] => Record(objectPath, executable, words),
    ["profile", string output, string assemblies, .. string[] counts] => Profile(output, assemblies, counts),
    _ => Fail("usage: drydock-layout order OBJECT NAMES | record OBJECT EXECUTABLE ARGUMENT... "
        + "| profile OUTPUT ASSEMBLY,... COUNTS..."),
};

// A build can do without: a file that is not understood is a warning, in the form that MSBuild knows.
static int Order(string path, string names)
{
    try
    {
        var file = new ElfFile(File.ReadAllBytes(path));
        CodeOrder order = CodeOrder.Apply(file, File.ReadLines(names));
        File.WriteAllBytes(path + ".ordered", file.Bytes);
        File.Move(path + ".ordered", path, overwrite: true);
        Console.WriteLine($"{order.Known} methods of a start put together, {order.KnownBytes} bytes");
    }
    catch (UnexpectedShapeException unexpected)
    {
        Console.WriteLine($"{path} : warning LAYOUT: {unexpected.Message}: the code stays where the compiler put it, "
            + "and a start maps more memory");
    }
    return 0;
}

static int Record(string objectPath, string executable, string[] words)
{
    var image = new ElfFile(File.ReadAllBytes(executable));
    ulong start = image.Sections[image.SectionNamed("__managedcode"u8)].Address;
    Dictionary<int, string> names = CodeOrder.NamesByPlace(new ElfFile(File.ReadAllBytes(objectPath)));
    foreach (int place in StartRecorder.Record([executable, .. words], start, names.Keys)) Console.WriteLine(names[place]);
    return 0;
}

static int Profile(string output, string assemblies, string[] counts)
{
    PEReader[] files = [.. assemblies.Split(',').Select(static path => new PEReader(File.OpenRead(path)))];
    File.WriteAllBytes(output, ProfileRecorder.Record(files, counts.Select(File.ReadLines), out int methods));
    foreach (PEReader file in files) file.Dispose();
    Console.WriteLine($"{output}: {methods} methods");
    return 0;
}

static int Fail(string line)
{
    Console.Error.WriteLine(line);
    return 1;
}
