using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Emend.Evaluation;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class ReportPageTests
{
    // What a model, an annotator or the author of a recipe could write into any text of a study.
    private static readonly string[] Hostile =
    [
        "<script>alert(1)</script>",
        "</title></style><img src=x onerror=alert(1)>",
        "\"onmouseover=\"alert(1)\" x=\"",
        "' onfocus='alert(1)' autofocus='",
        "<!-- <svg/onload=alert(1)> ]]>",
        "&lt;script&gt;",
        "\u202Egnp.exe\u2066\u200F",
        "a\u0000\u0008\u001b[31m\ud800",
        "http://example.org/ javascript:alert(1)",
    ];

    public static TheoryData<string> HostileTexts => [.. Hostile];

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void NoTextOfAStudyBecomesMarkup(string text)
    {
        XDocument plain = Parse(ReportPage.Render("x", [StudySummary.Of(WithTexts("x"))]));
        XDocument hostile = Parse(ReportPage.Render(text, [StudySummary.Of(WithTexts(text))]));

        // The same elements with the same attributes in the same order: the text stayed text.
        Assert.Equal(Shape(plain), Shape(hostile));
    }

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void NoTextOfAPictureBecomesMarkup(string text)
    {
        XDocument picture = XDocument.Parse(TokenStrip.Render(text, Sample(text)));

        Assert.All(picture.Descendants(), element => Assert.Contains(element.Name.LocalName, new[] { "svg", "title", "style", "rect", "text", "g" }));
        Assert.All(picture.Descendants().Attributes(), attribute => Assert.False(attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)));
    }

    [Fact]
    public void DirectionOverridesAndControlCharactersAreShownAndNotObeyed()
    {
        string page = ReportPage.Render("t", [StudySummary.Of(WithTexts("a\u202Eb\u0007c"))]);

        Assert.Contains("a⟨U+202E⟩b⟨U+0007⟩c", page);
        Assert.DoesNotContain(page, character => char.IsControl(character) && character is not '\n');
        Assert.DoesNotContain('\u202E', page);
    }

    [Fact]
    public void ThePageRunsNoScriptAndAsksForNothing()
    {
        string page = ReportPage.Render("t", [StudySummary.Of(WithTexts("x"))]);

        Assert.DoesNotContain("<script", page);
        Assert.DoesNotMatch("(src|href)=\"(?!#)", page);
        Assert.DoesNotContain("url(", page);
        Assert.DoesNotContain("@import", page);
        Assert.DoesNotMatch(" style=\"", page); // the policy would refuse it
        Assert.Contains("default-src 'none'; style-src 'sha256-", page);
    }

    [Fact]
    public void ThePolicyAllowsExactlyThePagesOwnStyle()
    {
        string page = ReportPage.Render("t", [StudySummary.Of(WithTexts("x"))]);

        string style = Regex.Match(page, "<style>(.*?)</style>", RegexOptions.Singleline).Groups[1].Value;
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Contains($"style-src 'sha256-{hash}'", page);
        Assert.Contains("prefers-color-scheme: dark", style);
    }

    [Fact]
    public void TheSameResultGivesTheSamePageAlsoFromItsFile()
    {
        StudyResult result = StudySummary.Of(WithTexts("x"));
        string path = Path.Combine(Directory.CreateTempSubdirectory("emend-").FullName, "result.json");
        result.Save(path);

        Assert.Equal(ReportPage.Render("t", [result]), ReportPage.Render("t", [StudyResult.Load(path)]));
    }

    [Fact]
    public void ThePageShowsTheFiguresOfTheStudy()
    {
        string page = ReportPage.Render("t", [StudySummary.Of(WithTexts("x"))]);

        Assert.Contains("C over A", page);
        Assert.Contains("2 seeds only", page);
        Assert.Contains("Win rate against KL", page);
        Assert.Equal(5, Regex.Count(page, "<figure")); // win rate twice, KL, length, reward
    }

    [Fact]
    public void AStudyWithoutCurvesOrSamplesStillHasAPage()
    {
        StudyMeasures measures = StudyExample.Measures();
        ArmMeasures[] arms = [.. measures.Arms.Select(arm => arm with { Seeds = [.. arm.Seeds.Select(seed => seed with { Curve = [] })] })];

        string page = ReportPage.Render("t", [StudySummary.Of(measures with { Arms = arms })]);

        Assert.Contains("Win rates", page);
        Assert.DoesNotContain("Learning curves", page);
        Assert.DoesNotContain("NaN", page);
    }

    [Fact]
    public void TheTextOfAResponseIsAllThereInItsOrder()
    {
        const string Text = "The lamp takes 40 watts 😀.";
        var response = new SampleResponse("C", Text, [new(0, 3, 0.1), new(3, 8, -3), new(24, 26, 1), new(24, 26, 2), new(26, 27, 0), new(27, 27, 5)],
            [new SampleEdit(15, 17, "25")]);
        XDocument page = Parse(ReportPage.Render("t", [StudySummary.Of(StudyExample.Measures() with { Samples = [new SamplePrompt("p", [response])] })]));

        XElement shown = page.Descendants().Single(element => (string?)element.Attribute("class") == "tokens");
        Assert.Equal("The lamp takes 4025 watts 😀.", shown.Value);
        Assert.Equal(Text, string.Concat(shown.DescendantNodes().OfType<XText>().Where(text => text.Parent!.Name.LocalName != "ins").Select(text => text.Value)));
        Assert.Equal("40", string.Concat(shown.Elements("del").Select(element => element.Value)));
        Assert.Contains(shown.Elements("span"), element => (string?)element.Attribute("title") == "+1.50" && element.Value == "😀"); // mean of its two tokens
        Assert.Contains(shown.Elements("span"), element => (string?)element.Attribute("class") == "w4" && element.Value == " lamp");
    }

    [Fact]
    public void ATokenOutsideItsResponseIsRefused() =>
        Assert.Throws<ArgumentException>(() => TokenStrip.Render("t", new SampleResponse("C", "ab", [new ScoredToken(0, 3, 1)])));

    [Fact]
    public void NumbersDoNotFollowTheReadersCulture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        StudyResult result = StudySummary.Of(WithTexts("x"));
        string expected = ReportPage.Render("t", [result]) + TokenStrip.Render("t", Sample("x"));
        try
        {
            var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            commas.NumberFormat.NumberDecimalSeparator = ",";
            commas.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = commas;
            Assert.Equal(expected, ReportPage.Render("t", [result]) + TokenStrip.Render("t", Sample("x")));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static StudyMeasures WithTexts(string text) => StudyExample.Measures() with
    {
        Arms = [.. StudyExample.Measures().Arms.Append(StudyExample.Measures().Arms[1] with { Name = text, Description = text })],
        Name = text,
        About = text,
        Judge = text,
        Reference = text,
        Comparisons = [new ArmPair("C", "A", text)],
        Recommended = "C",
        Samples = [new SamplePrompt(text, [Sample(text), new SampleResponse(text, text, [], [], text)])],
        Settings = [new Setting(text, text)],
        Timings = [new StageSeconds(text, 1)],
    };

    private static SampleResponse Sample(string text) => new("C", text, [new ScoredToken(0, text.Length, -1)], [new SampleEdit(0, text.Length, text)], text);

    // The page is written as well-formed XML but for its void elements, which browsers close by themselves.
    private static XDocument Parse(string page) =>
        XDocument.Parse(Regex.Replace(page.Replace("<!doctype html>\n", "", StringComparison.Ordinal), "<meta ([^>]*)>", "<meta $1/>"), LoadOptions.PreserveWhitespace);

    private static IEnumerable<string> Shape(XDocument page) =>
        page.Descendants().Select(element => $"{element.Name.LocalName} {string.Join(' ', element.Attributes().Select(attribute => attribute.Name.LocalName))}");
}
