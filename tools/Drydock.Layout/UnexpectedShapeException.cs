namespace Drydock.Layout;

/// <summary>A file is not what this program knows how to change; it is left as it is.</summary>
internal sealed class UnexpectedShapeException(string message) : Exception(message);
