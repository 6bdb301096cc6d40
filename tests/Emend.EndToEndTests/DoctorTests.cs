using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

public class DoctorTests
{
    [Fact]
    public void SaysWhatEachPartOfTheMachineIs()
    {
        string report = Finished.Emend(["doctor"]).Succeeded().Out;

        Assert.All(["libtorch", "threads", "waiting policy", "BLAS core type", "allocator", "AVX-512", "AMX", "GPU"], part => Assert.Contains(part, report));
    }

    [Fact]
    public void PrintsOneObjectForMachines()
    {
        string[] lines = Finished.Emend(["doctor", "--json"]).Succeeded().Lines;

        JsonElement report = JsonElement.Parse(Assert.Single(lines));
        Assert.True(report.GetProperty("threads").GetInt32() >= 1);
        Assert.NotEqual("", report.GetProperty("libtorch").GetProperty("version").GetString());
    }

    [Fact]
    public void WithoutTheNativeLibraryItStillReportsAndSaysWhatToDo()
    {
        Finished finished = Finished.Emend(["doctor"], environment: ("EMEND_NATIVE", "/nowhere.so"));

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("not loaded", finished.Out);
        Assert.Contains("the engine is missing", finished.Out);
        Assert.Equal("", finished.Error);
    }
}
