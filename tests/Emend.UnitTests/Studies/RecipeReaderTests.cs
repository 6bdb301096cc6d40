using System.Collections.Immutable;
using Emend.Studies;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Studies;

public enum Fruit { Apple, RedCurrant }

public sealed record Basket
{
    public string About { get; init; } = "";
    public required string Owner { get; init; }
    public int Count { get; init; } = 3;
    public long Big { get; init; }
    public double Weight { get; init; } = 0.5;
    public double? Price { get; init; }
    public string? Note { get; init; }
    public bool Sold { get; init; }
    public Fruit Fruit { get; init; }
    public ImmutableArray<int> Sizes { get; init; } = [];
    public IReadOnlyList<Layer> Layers { get; init; } = [];
    public Layer Top { get; init; } = new();
    public Layer Bottom { get; init; } = Layer.Deep;

    public IEnumerable<string> Problems()
    {
        if (Count < 0)
            yield return $"count: {Count} is below 0";
        if (Sold && Price is null)
            yield return "a basket that is sold has a price";
    }
}

public sealed record Layer
{
    public static readonly Layer Deep = new() { Depth = 9 };

    public double Depth { get; init; } = 1;
    public Fruit Fruit { get; init; }

    public IEnumerable<string> Problems()
    {
        if (Depth <= 0)
            yield return $"depth: {Depth} is not above 0";
    }
}

public class RecipeReaderTests
{
    [Fact]
    public void EveryKindOfValueIsBound()
    {
        Basket basket = Read("""
            about: "a basket: full"
            owner: Ann Lee   # a comment
            count: -0
            big: 9000000000
            weight: 1e-5
            price: 2.5
            note: null
            sold: true
            fruit: redCurrant
            sizes: [1, 2, 3]
            layers:
              - depth: 2
              - {fruit: redCurrant}
            top:
              depth: 3
            """);

        Assert.Equal(("a basket: full", "Ann Lee", 0, 9_000_000_000, 1e-5, 2.5, null, true, Fruit.RedCurrant),
            (basket.About, basket.Owner, basket.Count, basket.Big, basket.Weight, basket.Price, basket.Note, basket.Sold, basket.Fruit));
        Assert.Equal([1, 2, 3], basket.Sizes);
        Assert.Equal([new Layer { Depth = 2 }, new Layer { Fruit = Fruit.RedCurrant }], basket.Layers);
        Assert.Equal(new Layer { Depth = 3 }, basket.Top);
    }

    [Fact]
    public void WhatTheFileDoesNotSayHasItsDefault()
    {
        Basket basket = Read("owner: Ann");

        Assert.Equal((3, 0.5, null, new Layer()), (basket.Count, basket.Weight, basket.Price, basket.Top));
    }

    [Fact]
    public void AKeyInsideLeavesTheOthersThereAsTheOuterRecordHasThem()
    {
        Layer bottom = Read("owner: Ann\nbottom: {fruit: redCurrant}").Bottom;

        Assert.Equal(new Layer { Depth = 9, Fruit = Fruit.RedCurrant }, bottom);
        Assert.Equal(new Layer { Depth = 9 }, Layer.Deep);
    }

    [Fact]
    public void JsonIsARecipeToo()
    {
        Basket basket = Read("""{"owner": "Ann", "sizes": [4], "top": {"depth": 0.25}}""");

        Assert.Equal(("Ann", 4, 0.25), (basket.Owner, basket.Sizes[0], basket.Top.Depth));
    }

    [Fact]
    public void AMisspelledKeyIsRefusedByName() =>
        AssertProblem("owner: Ann\ntop:\n  depht: 2\n", "basket.yaml:3: top.depht: this key is not known (did you mean \"depth\"?)");

    [Fact]
    public void AKeyThatIsLikeNothingIsToldWhatThereIs() =>
        AssertProblem("owner: Ann\ntop: {shape: 2}\n", "basket.yaml:2: top.shape: this key is not known; known here: depth, fruit");

    [Fact]
    public void AMissingKeyIsNamed() => AssertProblem("count: 1", "basket.yaml:1: owner: this key is missing; a text is expected");

    [Fact]
    public void ARepeatedKeyIsRefused() =>
        AssertProblem("owner: Ann\ncount: 1\ncount: 2\n", "basket.yaml:3: count: this key stands a second time, after line 2; one of the two is expected");

