//! How many connections there are, and what they are doing.

use super::Counter;
use crate::connection::state::Phase;

/// What a connection is doing, as far as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a request.
    Idle,
    /// A request is arriving, or content that nobody reads.
    Receiving,
    /// A handler is to run, or its answer is on its way out.
    Answering,
    /// All has been said; what the peer still sends is thrown away.
    Lingering,
}

impl State {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Idle, "idle"),
        (Self::Receiving, "receiving"),
        (Self::Answering, "answering"),
        (Self::Lingering, "lingering"),
    ];

    /// What a connection in this phase is doing; `None` when it is over.
    #[must_use]
    pub const fn of(phase: Phase) -> Option<Self> {
        Some(match phase {
            Phase::Idle => Self::Idle,
            Phase::ReceiveHead | Phase::ReceiveContent | Phase::DiscardContent => Self::Receiving,
            Phase::RunHandler | Phase::SendResponse | Phase::Flush => Self::Answering,
            Phase::Linger => Self::Lingering,
            Phase::Closed => return None,
        })
    }
}

/// Connections by what they are doing, and how many came and went. A transport counts them when it has done with a
/// connection for now: one that is idle before and after a request costs nothing.
#[derive(Debug, Default)]
pub struct Connections {
    states: [Counter; 4],
    accepted: Counter,
    closed: Counter,
}

impl Connections {
    /// No connections.
    #[must_use]
    pub const fn new() -> Self {
        Self { states: [const { Counter::new() }; 4], accepted: Counter::new(), closed: Counter::new() }
    }

    /// A connection has been accepted, and is idle.
    pub fn opened(&self) {
        self.accepted.add(1);
        self.state(State::Idle).add(1);
    }

    /// A connection that was counted as `from` does something else now; `None` when it is over.
    pub fn moved(&self, from: State, to: Option<State>) {
        if Some(from) == to {
            return;
        }
        match to {
            Some(to) => self.state(to).add(1),
            None => self.closed.add(1),
        }
        self.state(from).subtract(1);
    }

    /// Connections that do this now.
    #[must_use]
    pub fn count(&self, state: State) -> u64 {
        self.state(state).get()
    }

    /// Connections accepted so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.get()
    }

    /// Connections that have ended so far.
    #[must_use]
    pub fn closed(&self) -> u64 {
        self.closed.get()
    }

    fn state(&self, state: State) -> &Counter {
        let [idle, receiving, answering, lingering] = &self.states;
        match state {
            State::Idle => idle,
            State::Receiving => receiving,
            State::Answering => answering,
            State::Lingering => lingering,
        }
    }
}
