//! A response cache among other middleware.

use core::sync::atomic::Ordering;

use bantam_core::middleware::compress::{Coding, Compress};
use bantam_core::prelude::*;
use bantam_tests::answer::Answer;
use bantam_tests::memory::Memory;

use super::{App, FRESH, ROUTES, Streams, ask, cache, get_of};

/// Refuses who has the field; adds one to all others.
struct Guard;

impl Middleware<App, Streams> for Guard {
    fn admit(&self, _: &App, request: &Request<'_>) -> Result<(), Failure> {
        match request.field("X-Forbidden") {
            Some(_) => Err(Status::FORBIDDEN.into()),
            None => Ok(()),
        }
    }

    fn handle(
        &self,
        app: &App,
        request: &Request<'_>,
        response: &mut Response<'_, Streams>,
        next: Next<'_, App, Streams>,
    ) {
        response.field("X-Before", request.field("X-Id").unwrap_or("none"));
        next.run(app, request, response);
        response.field("X-After", request.field("X-Id").unwrap_or("none"));
    }
}

#[test]
fn a_refused_request_is_not_answered_from_the_store() {
    let (app, cache, guard) = (App::default(), cache(), Guard);
    for guard_first in [true, false] {
        let chain: [&dyn Middleware<App, Streams>; 2] =
            if guard_first { [&guard, &cache] } else { [&cache, &guard] };
        let service = Service::new(&app, &ROUTES).with_middleware(&chain);
        let mut server = Memory::<_, _>::new(&service);
        get_of(&mut server, FRESH, "");
        assert_eq!(get_of(&mut server, FRESH, "").field("Age"), Some("0"));
        let refused = get_of(&mut server, FRESH, "X-Forbidden: 1\r\n");
        assert_eq!((refused.status, refused.field("Age")), (403, None), "{guard_first}");
    }
}

#[test]
fn fields_of_middleware_around_it_are_not_stored() {
    let (app, cache, guard) = (App::default(), cache(), Guard);
    let chain: [&dyn Middleware<App, Streams>; 2] = [&guard, &cache];
    let service = Service::new(&app, &ROUTES).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    for id in ["1", "2", "3"] {
        let answer = get_of(&mut server, FRESH, &format!("X-Id: {id}\r\n"));
        assert_eq!(
            (answer.text(), answer.field("X-Before"), answer.field("X-After")),
            ("0", Some(id), Some(id))
        );
        assert!(answer.field("Server").is_some() && answer.field("Date").is_some());
    }
}

/// Says that nothing may be stored, unless the handler says otherwise.
struct Cautious;

impl Middleware<App, Streams> for Cautious {
    fn handle(
        &self,
        app: &App,
        request: &Request<'_>,
        response: &mut Response<'_, Streams>,
        next: Next<'_, App, Streams>,
    ) {
        response.no_store();
        next.run(app, request, response);
    }
}

#[test]
fn what_the_handler_replaced_stays_replaced() {
    let (app, cache) = (App::default(), cache());
    let chain: [&dyn Middleware<App, Streams>; 2] = [&Cautious, &cache];
    let service = Service::new(&app, &ROUTES).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    for age in [None, Some("0")] {
        let answer = ask(&mut server, "GET /sized/10", "");
        let lines = answer.fields.iter().filter(|(name, _)| name == "Cache-Control");
        let lines: Vec<_> = lines.map(|(_, value)| value.as_str()).collect();
        assert_eq!((lines, answer.field("Age")), (vec!["public, max-age=60"], age));
    }
}

#[test]
fn before_and_behind_content_codings() {
    use std::io::Read as _;
    let decoded = |answer: &Answer| match answer.field("Content-Encoding") {
        None => answer.content.len(),
        Some(coding) => {
            assert_eq!(coding, "gzip");
            let mut content = Vec::new();
            flate2::read::GzDecoder::new(&*answer.content).read_to_end(&mut content).expect("gzip")
        }
    };
    let compress = Compress::new([Coding::gzip(6)]);
    for cache_first in [true, false] {
        let (app, cache) = (App::default(), cache());
        let chain: [&dyn Middleware<App, Streams>; 2] =
            if cache_first { [&cache, &compress] } else { [&compress, &cache] };
        let service = Service::new(&app, &ROUTES).with_middleware(&chain);
        let mut server = Memory::<_, _>::new(&service);
        for length in [2_000_usize, 100_000] {
            for path in ["stream", "sized"] {
                let line = format!("GET /{path}/{length}");
                let before = app.asked.load(Ordering::Relaxed);
                for round in 0..3 {
                    for fields in ["Accept-Encoding: gzip\r\n", ""] {
                        let answer = ask(&mut server, &line, fields);
                        let name = format!("{line} {fields:?}, cache first: {cache_first}, round {round}");
                        assert_eq!(answer.field("Content-Encoding").is_some(), !fields.is_empty(), "{name}");
                        assert_eq!(
                            (decoded(&answer), answer.field("Vary")),
                            (length, Some("Accept-Encoding")),
                            "{name}"
                        );
                        assert!(round == 0 || answer.field("Age") == Some("0"), "{name}");
                    }
                }
                let asked = app.asked.load(Ordering::Relaxed) - before;
                assert_eq!(asked, if cache_first { 2 } else { 1 }, "{line}: variants or one plain answer");
            }
        }
    }
}
