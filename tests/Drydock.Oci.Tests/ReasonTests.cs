using System.Net.Sockets;
using System.Text.Json;
using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests;

/// <summary>The published executable has keys where the framework has texts: none of them reaches a user.</summary>
public sealed class ReasonTests
{
    public static TheoryData<Exception, string> Failures => new()
    {
        { new InvalidDataException("GenericInvalidData"), "its compressed content is damaged" },
        { new InvalidDataException("the header at 5 is damaged"), "the header at 5 is damaged" },
        { new EndOfStreamException("IO_EOF_ReadBeyondEOF"), "it ends too early" },
        { new IOException("IO_FileExists_Name, /x/y z"), "reading or writing failed" },
        { new IOException("No space left on device : '/x'"), "No space left on device : '/x'" },
        { new FileNotFoundException("IO_FileNotFound_FileName, /x", "/x"), "there is no file /x" },
        { new DirectoryNotFoundException("IO_PathNotFound_Path, /x"), "there is no such directory" },
        { new UnauthorizedAccessException("UnauthorizedAccess_IODenied_Path, /x"), "permission denied" },
        { new UnauthorizedAccessException("key, /x", new IOException("key", 21)), "is a directory" },
        { new IOException("IO_DiskFull_Path_AllocationSize, /x", 28), "no space left on device" },
        { new KeyNotFoundException("Arg_KeyNotFound"),
            "something is missing in it, or is of another kind than it must be" },
        { new FormatException("Format_BadBase64Char"), "it is malformed" },
        { new JsonException("ExpectedJsonTokens", null, 2, 5), "it is not JSON at line 3, byte 6" },
        { new JsonException("DeserializeUnableToConvertValue, x", "$.config", 0, 5),
            "what stands at $.config does not belong there" },
        { new JsonException("a string is expected"), "a string is expected" },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void A_failure_is_said_in_words(Exception failure, string words) => Assert.Equal(words, Reason.Of(failure));

    public static TheoryData<Exception, string> Uncaught => new()
    {
        { new UnauthorizedAccessException("UnauthorizedAccess_IODenied_Path, /x"), "permission denied: /x" },
        { new IOException("IO_DiskFull_Path_AllocationSize, /x", 28), "no space left on device: /x" },
        { new FileNotFoundException("IO_FileNotFound_FileName, /x", "/x"), "there is no file /x" },
        { new EndOfStreamException("IO_EOF_ReadBeyondEOF"), "it ends too early" },
        { new InsufficientMemoryException("Arg_OutOfMemoryException"), "there is not enough memory" },
        { new ArgumentException("Argument_EmptyString Arg_ParamName_Name, path", "path"),
            "the name of a file is empty, or has a zero byte" },
        { new InvalidDataException("the header is damaged.\nSee there"), "the header is damaged.\nSee there" },
        { new ImageException(ImageError.Build, "DRYDOCK_OPT, of all"), "DRYDOCK_OPT, of all" },
    };

    [Theory]
    [MemberData(nameof(Uncaught), DisableDiscoveryEnumeration = true)]
    public void What_nothing_has_caught_is_said_with_its_path(Exception failure, string words) =>
        Assert.Equal(words, Reason.OfUncaught(failure));

    [Fact]
    public void Every_failure_of_a_request_is_said_in_words()
    {
        foreach (var error in Enum.GetValues<HttpRequestError>())
        {
            var words = NetworkFailure.Describe(new HttpRequestException(error, "net_http_key"));
            Assert.DoesNotContain("net_", words);
            Assert.Contains(' ', words);
        }
        foreach (var error in Enum.GetValues<SocketError>())
            Assert.DoesNotContain("net_",
                NetworkFailure.Describe(new HttpRequestException("net_key", new SocketException((int)error))));
    }
}
