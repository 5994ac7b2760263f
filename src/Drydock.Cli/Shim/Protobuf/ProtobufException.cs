namespace Drydock.Cli.Shim.Protobuf;

/// <summary>Bytes that are not the message they should be.</summary>
internal sealed class ProtobufException(string message) : Exception(message);
