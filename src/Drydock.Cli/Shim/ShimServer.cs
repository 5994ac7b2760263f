using Drydock.Cli.Shim.Ttrpc;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Shim;

/// <summary>The shim itself: serves the Task service until it is told to go, or nobody ever came.</summary>
internal static class ShimServer
{
    private static readonly TimeSpan FirstContainer = TimeSpan.FromMinutes(1), LastEvents = TimeSpan.FromSeconds(3);

    public static int Run(ShimOptions options)
    {
        if (options.Socket.Length == 0)
            throw new UserError($"{ShimProgram.Name} is started by containerd, not by hand; see -h");
        KeeperProcess.Prepare();
        var loop = new EventLoop();
        var publisher = new EventPublisher(loop, EventsAddress(), options.Namespace);
        var keeper = new TaskKeeper(loop, options.Namespace, new TaskEvents(publisher))
        {
            ModuleWords = request =>
                [ShimProgram.Name, "-namespace", options.Namespace, "-address", options.Address, "-id", request.Id,
                    "-bundle", request.Bundle, ImageModule.Action],
        };
        var service = new TaskService(keeper, ShutDown);
        _ = new Listener(loop, KeeperProcess.Socket, service.Call);
        loop.After(FirstContainer, () =>
        {
            if (keeper.IsEmpty) ShutDown();
        });
        loop.Run();
        File.Delete(options.Socket);
        return ExitCode.Success;

        void ShutDown()
        {
            publisher.WhenEmpty(loop.Stop);
            loop.After(LastEvents, loop.Stop);
        }
    }

    private static string EventsAddress()
    {
        const string Scheme = "unix://";
        string address = Environment.GetEnvironmentVariable("TTRPC_ADDRESS") ?? "";
        return address.StartsWith(Scheme, StringComparison.Ordinal) ? address[Scheme.Length..] : address;
    }
}
