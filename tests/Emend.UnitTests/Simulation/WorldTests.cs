using System.Security.Cryptography;
using System.Text;
using Emend.Simulation;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Simulation;

public class WorldTests
{
    [Theory]
    [InlineData(Regime.Short, "b27be75b075d08e5")]
    [InlineData(Regime.Long, "eb9a98301932121d")]
    public void TheSameSeedGivesTheSameBytesInEveryProcess(Regime regime, string sha256)
    {
        World world = World.Create(WorldOptions.For(regime), seed: 1);
        Random random = world.RandomFor("demonstrations");
        Annotator annotator = new(AnnotatorNoise.For(regime), regime, world.RandomFor("annotator"));
        StringBuilder all = new();
        foreach (WorldPrompt prompt in world.Prompts(Split.Train, 200, seed: 1))
        {
            string response = world.Demonstration(prompt, random).Text, other = world.Demonstration(prompt, random).Text;
            all.Append(prompt.Text).Append(response).Append(annotator.Edit(prompt, response).Edited)
                .Append(annotator.Rank(prompt, [response, other])[0]);
        }
        foreach (string document in world.PretrainingText(random, 100))
            all.Append(document);

        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(all.ToString())))[..16]);
    }

    [Fact]
    public void TheFirstConversationOfSeedOneIsKnown()
    {
        World world = World.Create(WorldOptions.For(Regime.Short), seed: 1);
        WorldPrompt prompt = world.Prompts(Split.Test, 1, seed: 1)[0];

        Assert.Equal("Customer: Hello. Tell me the origin of the toaster. I need to know it today.\nAssistant:\n"
            + "That is a good question. The toaster is sent from Leeds.", prompt.Text + world.Demonstration(prompt, world.RandomFor("demonstrations")).Text);
    }

    [Theory]
    [InlineData(Regime.Short)]
    [InlineData(Regime.Long)]
    public void NoTwoSplitsShareASetOfFactsWhateverTheSeed(Regime regime)
    {
        World world = World.Create(WorldOptions.For(regime), seed: 1);
        HashSet<string> Sets(Split split, int seed) => [.. world.Prompts(split, 400, seed)
            .Select(prompt => string.Join(',', prompt.Asked.Select(fact => fact.ToString()).Order(StringComparer.Ordinal)))];
        HashSet<string> train = Sets(Split.Train, 1), validation = Sets(Split.Validation, 2), test = Sets(Split.Test, 3);

        Assert.False(train.Overlaps(validation) || train.Overlaps(test) || validation.Overlaps(test));
    }

    [Fact]
    public void TestPromptsAreDistinctAndPretrainingHoldsNoneOfThem()
    {
        World world = World.Create(WorldOptions.For(Regime.Short), seed: 1);
        string[] test = [.. world.Prompts(Split.Test, 1000, seed: 5).Select(prompt => prompt.Text)];
        string[] documents = [.. world.PretrainingText(new Random(1), 2000)];

        Assert.Equal(1000, test.Distinct().Count());
        Assert.DoesNotContain(documents, document => test.Any(prompt => document.StartsWith(prompt, StringComparison.Ordinal)));
    }

    [Fact]
    public void ASplitThatIsTooSmallIsRefusedByName()
    {
        World world = World.Create(new WorldOptions { FactCounts = [1] }, seed: 1);

        InvalidInputException error = Assert.Throws<InvalidInputException>(() => world.Prompts(Split.Validation, 100_000, 1));
        Assert.Contains("Validation", error.Message);
    }

    [Fact]
    public void OptionsThatBreakRulesAreRefusedAllAtOnce()
    {
        WorldOptions options = new() { WrongValue = 1.5, Rude = double.NaN, FactCounts = [0.5, 0.4], MinFacts = 0 };

        string message = Assert.Throws<InvalidInputException>(() => World.Create(options, 1)).Message;
        Assert.All((string[])["wrongValue: 1.5", "rude: NaN", "factCounts", "minFacts"], part => Assert.Contains(part, message));
    }

    [Fact]
    public void AShortPromptAsksForOneToThreeFactsAndALongOneForFiveToEight()
    {
        Assert.Equal([1, 2, 3], CountsOf(Regime.Short));
        Assert.Equal([5, 6, 7, 8], CountsOf(Regime.Long));

        static IEnumerable<int> CountsOf(Regime regime) => World.Create(WorldOptions.For(regime), 1)
            .Prompts(Split.Train, 500, 1).Select(prompt => prompt.Asked.Distinct().Count()).Distinct().Order();
    }

    [Fact]
    public void TheTrueValueIsTheMostFrequentOneInPretrainingForEveryFact()
    {
        World world = World.Create(WorldOptions.For(Regime.Short), seed: 1);
        ILookup<Fact, string> claims = world.PretrainingText(new Random(1), 4000)
            .Select(document => document[(document.LastIndexOf('\n') + 1)..])
            .SelectMany(document => ResponseParser.Parse(document))
            .Where(sentence => sentence.Claim is not null)
            .ToLookup(sentence => sentence.Claim!.Value.Fact, sentence => sentence.Claim!.Value.Value);

        Assert.Equal(48, claims.Count);
        Assert.All(claims, fact => Assert.Equal(KnowledgeBase.ValueOf(fact.Key),
            fact.GroupBy(value => value).MaxBy(group => group.Count())!.Key));
    }

    [Fact]
    public void TheVocabularyIsSmallAndCoversWhatIsWritten()
    {
        World world = World.Create(WorldOptions.For(Regime.Long), seed: 1);
        HashSet<string> known = [.. World.Vocabulary().Select(word => word.TrimEnd(':'))];

        Assert.InRange(known.Count, 100, 200);
        Assert.All(world.PretrainingText(new Random(1), 500)
            .SelectMany(text => text.Split([' ', '\n', ',', '.', '?', ':'], StringSplitOptions.RemoveEmptyEntries)).Distinct(),
            word => Assert.Contains(word, known));
    }

    // The bounds are science.md's rates for short responses, give or take four standard errors of 3,000 responses.
    [Theory]
    [InlineData(FaultKind.WrongValue, 0.75)]
    [InlineData(FaultKind.Rude, 0.5)]
    [InlineData(FaultKind.Padding, 0.44)]
    [InlineData(FaultKind.Duplicate, 0.2)]
    [InlineData(FaultKind.MissingHelp, 0.35)]
    public void ShortResponsesHaveTheFaultRatesThatAreDocumented(FaultKind kind, double share)
    {
        WorldStatistics statistics = StatisticsOf(Regime.Short, 3000);

        Assert.InRange(statistics.ShareWith[kind], share - 0.04, share + 0.04);
    }

    [Fact]
    public void ResponsesHaveTheLengthsOfTheirRegime()
    {
        Assert.InRange(StatisticsOf(Regime.Short, 1000).MeanWords, 20, 25);   // words; a token more for each . and ,
        Assert.InRange(StatisticsOf(Regime.Long, 1000).MeanWords, 70, 80);
    }

    [Fact]
    public void StatisticsNeedAPromptForEachResponse() =>
        Assert.Throws<ArgumentException>(() => WorldStatistics.Of([], ["a"]));

    private static WorldStatistics StatisticsOf(Regime regime, int count)
    {
        World world = World.Create(WorldOptions.For(regime), seed: 1);
        Random random = world.RandomFor("demonstrations");
        var prompts = world.Prompts(Split.Train, count, seed: 1);
        return WorldStatistics.Of(prompts, [.. prompts.Select(prompt => world.Demonstration(prompt, random).Text)]);
    }
}
