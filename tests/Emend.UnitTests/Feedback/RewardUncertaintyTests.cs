using Emend.Feedback;
using Xunit;

namespace Emend.UnitTests.Feedback;

public class RewardUncertaintyTests
{
    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(1.0986122886681098, 0.8112781244591328)]      // ln 3: three to one; H(3/4) by hand
    [InlineData(-1.0986122886681098, 0.8112781244591328)]
    [InlineData(1000.0, 0.0)]
    [InlineData(-1000.0, 0.0)]
    public void ItIsTheEntropyOfTheChoiceBetweenTheTwoBest(double difference, double bits)
    {
        Assert.Equal(bits, RewardUncertainty.Of([(difference, 0), (0, 0)]), Near.Float64);
        Assert.Equal(bits, RewardUncertainty.Of([(-2000, 0), (difference + 5, 0), (5, 0)]), Near.Float64);
        Assert.Equal(bits, RewardUncertainty.Of([(7, difference)]), Near.Float64);
    }
}
