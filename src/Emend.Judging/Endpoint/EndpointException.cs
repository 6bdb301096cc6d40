namespace Emend.Judging;

/// <summary>What kept an endpoint from answering; decides whether to go on with the next question.</summary>
public enum EndpointFailure
{
    /// <summary>It would not answer any other question either: no such host, no valid key, an address that is not allowed, a redirect.</summary>
    Endpoint,

    /// <summary>A cap of ours is reached.</summary>
    Cap,

    /// <summary>This one question: a timeout, garbage, an answer that is too large.</summary>
    Question,

    /// <summary>This one question, for what it says (status 400, 413, 422): it would be refused again, and says nothing of the others.</summary>
    Refused,
}

/// <summary>A question to a model that got no answer. The message names the endpoint; it never holds a key, and of what came back at most an error's own message.</summary>
public sealed class EndpointException(EndpointFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public EndpointFailure Failure => failure;
}
