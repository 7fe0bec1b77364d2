//! The same conversation, read by us, by `hyper` and by `httparse`. Where two readers agree on what a message is,
//! nobody can smuggle one past the other. We may refuse more than the witnesses; what they refuse, we must refuse, save
//! for the exceptions that `is_excused` lists one by one.

use core::ops::RangeInclusive;
use core::str;
use std::sync::{Mutex, PoisonError};

use bantam_core::connection::state::Phase;
use bantam_core::prelude::*;

use super::hyper_server;
use super::naive::show;
use crate::memory::Memory;

/// Longest input looked at, below the limits of both servers.
pub(super) const LONGEST: usize = 4_096;

/// A request, as a server has seen it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) target: String,
    /// Names in lower case.
    pub(super) fields: Vec<(String, Vec<u8>)>,
    /// The content where it was read to its end.
    pub(super) content: Option<Vec<u8>>,
}

/// Sends `data` to both servers as all that a peer ever sends.
///
/// # Panics
/// When a witness refuses what we accept, or reads the same message in another way.
pub fn check(data: &[u8]) {
    let data = &data[..data.len().min(LONGEST)];
    let ours = Ours::of(data);
    check_first_head(data, &ours);
    let theirs = hyper_server::requests(data);
    for at in 0..ours.seen.len().max(theirs.len()) {
        match (ours.seen.get(at), theirs.get(at)) {
            (Some(our), Some(their)) => {
                let is_last = at + 1 == ours.seen.len();
                check_pair(our, their, is_last && ours.awaits_content, data);
            }
            (Some(our), None) => {
                let previous = at.checked_sub(1).and_then(|at| ours.seen.get(at));
                assert!(
                    is_excused(our, previous, data),
                    "hyper refuses request {at}, {our:?}: {}",
                    show(data)
                );
                break; // there hyper has stopped
            }
            (None, Some(their)) => {
                assert!(ours.is_closed, "hyper sees one more request, {their:?}: {}", show(data));
                break; // we have refused it, or closed before it
            }
            (None, None) => {}
        }
    }
}

/// Where a witness refuses, or closes, for a reason that is none of RFC 9112.
fn is_excused(ours: &Seen, previous: Option<&Seen>, data: &[u8]) -> bool {
    let value = |seen: &Seen, name: &str| {
        let mut named = seen.fields.iter().filter(|(candidate, _)| candidate == name);
        named.next().map(|(_, value)| value.clone())
    };
    // A higher minor version is to be read as 1.1 (RFC 9110 §2.5); httparse knows 0 and 1.
    let has_minor = has_version(ours, b'2'..=b'9', data);
    // The type that hyper keeps a target in has limits of its own.
    let is_no_uri = ours.target.parse::<hyper::Uri>().is_err();
    // hyper keeps the two greatest lengths for marks of its own; ours is then refused for its size.
    let length =
        value(ours, "content-length").and_then(|value| str::from_utf8(&value).ok()?.parse::<u64>().ok());
    let is_mark = length.is_some_and(|length| length >= u64::MAX - 1);
    // hyper looks for `keep-alive` of HTTP/1.0 only in values of ASCII.
    let is_old_and_not_ascii = previous.is_some_and(|seen| {
        has_version(seen, b'0'..=b'0', data)
            && seen.fields.iter().any(|(name, value)| name == "connection" && !value.is_ascii())
    });
    has_minor || is_no_uri || is_mark || is_old_and_not_ascii
}

/// Whether the request line of `seen` stands in `data` with one of these digits behind `HTTP/1.`.
fn has_version(seen: &Seen, digits: RangeInclusive<u8>, data: &[u8]) -> bool {
    let line = format!("{} {} HTTP/1.", seen.method, seen.target);
    data.windows(line.len() + 1)
        .any(|window| window.starts_with(line.as_bytes()) && digits.contains(&window[line.len()]))
}

