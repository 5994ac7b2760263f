namespace Drydock.Containers.Tasks;

/// <summary>Lets one call after the other change a container, in the order they came.</summary>
internal sealed class Turn
{
    private readonly Queue<object> _waiting = [];
    private bool _isTaken;

    /// <summary>Completes when it is the caller's turn, who ends it with <see cref="Leave"/>.</summary>
    public Task Enter()
    {
        if (!_isTaken)
        {
            _isTaken = true;
            return Task.CompletedTask;
        }
        var turn = new TaskCompletionSource();
        _waiting.Enqueue(turn);
        return turn.Task;
    }

    public void Leave()
    {
        if (_waiting.TryDequeue(out object? next)) ((TaskCompletionSource)next).SetResult();
        else _isTaken = false;
    }
}
