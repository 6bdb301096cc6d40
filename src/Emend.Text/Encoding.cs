namespace Emend.Text;

/// <summary>The tokens of a text, and for each the range of the text (UTF-16 code units) that it covers.</summary>
/// <remarks>
/// Starts and ends never run backwards, and no range splits a surrogate pair. Tokens that are bytes of the same character all cover
/// that whole character, and so do characters that normalization joined; so ranges can overlap, and whoever asks
/// "which tokens touch this edit" misses none. A token that stands for nothing in the text (a special token put around it,
/// a "▁" put before it) has an empty range. Together the ranges cover the text, unless the tokenizer itself drops something.
/// </remarks>
public sealed record Encoding(int[] Ids, TextSpan[] Spans);
