using System.Text;
using System.Text.RegularExpressions;

namespace Emend.Text.Tokenization;

/// <summary>What stands before and after the content of a turn.</summary>
internal sealed record Turn(string Before, string After);

/// <summary>
/// A family of chat formats as data: what opens the text, what stands around each role's content, what opens the assistant's next
/// turn, and what ends a text that does not ask for one. <c>System</c> is null where the family writes the system message into the first user turn.
/// </summary>
internal sealed record TurnFormat(string Family, string Start, Turn? System, Turn User, Turn Assistant, string Generation)
{
    public string DefaultSystem { get; init; } = "";

    public string End { get; init; } = "";

    public bool Trims { get; init; }

    /// <summary>Whether the system turn is written even when there is nothing in it.</summary>
    public bool AlwaysSystem { get; init; }

    /// <summary>What stands around a system message inside the first user turn.</summary>
    public Turn? SystemInUser { get; init; }

    public static TurnFormat? Recognize(string template, string bos, string eos)
    {
        bool Has(params string[] marks) => marks.All(mark => template.Contains(mark, StringComparison.Ordinal));
        if (Has("<think>") || Has("enable_thinking") || Has("<|im_sep|>") || Has("<|EOT|>"))
            return null;
        string start = Has("bos_token") ? bos : "";
        // These families write contents as they are.
        bool trims = Regex.IsMatch(template, @"\|\s*trim|strip\(");
        if (Has("<|im_start|>", "<|im_end|>"))
            return trims || !EndsLine(template, @"<\|im_end\|>") ? null : ChatMl(template, start);
        if (Has("<|start_header_id|>", "<|eot_id|>"))
            return Llama3(template, Has("<|begin_of_text|>") ? "<|begin_of_text|>" : start);
        if (Has("[INST]", "<<SYS>>"))
            return Llama2(bos, eos);
        if (Has("<start_of_turn>", "<end_of_turn>"))
            return Gemma(Has("<bos>") ? "<bos>" : start);
        if (trims)
            return null;
        if (Has("<|user|>", "<|assistant|>", "<|end|>"))
            return Phi3(start, Has("eos_token") ? eos : "");
        if (Has("<|user|>", "<|assistant|>", "eos_token"))
            return Regex.IsMatch(template, @"<\|user\|>[^}]*eos_token") ? Zephyr(start, eos) : null;
        return Has("### Instruction:", "### Response:") ? Alpaca(template, start, Has("eos_token") ? eos : "") : null;
    }

    /// <summary>Whether a mark is followed by a line's end, within its string or in the one joined to it.</summary>
    private static bool EndsLine(string template, string mark) => Regex.IsMatch(template, mark + @"(?:['""]\s*[+~]\s*['""])?\n");

    public (string Text, IReadOnlyList<TextSpan> Contents) Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        var text = new StringBuilder(Start);
        var contents = new List<TextSpan>();
        // Where the system message stands within the user's turn, what is trimmed is the turn.
        string system = messages[0].Role != "system" ? DefaultSystem : System is null ? messages[0].Content : Content(messages[0]);
        bool hasSystem = messages[0].Role == "system" || DefaultSystem.Length > 0 || AlwaysSystem;
        if (hasSystem && System is not null)
            Write(System.Before, system, System.After);
        bool systemPending = hasSystem && System is null;
        foreach (ChatMessage message in messages.SkipWhile(message => message.Role == "system"))
        {
            Turn turn = message.Role == "user" ? User : Assistant;
            text.Append(turn.Before);
            string content = systemPending && Trims ? message.Content.TrimEnd() : Content(message);
            if (systemPending)
            {
                if (SystemInUser is null || message.Role != "user")
                    throw new InvalidInputException($"messages[0].role: a {Family} model has no place for this system message; write it into the first user message.");
                Write(SystemInUser.Before, system, SystemInUser.After);
                systemPending = false;
            }
            Write("", content, turn.After);
        }
        return (text.Append(addGenerationPrompt ? Generation : End).ToString(), contents);

