using System.Net;
using System.Net.Sockets;

namespace Emend.Judging;

/// <summary>Which addresses belong to the public internet.</summary>
public static class PublicAddress
{
    /// <summary>Whether an address is one of the public internet: not this machine, a private or local network, metadata, multicast, or reserved.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        byte[] bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return bytes switch
            {
                [0 or 10 or 127, ..] => false,
                [100, >= 64 and < 128, ..] => false,         // carrier-grade NAT
                [169, 254, ..] => false,                      // link-local, cloud metadata
                [172, >= 16 and < 32, ..] => false,
                [192, 0, 0 or 2, _] or [192, 88, 99, _] or [192, 168, ..] => false,
                [198, 18 or 19, ..] or [198, 51, 100, _] or [203, 0, 113, _] => false,
                [>= 224, ..] => false,
                _ => true,
            };
        }
        // Global unicast is 2000::/3; out of it go tunnels and translations that lead back to IPv4, and documentation.
        bool unicast = (bytes[0] & 0xE0) == 0x20;
        bool tunnel = bytes is [0x20, 0x02, ..] or [0x20, 0x01, 0x00, ..] or [0x20, 0x01, 0x0D, 0xB8, ..];
        return unicast && !tunnel && address.ScopeId == 0;
    }

    /// <summary>The address that a host name is, or null where it is a name that has to be looked up. "localhost" is 127.0.0.1.</summary>
    internal static IPAddress? Literal(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        ? IPAddress.Loopback
        : IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) ? address : null;

    internal static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
