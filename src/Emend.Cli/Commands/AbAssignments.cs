using Emend.Significance;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>What users of a split made of what they met, as votes between two variants; and whether the split is what was meant.</summary>
/// <param name="Votes">One for each user with a score, in the order of their first ones.</param>
/// <param name="Users">Users who met each variant of the experiment, by name, in its order.</param>
/// <param name="RatioPValue">That users came in these parts by chance.</param>
internal sealed record AbAssignments(
    string Experiment, string A, string B, IReadOnlyList<double> Votes, double ShareOfB, int UsersOfA, int UsersOfB, double MeanOfA, double MeanOfB,
    IReadOnlyList<(string Variant, int Users, double Share)> Users, double RatioPValue)
{
    public bool Mismatch => RatioPValue < SampleRatio.MismatchBelow;

    /// <summary>Reads scores with the log of emend serve --assignments.</summary>
    /// <param name="variants">"A,B"; null where the experiment has two.</param>
    /// <param name="firstOnly">Of several scores of a user only the first counts, as for a test that is looked at while it runs; else their mean.</param>
    /// <exception cref="InvalidInputException">A file is wrong, or a score is of somebody whom the log does not know.</exception>
    public static AbAssignments Read(string scores, string log, string? variants, bool firstOnly)
    {
        Log met = Log.Read(log);
        (string a, string b) = met.Pair(variants);
        double shareOfB = met.Shares[b] / (met.Shares[a] + met.Shares[b]);
        (List<string> order, Dictionary<string, List<double>> of) = Scores(scores, met);
        string[] counted = [.. order.Where(user => met.VariantOf[user] == a || met.VariantOf[user] == b)];
        double ScoreOf(string user) => firstOnly ? of[user][0] : of[user].Average();
        double[] ofA = [.. counted.Where(user => met.VariantOf[user] == a).Select(ScoreOf)], ofB = [.. counted.Where(user => met.VariantOf[user] == b).Select(ScoreOf)];
        if (ofA.Length == 0 || ofB.Length == 0)
            throw new InvalidInputException($"{scores}: no score of a user who met {(ofA.Length == 0 ? a : b)}; scores of both variants are expected");
        (string Variant, int Users, double Share)[] users = [.. met.Shares.Select(share => (share.Key, met.VariantOf.Values.Count(variant => variant == share.Key), share.Value))];
        return new AbAssignments(met.Experiment, a, b, [.. counted.Select(user => SplitTest.Vote(ScoreOf(user), met.VariantOf[user] == b, shareOfB))], shareOfB, ofA.Length, ofB.Length, ofA.Average(), ofB.Average(),
            users, SampleRatio.PValue([.. users.Select(variant => variant.Users)], [.. users.Select(variant => variant.Share)]));
    }

    /// <summary>Points of the scores' difference, 0 to 1, that a mean of votes stands for.</summary>
    public double Difference(double rate) => (rate - 0.5) / SplitTest.Scale(ShareOfB);

    private static (List<string> Order, Dictionary<string, List<double>> Of) Scores(string path, Log log)
    {
        InvalidInputException.ThrowIfNoFile(path, "a file of scores, JSON lines,");
        var order = new List<string>();
        var of = new Dictionary<string, List<double>>();
        foreach (JsonRow row in JsonLines.Read(path))
        {
            double score = row.Number("score");
            if (!(score is >= 0 and <= 1))
                throw row.Problem("score", "is not between 0 (bad) and 1 (good)");
            if (row.Has("request") == row.Has("user"))
                throw row.Problem("user", $"{(row.Has("user") ? "stands beside request" : "is missing, and so is request")}; one of the two is expected: who met the variant, or the X-Request-Id of the answer");
            string field = row.Has("user") ? "user" : "request", named = row.String(field);
            string? user = field == "user" ? Emend.Serving.Experiment.Pseudonym(log.Experiment, named) : log.UserOf.GetValueOrDefault(named);
            if (user is null || !log.VariantOf.ContainsKey(user))
                throw row.Problem(field, $"\"{named}\" is none of the log of assignments: nobody knows what they met");
            if (!of.TryGetValue(user, out List<double>? known))
            {
                of.Add(user, known = []);
                order.Add(user);
            }
            known.Add(score);
        }
        return order.Count > 0 ? (order, of) : throw new InvalidInputException($"{path}: there is no score in it");
    }

    private sealed record Log(string Experiment, Dictionary<string, double> Shares, Dictionary<string, string> VariantOf, Dictionary<string, string> UserOf)
    {
        public static Log Read(string path)
        {
            InvalidInputException.ThrowIfNoFile(path, "the log of emend serve --experiment", "--assignments ");
            Log? log = null;
            foreach (JsonRow row in JsonLines.ReadWhole(path))
            {
                if (row.Has("split"))
                {
                    if (log is not null)
                        throw row.Problem("split", $"is a second experiment; the log of one alone is expected (\"{log.Experiment}\" or \"{row.String("split")}\")");
                    log = new Log(row.String("split"), row.Objects("variants").ToDictionary(variant => variant.String("name"), variant => variant.Number("share")), [], []);
                    continue;
                }
                if (log is null || row.String("experiment") != log.Experiment)
                    throw row.Problem("experiment", "is of no split before this line");
                string user = row.String("user"), variant = row.String("variant");
                if (!log.Shares.ContainsKey(variant))
                    throw row.Problem("variant", $"\"{variant}\" is none of the split ({string.Join(", ", log.Shares.Keys)})");
                if (log.VariantOf.TryGetValue(user, out string? before) && before != variant)
                    throw row.Problem("variant", $"is \"{variant}\", and the same user met \"{before}\" before: this is no log of one split");
                log.VariantOf[user] = variant;
                log.UserOf[row.String("request")] = user;
            }
            return log ?? throw new InvalidInputException($"--assignments {path}: holds no split; a log of emend serve --assignments is expected");
        }

        public (string A, string B) Pair(string? given)
        {
            string[] names = given?.Split(',') ?? [.. Shares.Keys];
            return names is [string a, string b] && a != b && Shares.ContainsKey(a) && Shares.ContainsKey(b)
                ? (a, b)
                : throw new InvalidInputException($"--variants {given}: two of the experiment's variants are expected, as A,B: {string.Join(", ", Shares.Keys)}");
        }
    }
}