        void Write(string before, string content, string after)
        {
            text.Append(before);
            contents.Add(new TextSpan(text.Length, text.Length + content.Length));
            text.Append(content).Append(after);
        }
    }

    private string Content(ChatMessage message) => Trims ? message.Content.Trim() : message.Content;

    /// <summary>The default system message is the one that the template writes when there is none: published ones differ only there.</summary>
    private static TurnFormat ChatMl(string template, string start)
    {
        Turn Of(string role) => new($"<|im_start|>{role}\n", "<|im_end|>\n");
        Match written = Regex.Match(template, @"'<\|im_start\|>system\n((?:[^'\\{}]|\\.)+)<\|im_end\|>|""<\|im_start\|>system\n((?:[^""\\{}]|\\.)+)<\|im_end\|>|[^'""]<\|im_start\|>system\n([^{}]+)<\|im_end\|>");
        Match assigned = Regex.Match(template, @"set system_message = (?:'((?:[^'\\]|\\.)*)'|""((?:[^""\\]|\\.)*)"")");
        return new TurnFormat("ChatML (Qwen2)", start, Of("system"), Of("user"), Of("assistant"), "<|im_start|>assistant\n")
        {
            DefaultSystem = Regex.Replace(string.Concat((written.Success ? written : assigned).Groups.Values.Skip(1).Select(group => group.Value)), @"\\(['""\\])", "$1"),
        };
    }

    /// <summary>Llama 3.1 and later put two dates before every system message, also an empty one; today's date is the one written in the template.</summary>
    private static TurnFormat Llama3(string template, string start)
    {
        Turn Of(string role) => new($"<|start_header_id|>{role}<|end_header_id|>\n\n", "<|eot_id|>");
        Turn system = Of("system");
        Match date = Regex.Match(template, @"date_string = ""([^""]+)""");
        bool dated = template.Contains("Cutting Knowledge Date: December 2023", StringComparison.Ordinal) && date.Success;
        if (dated)
            system = system with { Before = $"{system.Before}Cutting Knowledge Date: December 2023\nToday Date: {date.Groups[1].Value}\n\n" };
        return new TurnFormat("Llama 3", start, system, Of("user"), Of("assistant"), "<|start_header_id|>assistant<|end_header_id|>\n\n")
        {
            Trims = true,
            AlwaysSystem = dated,
        };
    }

    private static TurnFormat Llama2(string bos, string eos) =>
        new("Llama 2", "", null, new Turn($"{bos}[INST] ", " [/INST]"), new Turn(" ", $" {eos}"), "")
        {
            Trims = true,
            SystemInUser = new Turn("<<SYS>>\n", "\n<</SYS>>\n\n"),
        };

    private static TurnFormat Gemma(string start)
    {
        Turn Of(string role) => new($"<start_of_turn>{role}\n", "<end_of_turn>\n");
        return new TurnFormat("Gemma", start, null, Of("user"), Of("model"), "<start_of_turn>model\n") { Trims = true };
    }

    private static TurnFormat Phi3(string start, string end)
    {
        Turn Of(string role) => new($"<|{role}|>\n", "<|end|>\n");
        return new TurnFormat("Phi-3", start, Of("system"), Of("user"), Of("assistant"), "<|assistant|>\n") { End = end };
    }

    private static TurnFormat Zephyr(string start, string eos)
    {
        Turn Of(string role) => new($"<|{role}|>\n", $"{eos}\n");
        return new TurnFormat("Zephyr", start, Of("system"), Of("user"), Of("assistant"), "<|assistant|>\n");
    }

    private static TurnFormat Alpaca(string template, string start, string eos)
    {
        const string Preamble = "Below is an instruction that describes a task. Write a response that appropriately completes the request.";
        return new TurnFormat(
            "Alpaca", start, new Turn("", "\n\n"), new Turn("### Instruction:\n", "\n\n"), new Turn("### Response:\n", $"{eos}\n\n"), "### Response:\n")
        {
            DefaultSystem = template.Contains(Preamble, StringComparison.Ordinal) ? Preamble : "",
        };
    }
}
