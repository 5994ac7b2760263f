using Drydock.Containers.Tasks;

namespace Drydock.Containers.Tests.Tasks;

/// <summary>The loop's promise that nothing on it needs a lock.</summary>
public sealed class EventLoopTests
{
    private const int Waiters = 5;

    [Fact]
    public void All_who_await_the_same_go_on_on_the_loop()
    {
        var loop = new EventLoop();
        var done = new TaskCompletionSource();
        var threads = new List<int>();
        loop.After(TimeSpan.Zero, () =>
        {
            for (int i = 0; i < Waiters; i++) _ = Follow();
            done.SetResult();
        });
        loop.After(TimeSpan.FromSeconds(10), loop.Stop);
        loop.Run();
        Assert.Equal(Enumerable.Repeat(Environment.CurrentManagedThreadId, Waiters), threads);

        async Task Follow()
        {
            await done.Task;
            lock (threads) threads.Add(Environment.CurrentManagedThreadId);
            if (threads.Count == Waiters) loop.Stop();
        }
    }

    [Fact]
    public void Running_leaves_the_caller_with_what_it_had()
    {
        var loop = new EventLoop();
        SynchronizationContext? before = SynchronizationContext.Current;
        loop.After(TimeSpan.Zero, loop.Stop);
        loop.Run();
        Assert.Same(before, SynchronizationContext.Current);
    }
}
