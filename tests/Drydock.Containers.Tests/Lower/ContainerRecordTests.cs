using System.Diagnostics;
using Drydock.Containers.Bundles;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;
using Drydock.Containers.Tests.Bundles;

namespace Drydock.Containers.Tests.Lower;

public sealed class ContainerRecordTests : IDisposable
{
    private readonly BundleDirectory _bundle = new BundleDirectory().WithFile("rootfs/app", BundleDirectory.Module)
        .Starting("\"/app\"");

    [Fact]
    public void A_record_is_there_from_creation_to_removal_for_its_root_only()
    {
        ContainerRecord record = Create("one");
        Assert.Equal(record.Directory, ContainerRecord.Find(_bundle.Path, "one")!.Directory);
        Assert.Equal(_bundle.Path, record.Bundle);
        Assert.Null(ContainerRecord.Find(_bundle.Path, "two"));
        Assert.Null(ContainerRecord.Find("/another", "one"));
        Assert.Single(ContainerRecord.All(_bundle.Path));
        using (BundleConfig original = record.ReadOriginal()) Assert.Equal(["/app"], original.Process!.Args);
        record.Remove();
        record.Remove();
        Assert.Null(record.Bundle);
        Assert.Null(ContainerRecord.Find(_bundle.Path, "one"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("a b")]
    public void What_is_no_id_is_no_file_either(string id)
    {
        Assert.Null(ContainerRecord.Find(_bundle.Path, id));
        Assert.Throws<ContainerException>(() => Create(id));
    }

    [Fact]
    public void A_creation_is_under_way_while_its_process_lives()
    {
        ContainerRecord record = Create("busy");
        using Process process = Process.Start("sleep", "60");
        record.RememberCreator(process.Id);
        Assert.True(record.IsBeingCreated);
        process.Kill();
        process.WaitForExit();
        record.AwaitCreator();
        Assert.False(record.IsBeingCreated);
        record.Remove();
    }

    [Fact]
    public void A_creation_is_under_way_while_a_process_has_its_bundle()
    {
        ContainerRecord record = Create("orphan");
        using Process ended = Process.Start("true");
        ended.WaitForExit();
        File.WriteAllText(Path.Join(record.Directory, ContainerRecord.CreatorFile), $"{ended.Id} 1");
        Assert.False(record.IsBeingCreated);
        using Process process = Process.Start("sh",
            ["-c", "sleep 60 & wait", "create", "--bundle", record.Directory, "orphan"]);
        Assert.True(record.IsBeingCreated);
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        Assert.False(record.IsBeingCreated);
        record.Remove();
    }

    [Fact]
    public void A_recycled_process_id_is_another_process()
    {
        ProcessStamp stamp = ProcessStamp.Of(Environment.ProcessId)!.Value;
        Assert.True(stamp.IsAlive);
        Assert.False((stamp with { Started = stamp.Started + 1 }).IsAlive);
        Assert.Equal(stamp, ProcessStamp.Parse(stamp.ToString()));
        Assert.Null(ProcessStamp.Parse("1"));
        Assert.Null(ProcessStamp.Parse("a b"));
        Assert.Null(ProcessStamp.Of(int.MaxValue));
    }

    public void Dispose()
    {
        _bundle.Dispose();
        if (Directory.Exists(ContainerRecord.Parent(_bundle.Path)))
            Directory.Delete(ContainerRecord.Parent(_bundle.Path));
    }

    private ContainerRecord Create(string id)
    {
        using BundleConfig config = BundleConfig.Read(_bundle.Path);
        return ContainerRecord.Create(_bundle.Path, id, config, GuestEntry.Find(config)!,
            new GuestExecutable("/bin/true", []));
    }
}
