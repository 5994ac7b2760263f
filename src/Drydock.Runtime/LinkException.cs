namespace Drydock.Runtime;

/// <summary>
/// A module cannot be instantiated with what it was offered (spec: 4.5.4, instantiation). The message begins with
/// "unknown import" or "incompatible import type", or says which limit of the store is exceeded.
/// </summary>
public sealed class LinkException(string message) : Exception(message);
