using Emend.Feedback;

namespace Emend.Store;

/// <summary>What the report of disagreement is made from, added up item by item.</summary>
internal sealed class SubjectivitySums(Dictionary<long, Annotator> people)
{
    private const string NoTopic = "";
    private readonly SortedDictionary<string, Measure> _measures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Topic> _topics = [];
    private readonly SortedDictionary<double, int> _majorities = [];
    private readonly Dictionary<long, Person> _persons = [];
    private readonly SortedDictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private int _left, _leftOf, _longer, _longerOf;

    public void Add(JudgedItem item, TaskKind kind, string topicField)
    {
        JudgedUnit[] units = [.. Judgements.Of(kind, item.Content, item.Persons)];
        string topicName = item.Field(topicField) ?? NoTopic;
        if (!_topics.TryGetValue(topicName, out Topic? topic))
            _topics.Add(topicName, topic = new Topic());
        topic.Items++;
        topic.Answers += item.Answers.Count;
        foreach (IGrouping<string, JudgedUnit> measure in units.GroupBy(unit => unit.Measure))
        {
            Sum(_measures, measure.Key, measure);
            Sum(topic.Measures, measure.Key, measure);
        }
        if (units.Length > 0 && units[0] is { Measure: Judgements.Choice, Values.Count: >= 2 } choice)
        {
            double share = Math.Round(choice.Values.GroupBy(value => value.Value).Max(group => group.Count()) / (double)choice.Values.Count, 2);
            _majorities[share] = _majorities.GetValueOrDefault(share) + 1;
        }
        AddGroups(item, units);
        foreach (JudgedAnswer row in item.Answers)
            AddPerson(item, row, units);
    }

    public SubjectivityReport Report(SourcedAnswers answers, ItemSample sample, string topicField, int mostTopics, bool names) => new(
        answers.Source, answers.LeftOut, sample.Answered, !sample.IsWhole, topicField,
        Views(_measures),
        [.. _groups.Select(pair => new GroupView(pair.Key, pair.Value.People.Count, pair.Value.Answers,
            [.. pair.Value.Measures.Select(measure => new GroupMeasure(measure.Key, measure.Value.Alpha.Value, measure.Value.Difference.Value))]))],
        [.. _topics.OrderByDescending(pair => pair.Value.Items).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(mostTopics)
            .Select(pair => new TopicView(pair.Key == NoTopic ? null : pair.Key, pair.Value.Items, pair.Value.Answers, Views(pair.Value.Measures)))],
        [.. _majorities.Reverse().Select(pair => new MajorityView(pair.Key, pair.Value))],
        Share.Wilson(_left, _leftOf), Share.Wilson(_longer, _longerOf),
        [.. _persons.OrderBy(pair => pair.Key).Select(pair => pair.Value.View(people.GetValueOrDefault(pair.Key) ?? new Annotator(pair.Key, Annotator.Pseudonym(pair.Key), []), names, answers.Of(pair.Key)))]);

    private static MeasureView[] Views(SortedDictionary<string, Measure> measures) => [.. measures.Select(pair => new MeasureView(pair.Key, pair.Value.Alpha.Value, pair.Value.Pairs))];

    private static void Sum(SortedDictionary<string, Measure> measures, string name, IEnumerable<JudgedUnit> units)
    {
        foreach (JudgedUnit unit in units)
        {
            if (!measures.TryGetValue(name, out Measure? measure))
                measures.Add(name, measure = new Measure(new AlphaSums(unit.Metric)));
            measure.Alpha.Add([.. unit.Values.Select(value => value.Value)]);
            int count = unit.Values.Count, pairs = count * (count - 1) / 2;
            int same = unit.Values.GroupBy(value => value.Value).Sum(group => group.Count() * (group.Count() - 1) / 2);
            measure.Pairs += new DifferingPairs(pairs, pairs - same);
        }
    }

