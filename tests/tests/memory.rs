//! What content codings and the response cache take of the heap: nothing for a coded answer once its coder is there, the
//! same for a hundred megabytes as for one, and for a cache what it was given.

// A counting allocator is an `unsafe impl`, which the rest of the workspace has no need of.
#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::alloc::System;
use std::io::Read as _;

use bantam_core::middleware::cache::{Cache, Cached};
use bantam_core::middleware::compress::{Coding, Compress, Compressed};
use bantam_core::prelude::*;
use bantam_tests::memory::Memory;

struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn grow(size: usize) {
    CALLS.fetch_add(1, Ordering::Relaxed);
    MOST.fetch_max(LIVE.fetch_add(size, Ordering::Relaxed) + size, Ordering::Relaxed);
}

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller keeps the promises of `alloc`, which are the same there.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `pointer` came from the system's allocator, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grow(size);
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as in `dealloc`, and the caller vouches for `size`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

enum Streams {
    /// So many bytes of lines that count.
    Lines {
        from: u64,
        left: u64,
    },
    Compressed(Compressed<Streams>),
    Cached(Cached<Streams>),
}

impl From<Compressed<Streams>> for Streams {
    fn from(compressed: Compressed<Streams>) -> Self {
        Self::Compressed(compressed)
    }
}

impl From<Cached<Streams>> for Streams {
    fn from(cached: Cached<Streams>) -> Self {
        Self::Cached(cached)
    }
}

impl Source<()> for Streams {
    fn pull(&mut self, app: &(), pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::Lines { from, left } => {
                let length = pull.space().len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                for (byte, at) in pull.space()[..length].iter_mut().zip(*from..) {
                    *byte = letter(at);
                }
                *from += length as u64;
                *left -= length as u64;
                if *left == 0 { Pulled::Last(length) } else { Pulled::Bytes(length) }
            }
            Self::Compressed(compressed) => compressed.pull(app, pull),
            Self::Cached(cached) => cached.pull(app, pull),
        }
    }
}

/// Text that is cheap to make, and not the same throughout.
fn letter(at: u64) -> u8 {
    b"0123456789abcdef"[((at >> (4 * (at & 3))) & 15) as usize]
}

impl Sink<()> for Streams {}

static STYLE: [u8; 20_000] = [b'a'; 20_000];

static ROUTES: Router<(), 3, Streams> = Router::new([
    get("/buffered", |(), _, response| response.bytes("text/plain", &STYLE[..10_000])),
    get("/static", |(), _, response| response.static_bytes("text/css", &STYLE)),
    get("/lines/:length", |(), request, response| {
        response.cache(3_600);
        response.stream("text/plain", None, Streams::Lines { from: 0, left: request.param("length")? })
    }),
]);

/// The counters are of the whole process, so there is one test, and nothing beside it.
#[test]
fn what_is_taken_of_the_heap() {
    coded_answers_allocate_nothing();
    a_hundred_megabytes_take_as_much_as_one();
    a_cache_takes_what_it_was_given();
}

fn coded_answers_allocate_nothing() {
    let compress = Compress::new([Coding::gzip(6)]);
    let chain: [&dyn Middleware<(), Streams>; 1] = [&compress];
    let service = Service::new(&(), &ROUTES).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    for path in ["/buffered", "/static", "/buffered"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
        let mut spent = 0;
        for _ in 0..10 {
            server.clear_output();
            let before = CALLS.load(Ordering::Relaxed);
            server.deliver(request.as_bytes());
            spent = CALLS.load(Ordering::Relaxed) - before;
            assert!(server.output().windows(22).any(|window| window == b"Content-Encoding: gzip"), "{path}");
        }
        assert_eq!(spent, 0, "{path} allocates");
    }
    let before = CALLS.load(Ordering::Relaxed);
    server.deliver(b"HEAD /lines/5000 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    assert_eq!(CALLS.load(Ordering::Relaxed), before, "nor does HEAD");
}

/// The peer takes an answer piece by piece, and decodes it as it comes.
fn a_hundred_megabytes_take_as_much_as_one() {
    let most = [1_000_000, 100_000_000].map(|length: u64| {
        let compress = Compress::new([Coding::gzip(1)]);
        let chain: [&dyn Middleware<(), Streams>; 1] = [&compress];
        let service = Service::new(&(), &ROUTES).with_middleware(&chain);
        let mut server = Memory::<_, _>::new(&service);
        server.window = 0;
        let before = LIVE.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        // HTTP/1.0, so that the content is not in chunks.
        let request = format!("GET /lines/{length} HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n");
        server.deliver(request.as_bytes());
        server.window = 1_000;
        server.flush();
        let output = server.output();
        let head = output.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
        let rest = output[head..].to_vec();
        let mut decoder = flate2::read::GzDecoder::new(Taking { server: &mut server, rest, at: 0 });
        let (mut space, mut place) = ([0; 8_192], 0_u64);
        while let Ok(taken @ 1..) = decoder.read(&mut space) {
            assert!(space[..taken].iter().zip(place..).all(|(byte, at)| *byte == letter(at)), "at {place}");
            place += taken as u64;
        }
        assert_eq!(place, length, "all came, with the right checksum");
        MOST.load(Ordering::Relaxed) - before
    });
    println!("one megabyte takes {} bytes of the heap, a hundred take {}", most[0], most[1]);
    assert!(most[1] < most[0] + 65_536 && most[1] < 1_500_000, "{most:?}");
}

/// A peer that takes some kilobytes at a time.
struct Taking<'m, 's> {
    server: &'m mut Memory<'s, (), Streams>,
    rest: Vec<u8>,
    at: usize,
}

impl std::io::Read for Taking<'_, '_> {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.rest.len() {
            self.server.clear_output();
            self.server.window = 4_000;
            self.server.flush();
            // A coder that has worked for long lets others go first.
            while self.server.output().is_empty() && !self.server.is_closed() {
                self.server.pass(self.server.time_left());
            }
            self.at = 0;
            self.rest.clear();
            self.rest.extend_from_slice(self.server.output());
        }
        let length = space.len().min(self.rest.len() - self.at);
        space[..length].copy_from_slice(&self.rest[self.at..][..length]);
        self.at += length;
        Ok(length)
    }
}

fn a_cache_takes_what_it_was_given() {
    const BYTES: usize = 2 << 20;
    let cache = Cache::new(BYTES, 100_000);
    let chain: [&dyn Middleware<(), Streams>; 1] = [&cache];
    let service = Service::new(&(), &ROUTES).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    let before = LIVE.load(Ordering::Relaxed);
    let mut seed = 3_u32;
    let mut most = 0;
    for _ in 0..20_000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        server.clear_output();
        server.deliver(
            format!("GET /lines/{}?{seed} HTTP/1.1\r\nHost: a{}\r\n\r\n", seed >> 19, seed % 97).as_bytes(),
        );
        most = most.max(LIVE.load(Ordering::Relaxed) - before);
    }
    let (entries, bytes) = cache.sizes();
    println!(
        "a cache of {BYTES} bytes holds {entries} entries of {bytes} bytes, and took {most} of the heap"
    );
    assert!(bytes <= BYTES && bytes > BYTES * 9 / 10, "{bytes}");
    assert!(most < BYTES + BYTES / 4, "{most}");
}
