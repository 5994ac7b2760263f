namespace Drydock.Runtime.Snapshots;

/// <summary>A module cannot be initialised beforehand; the message says why.</summary>
public sealed class SnapshotException(string message) : Exception(message);
