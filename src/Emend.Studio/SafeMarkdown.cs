using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Emend.Studio;

/// <summary>
/// Markdown as HTML that cannot do anything: plain CommonMark with tables, no HTML, no attributes, no pictures (one from elsewhere would
/// tell its server who reads), links to http, https and mailto only. Markdig lets javascript: through even with HTML off.
/// </summary>
internal static class SafeMarkdown
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().Build();

    public static string ToHtml(string markdown)
    {
        MarkdownDocument document = Markdown.Parse(markdown, Pipeline);
        foreach (LinkInline link in document.Descendants<LinkInline>().ToList())
        {
            string address = link.GetDynamicUrl?.Invoke() ?? link.Url ?? "";
            if (link.IsImage || !IsSafe(address))
                link.ReplaceBy(new ContainerInline());      // which keeps the text in it
        }
        foreach (AutolinkInline link in document.Descendants<AutolinkInline>().ToList())
        {
            if (!link.IsEmail && !IsSafe(link.Url))
                link.ReplaceBy(new LiteralInline(link.Url));
        }
        foreach (Inline link in document.Descendants<Inline>().Where(inline => inline is LinkInline or AutolinkInline))
            link.GetAttributes().AddPropertyIfNotExist("rel", "noopener nofollow");
        return document.ToHtml(Pipeline);
    }

    private static bool IsSafe(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeMailto);
}
