//! Cross-origin requests, by the Fetch standard: what pages may read and send, and what caches are told of it.

use bantam_core::middleware::Middleware;
use bantam_core::middleware::cors::Cors;
use bantam_core::prelude::*;
use bantam_tests::answer::Answer;
use bantam_tests::serves::{Serves, on_all_with};

static ROUTES: Router<(), 4> = Router::new([
    get("/plaintext", |(), _, response| response.field("X-Shown", "yes").text("Hello, World!")),
    put("/plaintext", |(), _, response| response.no_content()),
    get("/fail", |(), _, _| Err(Status::CONFLICT.into())),
    options("/own", |(), _, response| response.text("the route's own")),
]);

static LISTED: Cors<'_> = Cors::origins(&["https://a.example", "http://127.0.0.1:3000"])
    .request_fields(&["Content-Type", "X-Token"])
    .expose(&["X-Shown", "X-Request-ID"])
    .credentials()
    .max_age(600);
static ANY: Cors<'_> = Cors::any().any_request_field();
static CHOSEN: Cors<'_> =
    Cors::origins_if(|origin| origin.strip_prefix("https://").is_some_and(|host| host.ends_with(".example")))
        .methods(MethodSet::of(Method::Delete));

fn listed() -> Service<'static, (), NoStream> {
    static CHAIN: [&dyn Middleware<()>; 1] = [&LISTED];
    Service::new(&(), &ROUTES).with_middleware(&CHAIN)
}

fn any() -> Service<'static, (), NoStream> {
    static CHAIN: [&dyn Middleware<()>; 1] = [&ANY];
    Service::new(&(), &ROUTES).with_middleware(&CHAIN)
}

fn chosen() -> Service<'static, (), NoStream> {
    static CHAIN: [&dyn Middleware<()>; 1] = [&CHOSEN];
    Service::new(&(), &ROUTES).with_middleware(&CHAIN)
}

/// An answer's status, and its fields that matter here, in order.
fn told(answer: &Answer) -> String {
    let fields = answer.fields.iter().filter(|(name, _)| {
        name.starts_with("Access-Control-") || ["Vary", "Allow", "Content-Length"].contains(&name.as_str())
    });
    let fields =
        fields.map(|(name, value)| format!(" | {}: {value}", name.trim_start_matches("Access-Control-")));
    format!("{}{}", answer.status, fields.collect::<String>())
}

