using Emend.Feedback;

namespace Emend.Store;

/// <summary>Addresses that people give the studio to call: http or https, no name or password in them. Where they lead is judged when they are called.</summary>
internal static class WebAddress
{
    private const int Longest = 2000;

    /// <exception cref="RefusedException">It is no such address.</exception>
    public static void Check(string field, string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp) || uri.UserInfo != "" || uri.Host == "" || url.Length > Longest)
            throw RefusedException.Invalid(new FieldProblem(field, "an address with http or https, and without a name or password in it, is expected"));
    }
}
