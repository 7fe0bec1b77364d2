//! What error answers say.

use super::builder::{Response, TEXT};
use crate::bytes::number::Decimal;
use crate::handler::Failure;

/// Fills `response` with the text of an error answer: the status line's words, and the reason when there is one.
pub(super) fn fill<S>(response: &mut Response<'_, S>, failure: Failure) {
    let digits = failure.status().digits();
    let reason = failure.status().reason();
    response.begin_known(TEXT);
    let colon = if failure.reason().is_empty() { "" } else { ": " };
    response.append(&digits);
    for part in [" ", reason, colon, failure.reason()] {
        response.append(part.as_bytes());
    }
    if let Some(at) = failure.position() {
        response.append(b" at byte ");
        response.append(Decimal::new(at.into()).as_bytes());
    }
    response.append(b"\n");
}