fn ask(server: &mut dyn Serves, line: &str, fields: &str) -> String {
    told(&server.ask(format!("{line} HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes()))
}

const A: &str = "Origin: https://a.example\r\n";
const EVIL: &str = "Origin: https://evil.example\r\n";
const PUT: &str = "Access-Control-Request-Method: PUT\r\n";
const EXPOSED: &str = "Expose-Headers: X-Shown, X-Request-ID";
const CREDENTIALS: &str = "Allow-Origin: https://a.example | Allow-Credentials: true";

#[test]
fn pages_of_listed_origins_read_answers_whatever_they_are() {
    on_all_with(listed, |server| {
        let read = format!("Vary: Origin | {CREDENTIALS} | {EXPOSED}");
        for (line, status, behind) in [
            ("GET /plaintext", "200 | Content-Length: 13", ""),
            ("HEAD /plaintext", "200 | Content-Length: 13", ""),
            ("GET /fail", "409 | Content-Length: 13", ""),
            ("GET /nothing", "404 | Content-Length: 14", ""),
            ("DELETE /plaintext", "405 | Content-Length: 44", " | Allow: GET, HEAD, PUT, OPTIONS"),
            ("BREW /plaintext", "501 | Content-Length: 43", ""),
        ] {
            assert_eq!(ask(server, line, A), format!("{status} | {read}{behind}"), "{line}");
            assert_eq!(ask(server, line, ""), format!("{status} | Vary: Origin{behind}"), "{line}, no page");
            assert_eq!(ask(server, line, EVIL), format!("{status} | Vary: Origin{behind}"), "{line}, others");
        }
        // A refusal is for the page to read as well, as far as its origin was read.
        let refused = "GET /plaintext HTTP/1.1\r\nHost: a\r\nHost: b\r\nOrigin: https://a.example\r\n\r\n";
        let bytes = server.converse(&[refused.as_bytes()], false);
        let answers = bantam_tests::answer::finals(&bytes, &["GET"]);
        assert_eq!(told(&answers[0]), format!("400 | Content-Length: 51 | {read}"));
    });
}

#[test]
fn other_spellings_are_other_origins() {
    on_all_with(listed, |server| {
        for origin in [
            "https://a.example.evil",
            "https://a.example:443",
            "http://a.example",
            "https://a.example/",
            "https://A.example",
            "https://b.a.example",
            "null",
            "",
            "*",
            "https://a.example, https://a.example",
            "https://a.example\r\nOrigin: https://a.example",
        ] {
            let told = ask(server, "GET /plaintext", &format!("Origin: {origin}\r\n"));
            assert_eq!(told, "200 | Content-Length: 13 | Vary: Origin", "{origin}");
        }
    });
}

#[test]
fn a_preflight_of_a_listed_origin_is_answered_whatever_it_asks() {
    on_all_with(listed, |server| {
        let allowed = format!(
            "204 | Vary: Origin | {CREDENTIALS} | Vary: Access-Control-Request-Method | Allow-Methods: GET, HEAD, POST, \
             PUT, PATCH, DELETE | Allow-Headers: Content-Type, X-Token | Max-Age: 600"
        );
        for path in ["/plaintext", "/plaintext?q", "/nothing", "/own", "/fail"] {
            assert_eq!(ask(server, &format!("OPTIONS {path}"), &format!("{A}{PUT}")), allowed, "{path}");
        }
        for method in ["DELETE", "BREW", "put", "GET"] {
            let fields = format!("{A}Access-Control-Request-Method: {method}\r\n");
            assert_eq!(ask(server, "OPTIONS /plaintext", &fields), allowed, "{method}");
        }
        let fields = format!("{A}{PUT}Access-Control-Request-Headers: x-other\r\n");
        assert_eq!(ask(server, "OPTIONS /plaintext", &fields), allowed, "the browser compares");
    });
}

#[test]
fn other_options_go_to_the_routes() {
    on_all_with(listed, |server| {
        let routed = "Vary: Access-Control-Request-Method | Allow: GET, HEAD, PUT, OPTIONS";
        let page = format!("Vary: Origin | {CREDENTIALS}");
        let cases: [(&str, String, String); 6] = [
            ("no page", String::new(), format!("204 | Vary: Origin | {routed}")),
            (
                "no method",
                A.into(),
                format!(
                    "204 | {page} | Vary: Access-Control-Request-Method | {EXPOSED} | Allow: GET, HEAD, PUT, OPTIONS"
                ),
            ),
            ("no origin", PUT.into(), format!("204 | Vary: Origin | {routed}")),
            ("another origin", format!("{EVIL}{PUT}"), format!("204 | Vary: Origin | {routed}")),
            ("null", format!("Origin: null\r\n{PUT}"), format!("204 | Vary: Origin | {routed}")),
            (
                "a method that is none",
                format!("{A}Access-Control-Request-Method: P T\r\n"),
                format!(
                    "204 | {page} | Vary: Access-Control-Request-Method | {EXPOSED} | Allow: GET, HEAD, PUT, OPTIONS"
                ),
            ),
        ];
        for (name, fields, wanted) in cases {
            assert_eq!(ask(server, "OPTIONS /plaintext", &fields), wanted, "{name}");
        }
        let own = ask(server, "OPTIONS /own", A);
        assert!(own.starts_with("200 | Content-Length: 15"), "{own}");
        let server_as_a_whole = ask(server, "OPTIONS *", &format!("{A}{PUT}"));
        assert!(server_as_a_whole.contains("Allow: GET"), "{server_as_a_whole}");
        assert!(ask(server, "GET /plaintext", &format!("{A}{PUT}")).starts_with("200"), "not OPTIONS");
    });
}

#[test]
fn what_is_refused_is_no_preflight() {
    on_all_with(listed, |server| {
        let request = format!("OPTIONS /plaintext HTTP/1.1\r\nHost: a\r\nHost: b\r\n{A}{PUT}\r\n");
        let bytes = server.converse(&[request.as_bytes()], false);
        let answers = bantam_tests::answer::finals(&bytes, &["OPTIONS"]);
        assert_eq!((answers.len(), answers[0].status), (1, 400));
    });
}

#[test]
fn answers_for_any_origin_are_the_same_for_all() {
    on_all_with(any, |server| {
        for fields in ["", A, EVIL, "Origin: null\r\n"] {
            let told = ask(server, "GET /plaintext", fields);
            assert_eq!(told, "200 | Content-Length: 13 | Allow-Origin: *", "{fields}");
        }
        let methods = "Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE";
        let varies = "Vary: Access-Control-Request-Method";
        let fields = "Vary: Access-Control-Request-Headers";
        let asked = "Access-Control-Request-Headers: authorization,x-a\r\n";
        assert_eq!(
            ask(server, "OPTIONS /plaintext", &format!("{EVIL}{PUT}{asked}")),
            format!(
                "204 | Allow-Origin: * | {varies} | {methods} | {fields} | Allow-Headers: authorization,x-a"
            )
        );
        let bad = "Access-Control-Request-Headers: a b\r\n";
        assert_eq!(
            ask(server, "OPTIONS /plaintext", &format!("{EVIL}{PUT}{bad}")),
            format!("204 | Allow-Origin: * | {varies} | {methods} | {fields}"),
            "what are no names is not given back"
        );
    });
}

#[test]
fn origins_by_a_function() {
    on_all_with(chosen, |server| {
        let good =
            ask(server, "OPTIONS /plaintext", &format!("{A}Access-Control-Request-Method: DELETE\r\n"));
        assert_eq!(
            good,
            "204 | Vary: Origin | Allow-Origin: https://a.example | Vary: Access-Control-Request-Method | \
             Allow-Methods: DELETE | Allow-Headers: Content-Type"
        );
        let bad = ask(server, "GET /plaintext", "Origin: https://a.example.net\r\n");
        assert_eq!(bad, "200 | Content-Length: 13 | Vary: Origin");
    });
}
