//! The life of a connection: one pure function over phases and events. A pair without an arm is a bug of ours; the
//! test over all pairs prints the table that the documentation of [`super`] shows.

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Between requests. Answers may still be on their way out.
    Idle,
    /// A request head has begun to arrive.
    ReceiveHead,
    /// The content that the handler wants first is arriving.
    ReceiveContent,
    /// The handler can run.
    RunHandler,
    /// The answer has begun; its content is being produced.
    SendResponse,
    /// The answer is complete, and content that nobody read is thrown away so that the next request can be found.
    DiscardContent,
    /// The last answer is on its way out.
    Flush,
    /// Our side is closed; what the peer still sends is read and thrown away, so that no reset overtakes the answer.
    Linger,
    /// Over.
    Closed,
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The first byte of a request is there.
    Received,
    /// The head is complete, and content must come before the handler runs.
    ContentAwaited,
    /// All that the handler wants is there.
    Ready,
    /// The message is malformed or passes a limit.
    Refused,
    /// The handler has answered.
    Answered,
    /// The answer is complete, and so is the request.
    Completed,
    /// The answer is complete, but content is left to be read.
    ContentLeft,
    /// The answer is complete, and it is the last.
    LastCompleted,
    /// The answer cannot be completed.
    Cut,
    /// Content that was left has been thrown away.
    Discarded,
    /// All bytes are out.
    Flushed,
    /// Nothing more is expected of the peer.
    Drained,
    /// The peer will send no more.
    PeerClosed,
    /// The time that the phase had is over.
    DeadlinePassed,
    /// The server is shutting down.
    ShutDown,
    /// The transport failed.
    Broken,
}

/// The phase that follows; `None` for a pair that cannot occur.
#[must_use]
pub const fn next(phase: Phase, event: Event) -> Option<Phase> {
    use Event as E;
    use Phase as P;
    Some(match (phase, event) {
        (P::Closed, _) => return None,
        (_, E::Broken) => P::Closed,

        (P::Idle, E::Received) => P::ReceiveHead,
        (P::Idle, E::PeerClosed | E::ShutDown) => P::Flush, // answers of a pipeline may still wait
        (P::Idle, E::DeadlinePassed) => P::Closed,          // nothing was asked, so nothing is answered

        (P::ReceiveHead, E::ContentAwaited) => P::ReceiveContent,
        (P::ReceiveHead | P::ReceiveContent, E::Ready) => P::RunHandler,
        (P::ReceiveHead | P::ReceiveContent, E::Refused) => P::RunHandler, // refusals pass the middleware too
        (P::ReceiveHead | P::ReceiveContent, E::PeerClosed) => P::RunHandler, // 400: incomplete, RFC 9112 §8
        (P::ReceiveHead | P::ReceiveContent, E::DeadlinePassed) => P::RunHandler, // 408, RFC 9110 §15.5.9

        (P::ReceiveHead, E::Cut) => P::Flush, // only empty lines came: nothing was asked

        (P::RunHandler, E::Answered) => P::SendResponse,
        (P::RunHandler, E::DeadlinePassed) => P::Closed, // earlier answers are not being taken

        (P::SendResponse, E::Completed) => P::Idle,
        (P::SendResponse, E::ContentLeft) => P::DiscardContent,
        (P::SendResponse, E::LastCompleted) => P::Flush,
        (P::SendResponse, E::Cut) => P::Flush, // what is there goes out, and the close tells the rest
        (P::SendResponse, E::DeadlinePassed) => P::Closed,

        (P::DiscardContent, E::Discarded) => P::Idle,
        (P::DiscardContent, E::Refused | E::PeerClosed | E::DeadlinePassed) => P::Flush, // answered already

        (P::Flush, E::Flushed) => P::Linger,
        (P::Flush, E::DeadlinePassed) => P::Closed,

        (P::Linger, E::PeerClosed | E::DeadlinePassed | E::Drained) => P::Closed,

        _ => return None,
    })
}

#[cfg(test)]
mod tests;
