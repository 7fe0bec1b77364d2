//! Answers that no cache may keep, whatever a handler says of them.

use core::sync::atomic::{AtomicU16, Ordering};

use bantam_core::middleware::cache::{Cache, Cached};
use bantam_core::prelude::*;
use bantam_tests::answer;
use bantam_tests::memory::Memory;

#[derive(Debug)]
struct Streams(Cached<Streams>);

impl From<Cached<Streams>> for Streams {
    fn from(cached: Cached<Streams>) -> Self {
        Self(cached)
    }
}

impl Source<AtomicU16> for Streams {
    fn pull(&mut self, app: &AtomicU16, pull: &mut Pull<'_>) -> Pulled {
        self.0.pull(app, pull)
    }
}

impl Sink<AtomicU16> for Streams {}

static ROUTES: Router<AtomicU16, 1, Streams> = Router::new([get("/:status", |asked, request, response| {
    asked.fetch_add(1, Ordering::Relaxed);
    let status = Status::new(request.param("status")?).ok_or(Status::BAD_REQUEST)?;
    response.cache(60).status(status).text("an answer")
})]);

/// RFC 6585 §3 to §6; a 404 beside them shows that there is a cache.
#[test]
fn statuses_that_no_cache_may_keep() {
    let (asked, cache) = (AtomicU16::new(0), Cache::new(1 << 20, 100));
    let chain: [&dyn Middleware<AtomicU16, Streams>; 1] = [&cache];
    let service = Service::new(&asked, &ROUTES).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    for (status, times) in [(404, 1), (428, 3), (429, 3), (431, 3), (511, 3), (416, 3), (206, 3)] {
        asked.store(0, Ordering::Relaxed);
        for _ in 0..3 {
            server.clear_output();
            server.deliver(format!("GET /{status} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            assert_eq!(answer::all(server.output(), &["GET"])[0].status, status);
        }
        assert_eq!(asked.load(Ordering::Relaxed), times, "{status}");
    }
}
