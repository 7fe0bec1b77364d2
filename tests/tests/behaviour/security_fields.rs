//! Fields that tell browsers to be careful: on every answer, once, and the handler's own where it has them.

use bantam_core::middleware::Middleware;
use bantam_core::middleware::security_fields::SecurityFields;
use bantam_core::prelude::*;
use bantam_tests::answer;
use bantam_tests::serves::on_all_with;

static ROUTES: Router<(), 3> = Router::new([
    get("/plaintext", |(), _, response| response.text("Hello, World!")),
    get("/own", |(), _, response| response.field("x-frame-options", "DENY").text("framed by nobody")),
    get("/fail", |(), _, response| {
        response.field("X-Frame-Options", "lost").format("a/b", format_args!("{}", Fails))
    }),
]);

struct Fails;

impl core::fmt::Display for Fails {
    fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        Err(core::fmt::Error)
    }
}

fn service() -> Service<'static, (), NoStream> {
    static USUAL: SecurityFields<'_> = SecurityFields::USUAL;
    static CHAIN: [&dyn Middleware<()>; 1] = [&USUAL];
    Service::new(&(), &ROUTES).with_middleware(&CHAIN)
}

#[test]
fn every_answer_has_them_once() {
    on_all_with(service, |server| {
        for (request, status, frames) in [
            ("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", 200, "SAMEORIGIN"),
            ("GET /own HTTP/1.1\r\nHost: a\r\n\r\n", 200, "DENY"),
            ("GET /fail HTTP/1.1\r\nHost: a\r\n\r\n", 500, "SAMEORIGIN"),
            ("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404, "SAMEORIGIN"),
            ("POST /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", 405, "SAMEORIGIN"),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204, "SAMEORIGIN"),
            ("GET / HTTP/1.1\r\n\r\n", 400, "SAMEORIGIN"),
            ("GET / HTTP/3.0\r\n\r\n", 505, "SAMEORIGIN"),
            ("\u{16}\u{3}\u{1}", 400, "SAMEORIGIN"),
        ] {
            let method = request.split(' ').next().unwrap_or_default();
            let bytes = server.converse(&[request.as_bytes()], true);
            let answers = answer::finals(&bytes, &[method]);
            let answer = &answers[0];
            let values = |wanted: &str| {
                let lines = answer.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
                lines.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" and ")
            };
            assert_eq!((answers.len(), answer.status), (1, status), "{request:?}");
            assert_eq!(values("X-Frame-Options"), frames, "{request:?}");
            assert_eq!(values("X-Content-Type-Options"), "nosniff", "{request:?}");
            assert_eq!(values("Referrer-Policy"), "strict-origin-when-cross-origin", "{request:?}");
        }
    });
}
