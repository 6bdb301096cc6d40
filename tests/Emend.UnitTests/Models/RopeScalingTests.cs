using Emend.Models;
using Xunit;

namespace Emend.UnitTests.Models;

public class RopeScalingTests
{
    private static readonly ModelConfig Llama31 = ModelConfig.Llama(vocabularySize: 16, hiddenSize: 128, intermediateSize: 16, layers: 1, heads: 1, keyValueHeads: 1, contextLength: 2000) with { RopeTheta = 500000, RopeScaling = new RopeScaling(8, 1, 4, 8192) };

    // Worked out apart from this code, from the definition in transformers' modeling_rope_utils.py: pair 28 (wavelength 1956) is fast, 35 (8219) is slow, those between are blended.
    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(28, 0.003211445994752591)]
    [InlineData(29, 0.002166570763503359)]
    [InlineData(30, 0.0013718935677611381)]
    [InlineData(31, 0.0008567514129196321)]
    [InlineData(33, 0.00031269375038406517)]
    [InlineData(34, 0.0001785078127679964)]
    [InlineData(35, 9.556212353964683e-05)]
    [InlineData(63, 3.068925988914511e-07)]
    public void FastPairsAreKeptSlowOnesSlowedAndThoseBetweenBlended(int pair, double expected) =>
        Assert.Equal(1, Llama31.RopeScaling!.Of(Math.Pow(Llama31.RopeTheta, -2.0 * pair / 128)) / expected, Near.Float64);

    [Theory]
    [InlineData(0, 0.5623790762907029, 0.8268795405320025)]
    [InlineData(29, -0.5611499349490203, 0.8277141719861454)]
    [InlineData(30, 0.1975938422192489, 0.9802839759564749)]
    [InlineData(33, 0.9515083638577134, 0.30762287546412614)]
    [InlineData(35, 0.9954374140316272, 0.09541674248278899)]
    [InlineData(63, 0.9999999529084668, 0.0003068925940741034)]
    public void TheTableTurnsByTheScaledFrequencies(int pair, double cosine, double sine)
    {
        var table = new RotaryTable(Llama31);
        table.Reach(1001);

        Assert.Equal(cosine, table.Cosines[1000 * 64 + pair], Near.Float32);
        Assert.Equal(sine, table.Sines[1000 * 64 + pair], Near.Float32);
    }
}