fn check_pair(ours: &Seen, theirs: &Seen, awaits_content: bool, data: &[u8]) {
    assert_eq!(ours.method, theirs.method, "{}", show(data));
    // hyper's type writes a scheme in lower case, and a path where an absolute target has none.
    let target = ours.target.parse::<hyper::Uri>().map(|target| target.to_string());
    assert_eq!(target.ok().as_ref(), Some(&theirs.target), "{}", show(data));
    let sorted = |seen: &Seen| {
        let mut fields = seen.fields.clone();
        fields.sort();
        fields
    };
    assert_eq!(sorted(ours), sorted(theirs), "{}", show(data));
    match (&ours.content, &theirs.content) {
        (Some(ours), theirs) => assert_eq!(Some(ours), theirs.as_ref(), "content in {}", show(data)),
        (None, Some(content)) => {
            assert!(!awaits_content, "we wait for more than {}: {}", show(content), show(data));
        }
        (None, None) => {}
    }
}

/// The first head alone, as `httparse` reads it.
fn check_first_head(data: &[u8], ours: &Ours) {
    let mut lines = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut lines);
    let outcome = request.parse(data);
    match (ours.seen.first(), outcome) {
        (Some(our), Ok(httparse::Status::Complete(_))) => {
            assert_eq!(Some(&our.method[..]), request.method, "{}", show(data));
            assert_eq!(Some(&our.target[..]), request.path, "{}", show(data));
            let fields: Vec<_> =
                request.headers.iter().map(|line| (line.name.to_lowercase(), line.value.to_vec())).collect();
            assert_eq!(our.fields, fields, "{}", show(data));
        }
        (Some(our), outcome) => {
            assert!(is_excused(our, None, data), "httparse says {outcome:?}: {}", show(data))
        }
        (None, Ok(httparse::Status::Complete(_))) => {
            assert!(ours.is_closed, "httparse has a whole head, and we wait: {}", show(data));
        }
        (None, _) => {}
    }
}

/// What our server makes of a conversation.
struct Ours {
    seen: Vec<Seen>,
    is_closed: bool,
    awaits_content: bool,
}

static ROUTES: Router<Witness, 1> = Router::new([any("/*path", |witness, request, response| {
    witness.with_last(|seen| seen.content = Some(request.body().to_vec()));
    response.empty()
})]);

impl Ours {
    fn of(data: &[u8]) -> Self {
        let witness = Witness::default();
        let (is_closed, awaits_content);
        {
            let chain: [&dyn Middleware<Witness>; 1] = [&Admitted];
            let service =
                Service::new(&witness, &ROUTES).with_middleware(&chain).with_underscored_fields(true);
            let mut server = Memory::<_, _, 8_192, 4_096>::new(&service);
            server.deliver(data);
            is_closed = server.is_closed();
            let phase = server.connection().phase();
            awaits_content = matches!(phase, Phase::ReceiveContent | Phase::DiscardContent);
        }
        let seen = witness.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        Self { seen, is_closed, awaits_content }
    }
}

/// The requests whose heads were accepted, in order.
#[derive(Debug, Default)]
struct Witness {
    seen: Mutex<Vec<Seen>>,
}

impl Witness {
    fn with_last(&self, change: impl FnOnce(&mut Seen)) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        change(seen.last_mut().expect("a request that was admitted"));
    }
}

/// Is asked of every request whose head has been accepted, and of no other.
struct Admitted;

impl<S: Sink<Witness>> Middleware<Witness, S> for Admitted {
    fn admit(&self, witness: &Witness, request: &Request<'_>) -> Result<(), Failure> {
        let fields = request.fields().map(|(name, value)| (name.to_lowercase(), value.to_vec()));
        witness.seen.lock().unwrap_or_else(PoisonError::into_inner).push(Seen {
            method: request.method_name().to_owned(),
            target: request.target().to_owned(),
            fields: fields.collect(),
            content: None,
        });
        Ok(())
    }

    fn handle(
        &self,
        app: &Witness,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
        next: Next<'_, Witness, S>,
    ) {
        next.run(app, request, response);
    }
}