    [Theory]
    [InlineData("count: many", "count: many stands where a whole number from -2147483648 to 2147483647 is expected")]
    [InlineData("count: 1.5", "count: 1.5 stands where a whole number")]
    [InlineData("count: \"1\"", "count: the text \"1\" stands where a whole number")]
    [InlineData("count: 3000000000", "count: 3000000000 stands where a whole number from -2147483648")]
    [InlineData("count:", "count: nothing stands where a whole number")]
    [InlineData("weight: .nan", "weight: .nan stands where a number is expected")]
    [InlineData("weight: 1e999", "weight: 1e999 stands where a number is expected")]
    [InlineData("sold: yes", "sold: yes stands where true or false is expected")]
    [InlineData("sizes: 3", "sizes: 3 stands where a list, each item a whole number")]
    [InlineData("sizes: [1, two]", "sizes[1]: two stands where a whole number")]
    [InlineData("layers: [{depth: x}]", "layers[0].depth: x stands where a number is expected")]
    [InlineData("top: 3", "top: 3 stands where a mapping with the keys depth, fruit is expected")]
    [InlineData("fruit: aple", "fruit: aple is not one of apple, redCurrant (did you mean \"apple\"?)")]
    [InlineData("fruit: RedCurrant", "fruit: RedCurrant is not one of apple, redCurrant (did you mean \"redCurrant\"?)")]
    [InlineData("fruit: 1", "fruit: 1 is not one of apple, redCurrant")]
    [InlineData("note: !!str x", "note: \"tag:yaml.org,2002:str\" is a tag")]
    [InlineData("note: &a x", "note: &a is an anchor")]
    [InlineData("note: *a", "note: *a is an alias")]
    [InlineData("? [a]\n: 1", "a list of 1 stands where a key is expected")]
    [InlineData("count: -1", "count: -1 is below 0")]
    [InlineData("top: {depth: 0}", "top.depth: 0 is not above 0")]
    [InlineData("sold: true", "a basket that is sold has a price")]
    [InlineData("layers: [1", "this is not YAML")]
    [InlineData("count: 1\n---\ncount: 2", "a second document starts here")]
    public void WhatDoesNotFitIsNamedWithItsLineAndPath(string line, string problem) => AssertProblem($"owner: Ann\n{line}\n", problem);

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("[1, 2]", "a list of 2 stands where a recipe needs a mapping")]
    [InlineData("just words", "just words stands where a recipe needs a mapping")]
    public void AFileThatIsNoMappingIsRefused(string text, string problem) => AssertProblem(text, problem);

    [Fact]
    public void AllProblemsAreNamedAtOnceInTheOrderOfTheirLines()
    {
        string message = Assert.Throws<InvalidInputException>(() => Read("count: -1\nowner: Ann\nweigth: 1\nsold: 3\n")).Message;

        Assert.Equal(["basket.yaml:1: count", "basket.yaml:3: weigth", "basket.yaml:4: sold"],
            message.Split('\n')[1..].Select(line => string.Join(':', line.Trim().Split(':')[..3])));
        Assert.StartsWith("dir/basket.yaml: 3 problems", message, StringComparison.Ordinal);
    }

    [Fact]
    public void NestingWithoutEndIsRefused()
    {
        string deep = "note: " + new string('[', 10_000);

        AssertProblem(deep, "nested more than 32 deep");
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("two words/and.a-path")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("No")]
    [InlineData("1e5")]
    [InlineData("- dash: colon # hash")]
    [InlineData("quotes \" and \\ and\nnew\tlines\r\u0085\u2028\u0001")]
    [InlineData(" edges ")]
    [InlineData("日本 😀 ü")]
    [InlineData("trailing\n")]
    public void WhatIsWrittenReadsBackEqual(string note)
    {
        var basket = new Basket
        {
            Owner = note,
            Note = note,
            Weight = 1e-7,
            Big = long.MinValue,
            Fruit = Fruit.RedCurrant,
            Sizes = [1, 2],
            Layers = [new Layer(), new Layer { Depth = 1 / 3.0 }],
        };

        string yaml = RecipeReader.ToYaml(basket);
        Basket again = Read(yaml);

        Assert.Equal((note, note, 1e-7, long.MinValue, Fruit.RedCurrant), (again.Owner, again.Note, again.Weight, again.Big, again.Fruit));
        Assert.Equal(basket.Sizes, again.Sizes);
        Assert.Equal(basket.Layers, again.Layers);
        Assert.Equal(yaml, RecipeReader.ToYaml(again));
    }

    [Fact]
    public void TheWrittenRecipeSpellsOutEveryDefault() =>
        Assert.Equal("""
            about: ""
            owner: Ann
            count: 3
            big: 0
            weight: 0.5
            price: null
            note: null
            sold: false
            fruit: apple
            sizes: []
            layers: []
            top:
              depth: 1
              fruit: apple
            bottom:
              depth: 9
              fruit: apple

            """, RecipeReader.ToYaml(new Basket { Owner = "Ann" }));

    [Fact]
    public void AMissingFileIsNamed() =>
        Assert.Contains("there is no such file", Assert.Throws<InvalidInputException>(() => RecipeReader.Read<Basket>("nowhere.yaml")).Message, StringComparison.Ordinal);

    private static Basket Read(string yaml) => RecipeReader.ReadText<Basket>(yaml, "dir/basket.yaml");

    private static void AssertProblem(string yaml, string problem) =>
        Assert.Contains(problem, Assert.Throws<InvalidInputException>(() => Read(yaml)).Message, StringComparison.Ordinal);
}
