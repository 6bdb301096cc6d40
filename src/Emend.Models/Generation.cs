namespace Emend.Models;

/// <summary>
/// One sampled response. Logprobs has one entry per response token: its log-probability under softmax(logits / temperature) over the
/// whole vocabulary, after biases and penalties, before top-k and top-p. Stopped says that the last token is a stop token (which is part of the response);
/// otherwise the response was cut by its length or by the context.
/// </summary>
public sealed record Generation(int[] Prompt, int[] Response, float[] Logprobs, bool Stopped);