    private void AddGroups(JudgedItem item, JudgedUnit[] units)
    {
        foreach (string name in item.Answers.SelectMany(row => GroupsOf(row.AccountId)).Distinct())
        {
            if (!_groups.TryGetValue(name, out Group? group))
                _groups.Add(name, group = new Group());
            bool IsMember(long person) => GroupsOf(person).Contains(name);
            long[] members = [.. item.Answers.Select(row => row.AccountId).Where(IsMember)];
            group.People.UnionWith(members);
            group.Answers += members.Length;
            foreach (IGrouping<string, JudgedUnit> measure in units.GroupBy(unit => unit.Measure))
            {
                if (!group.Measures.TryGetValue(measure.Key, out var sums))
                    group.Measures.Add(measure.Key, sums = (new AlphaSums(measure.First().Metric), new GroupSums(IsMember)));
                foreach (JudgedUnit unit in measure)
                    sums.Alpha.Add([.. unit.Values.Where(value => IsMember(value.Person)).Select(value => value.Value)]);
                sums.Difference.Add(measure);
            }
        }
    }

    private IReadOnlyList<string> GroupsOf(long person) => people.GetValueOrDefault(person)?.Groups ?? [];

    private void AddPerson(JudgedItem item, JudgedAnswer row, JudgedUnit[] units)
    {
        if (!_persons.TryGetValue(row.AccountId, out Person? person))
            _persons.Add(row.AccountId, person = new Person());
        person.Answers++;
        if (Preferences.FirstShown(item, row) is bool left)
        {
            (person.Left, person.LeftOf) = (person.Left + (left ? 1 : 0), person.LeftOf + 1);
            (_left, _leftOf) = (_left + (left ? 1 : 0), _leftOf + 1);
        }
        if (Preferences.Longer(item, row) is bool longer)
        {
            (person.Longer, person.LongerOf) = (person.Longer + (longer ? 1 : 0), person.LongerOf + 1);
            (_longer, _longerOf) = (_longer + (longer ? 1 : 0), _longerOf + 1);
        }
        string? text = Judgements.TextsOf(item.Content, row.Answer)?.Original;
        JudgedAnswer[] others = [.. item.Answers.Where(other => other.AccountId != row.AccountId)];
        double[] rates = [.. others.Where(other => text is not null && Judgements.TextsOf(item.Content, other.Answer)?.Original == text).Select(other => other.EditRate ?? 0)];
        if (rates.Length > 0)
            person.EditRate.Add((row.EditRate ?? 0) - rates.Average());
        if (row.Answer.Edit is EditAnswer edit && others.Length > 0)
            person.BothBad.Add((edit.Choice == Choice.BothBad ? 1 : 0) - others.Average(other => other.Answer.Edit!.Choice == Choice.BothBad ? 1.0 : 0.0));
        double[] leniency = [.. units.Where(unit => unit.Measure.StartsWith(Judgements.Ratings, StringComparison.Ordinal) && unit.Values.Count >= 2)
            .SelectMany(unit => unit.Values.Where(value => value.Person == row.AccountId).Select(value => value.Value - unit.Values.Where(other => other.Person != row.AccountId).Average(other => other.Value)))];
        if (leniency.Length > 0)
            person.Rating.Add(leniency.Average());          // one number per item: its scales are no independent evidence
    }

    private sealed class Measure(AlphaSums alpha)
    {
        public AlphaSums Alpha => alpha;
        public DifferingPairs Pairs { get; set; }
    }

    private sealed class Topic
    {
        public int Items { get; set; }
        public int Answers { get; set; }
        public SortedDictionary<string, Measure> Measures { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Group
    {
        public HashSet<long> People { get; } = [];
        public int Answers { get; set; }
        public SortedDictionary<string, (AlphaSums Alpha, GroupSums Difference)> Measures { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Person
    {
        public int Answers { get; set; }
        public int Left { get; set; }
        public int LeftOf { get; set; }
        public int Longer { get; set; }
        public int LongerOf { get; set; }
        public MeanSums EditRate { get; } = new();
        public MeanSums Rating { get; } = new();
        public MeanSums BothBad { get; } = new();

        public PersonView View(Annotator person, bool names, string? source) => new(
            person.Shown(names), source, person.Groups, Answers, EditRate.Value, Rating.Value, BothBad.Value, Share.Wilson(Left, LeftOf), Share.Wilson(Longer, LongerOf));
    }
}
