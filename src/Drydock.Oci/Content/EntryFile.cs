namespace Drydock.Oci;

/// <summary>The WebAssembly module an image starts.</summary>
/// <param name="HostPath">The file on this machine.</param>
/// <param name="GuestPath">Its path in the image; for a module that is a layer itself, the name it was asked
/// by.</param>
/// <param name="Function">The exported function to call, <c>_start</c> unless the command says
/// <c>path#function</c>.</param>
/// <param name="Digest">Digest of its bytes where that is known without reading them, else empty.</param>
public sealed record EntryFile(string HostPath, string GuestPath, string Function, Digest Digest);
