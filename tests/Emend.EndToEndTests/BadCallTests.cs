using Xunit;

namespace Emend.EndToEndTests;

/// <summary>Calls that are wrong before any work begins.</summary>
public class BadCallTests
{
    [Fact]
    public void AnUnknownCommandIsNamed() => Finished.Emend(["docto"]).WasRefused("\"docto\"", "emend --help");

    [Fact]
    public void AnUnknownOptionIsNamedTogetherWithItsCommand() =>
        Finished.Emend(["doctor", "--colour"]).WasRefused("\"--colour\"", "emend doctor --help");

    [Fact]
    public void WithoutACommandTheHelpIsNamed() => Finished.Emend([]).WasRefused("emend --help");

    [Fact]
    public void HelpListsTheCommandsAndTheLaunchersTest()
    {
        string help = Finished.Emend(["--help"]).Succeeded().Out;

        Assert.Contains("doctor", help);
        Assert.Contains("emend test", help);
    }
}
