//! What `hyper` makes of a conversation: its server over a connection in memory, polled by hand. No runtime, no clock.

use core::cell::RefCell;
use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::io;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};

use super::differential::Seen;

/// The requests that `hyper` finds in these bytes, after which the peer closes its side.
pub(super) fn requests(bytes: &[u8]) -> Vec<Seen> {
    let seen: RefCell<Vec<Seen>> = RefCell::default();
    let service = service_fn(async |request: Request<Incoming>| {
        let (head, body) = request.into_parts();
        let at = seen.borrow().len();
        let fields = head.headers.iter();
        seen.borrow_mut().push(Seen {
            method: head.method.to_string(),
            target: head.uri.to_string(),
            fields: fields
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect(),
            content: None,
        });
        if let Ok(content) = body.collect().await {
            seen.borrow_mut()[at].content = Some(content.to_bytes().to_vec());
        }
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    // Its limit of lines counts trailer fields too, which we bound by their bytes: set beyond what an input holds.
    let mut server = http1::Builder::new();
    server.half_close(true).header_read_timeout(None).max_headers(1_024);
    let connection = server.serve_connection(Peer(bytes), service);
    let mut connection = core::pin::pin!(connection);
    let mut context = Context::from_waker(Waker::noop());
    // It ends with the input. Every turn takes a message or a piece of one, and the last a few more.
    for _ in 0..bytes.len() + 16 {
        if connection.as_mut().poll(&mut context).is_ready() {
            break;
        }
    }
    seen.take()
}

/// The peer: bytes to read and then the end; what is written is forgotten.
struct Peer<'b>(&'b [u8]);

impl Read for Peer<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut space: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let (given, rest) = self.0.split_at(self.0.len().min(space.remaining()));
        space.put_slice(given);
        self.0 = rest;
        Poll::Ready(Ok(()))
    }
}

impl Write for Peer<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
