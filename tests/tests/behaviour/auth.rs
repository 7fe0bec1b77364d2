//! Who may enter: Basic (RFC 7617) and Bearer (RFC 6750), and what a guard covers.

use std::sync::LazyLock;

use bantam_core::middleware::auth::Verdict;
use bantam_core::middleware::auth::basic::{self, Basic, CredentialsError};
use bantam_core::middleware::auth::bearer::{self, Bearer, TokenError};
use bantam_core::middleware::auth::challenge::Challenge;
use bantam_core::middleware::auth::compare::is_same;
use bantam_core::middleware::scope::Only;
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::folder::Folder;
use bantam_tests::serves::{Serves, on_all_with};
use bantam_transport_std::passwords::{Options, Passwords};

/// What only who may enter sees.
const INSIDE: &str = "inside";

fn inside(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.text(INSIDE)
}

static OWN: Challenge = Challenge::basic("own");

static ROUTES: Router<(), 14> = Router::new([
    get("/plaintext", |(), _, response| response.text("Hello, World!")),
    get("/", inside),
    get("/inside", inside),
    post("/inside/content", |(), request, response| response.bytes("", request.body())),
    any("/inside/any", inside),
    get("/inside/401", |(), _, response| {
        response.field("X-Half", "done");
        Err(Failure::new(Status::UNAUTHORIZED, "not you"))
    }),
    get("/inside/403", |(), _, _| Err(Status::FORBIDDEN.into())),
    get("/inside/503", |(), _, _| Err(Status::SERVICE_UNAVAILABLE.into())),
    get("/inside/own", |(), _, response| OWN.answer(response, Status::UNAUTHORIZED)),
    get("/admin", inside),
    get("/admin/users/:id", inside),
    get("/:section/by-section", inside),
    get("/files/*path", |(), request, response| response.text(request.param("path")?)),
    get("/basic-auth/:user/:password", |(), request, response| {
        let (user, password): (&str, &str) = (request.param("user")?, request.param("password")?);
        let mut space = [0; basic::SPACE];
        match basic::credentials(request, &mut space) {
            Ok(sent) if sent.user() == user && is_same(sent.password(), password.as_bytes()) => {
                response.text(sent.user())
            }
            Ok(_) => OWN.answer(response, CredentialsError::Wrong),
            Err(error) => OWN.answer(response, error),
        }
    }),
]);

fn verify(_: &(), user: &str, password: &[u8]) -> Verdict {
    match user {
        "busy" => Verdict::Busy,
        "blocked" => Verdict::Forbidden,
        _ => (is_same(user.as_bytes(), b"Aladdin") & is_same(password, b"open sesame")).into(),
    }
}

fn verify_token(_: &(), token: &str) -> Verdict {
    match token {
        "busy" => Verdict::Busy,
        "reads" => Verdict::Forbidden,
        _ => is_same(token.as_bytes(), b"mF_9.B5f-4.1JqM").into(),
    }
}

static BASIC: &dyn Middleware<()> = &Basic::new("the \"cave\"", verify);
static BEARER: &dyn Middleware<()> = &Bearer::new("the API", verify_token).with_scope("write");
static BASIC_CHAIN: [&dyn Middleware<()>; 1] = [BASIC];
static BEARER_CHAIN: [&dyn Middleware<()>; 1] = [BEARER];

const BASIC_CHALLENGE: &str = r#"Basic realm="the \"cave\"", charset="UTF-8""#;
const BEARER_CHALLENGE: &str = r#"Bearer realm="the API", scope="write""#;
const RIGHT: &str = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";
const RIGHT_TOKEN: &str = "Authorization: Bearer mF_9.B5f-4.1JqM\r\n";

fn with_basic() -> Service<'static, ()> {
    Service::new(&(), &ROUTES).with_middleware(&BASIC_CHAIN)
}

fn with_bearer() -> Service<'static, ()> {
    Service::new(&(), &ROUTES).with_middleware(&BEARER_CHAIN)
}

/// The answer to one request, which ends its connection.
fn ask(server: &mut dyn Serves, line: &str, fields: &str) -> Answer {
    let request = format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
    let method = line.split(' ').next().unwrap_or_default();
    let bytes = server.converse(&[request.as_bytes()], false);
    let mut answers = answer::all(&bytes, &[method]);
    assert_eq!(answers.len(), 1, "{}: {line}: {answers:#?}", server.name());
    answers.swap_remove(0)
}

#[test]
fn basic_by_what_is_sent() {
    on_all_with(with_basic, |server| {
        let line = |value: &str| format!("Authorization: {value}\r\n");
        let cases = [
            ("right", RIGHT.to_owned(), 200, ""),
            ("nothing", String::new(), 401, "credentials are missing"),
            ("another scheme", RIGHT_TOKEN.to_owned(), 401, "credentials are missing"),
            ("the scheme alone", line("Basic"), 401, "the credentials have no colon"),
            ("a wrong password", line("Basic QWxhZGRpbjpvcGVu"), 401, "the credentials are wrong"),
            ("no Base64", line("Basic Aladdin:open"), 401, "the credentials are not Base64"),
            ("no padding", line("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ"), 401, "the credentials are not Base64"),
            ("no colon", line("Basic QWxhZGRpbm9w"), 401, "the credentials have no colon"),
            (
                "a control character",
                line("Basic QWxhZGRpbjoK"),
                401,
                "the credentials have a control character",
            ),
            ("not UTF-8", line("Basic /zph"), 401, "the user is not UTF-8"),
            ("too long", line(&format!("Basic {}", "YTph".repeat(86))), 401, "the credentials are too long"),
            ("right, twice", RIGHT.repeat(2), 400, "there is more than one Authorization field"),
            (
                "right and wrong",
                format!("{RIGHT}{}", line("Basic YTpi")),
                400,
                "there is more than one Authorization field",
            ),
            (
                "wrong and right",
                format!("{}{RIGHT}", line("Basic YTpi")),
                400,
                "there is more than one Authorization field",
            ),
            ("blocked", line("Basic YmxvY2tlZDo="), 403, "this user may not enter"),
            ("busy", line("Basic YnVzeTo="), 503, "too many credentials wait to be verified"),
        ];
        for (name, fields, status, reason) in cases {
            let answer = ask(server, "GET /inside", &fields);
            assert_eq!(answer.status, status, "{name}");
            let challenge = (status == 401).then_some(BASIC_CHALLENGE);
            assert_eq!(answer.field("WWW-Authenticate"), challenge, "{name}");
            assert_eq!(answer.field("Retry-After"), (status == 503).then_some("1"), "{name}");
            match status {
                200 => assert_eq!(answer.text(), INSIDE, "{name}"),
                _ => assert!(answer.text().ends_with(&format!(": {reason}\n")), "{name}: {}", answer.text()),
            }
        }
    });
}

#[test]
fn bearer_by_what_is_sent() {
    on_all_with(with_bearer, |server| {
        let line = |value: &str| format!("Authorization: {value}\r\n");
        // RFC 6750 §3.1: no error without a token.
        let cases = [
            ("right", RIGHT_TOKEN.to_owned(), 200, None),
            ("nothing", String::new(), 401, Some("")),
            ("another scheme", RIGHT.to_owned(), 401, Some("")),
            ("in the query only", String::new(), 401, Some("")),
            ("the scheme alone", line("Bearer"), 400, Some("invalid_request")),
            ("two tokens", line("Bearer a b"), 400, Some("invalid_request")),
            ("no token's letter", line("Bearer a,b"), 400, Some("invalid_request")),
            ("right, twice", RIGHT_TOKEN.repeat(2), 400, Some("invalid_request")),
            ("two schemes", format!("{RIGHT_TOKEN}{RIGHT}"), 400, Some("invalid_request")),
            ("unknown", line("Bearer mF_9.B5f-4.1JqN"), 401, Some("invalid_token")),
            ("not enough", line("Bearer reads"), 403, Some("insufficient_scope")),
            ("busy", line("Bearer busy"), 503, None),
        ];
        for (name, fields, status, error) in cases {
            let answer = ask(server, "GET /inside?access_token=mF_9.B5f-4.1JqM", &fields);
            assert_eq!(answer.status, status, "{name}");
            let challenge = error.map(|error| match error {
                "" => BEARER_CHALLENGE.to_owned(),
                error => format!("{BEARER_CHALLENGE}, error=\"{error}\""),
            });
            assert_eq!(answer.field("WWW-Authenticate"), challenge.as_deref(), "{name}");
            assert_eq!(answer.field("Retry-After"), (status == 503).then_some("1"), "{name}");
        }
    });
}

/// What there is, is not told to who may not enter: neither routes nor methods nor their absence.
#[test]
fn whatever_is_asked_for_the_answer_is_the_same() {
    on_all_with(with_basic, |server| {
        let cases = [
            ("a route", "GET /inside"),
            ("no route", "GET /nothing"),
            ("no route for the method", "DELETE /inside"),
            ("an unknown method", "BREW /inside"),
            ("TRACE", "TRACE /inside"),
            ("OPTIONS", "OPTIONS /inside"),
            ("OPTIONS that a route answers", "OPTIONS /inside/any"),
            ("OPTIONS of nothing", "OPTIONS /nothing"),
            ("OPTIONS of the server", "OPTIONS *"),
            ("OPTIONS of the server, absolute", "OPTIONS http://a"),
            ("an absolute target", "GET http://a/inside"),
            ("another scheme", "GET https://a/inside"),
            ("a route that fails", "GET /inside/403"),
        ];
        let mut seen = Vec::new();
        for (name, line) in cases {
            let answer = ask(server, line, "");
            assert_eq!(answer.status, 401, "{name}");
            assert_eq!(answer.field("WWW-Authenticate"), Some(BASIC_CHALLENGE), "{name}");
            assert_eq!(answer.field("Allow"), None, "{name}");
            seen.push(answer.content);
        }
        assert!(seen.iter().all(|content| *content == seen[0]), "{seen:?}");
        // HEAD has the fields and no content.
        let answer = ask(server, "HEAD /inside", "");
        assert_eq!((answer.status, answer.field("WWW-Authenticate")), (401, Some(BASIC_CHALLENGE)));
    });
}

#[test]
fn content_is_neither_asked_for_nor_read() {
    on_all_with(with_basic, |server| {
        let head =
            "POST /inside/content HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n";
        let bytes = server.converse(&[head.as_bytes(), b"\r\n"], false);
        let answers = answer::all(&bytes, &["POST"]);
        assert_eq!((answers.len(), answers[0].status), (1, 401), "no 100 Continue");
        assert!(answers[0].says_close(), "nobody can tell whether the content comes");
        let bytes =
            server.converse(&[head.as_bytes(), RIGHT.as_bytes(), b"Connection: close\r\n\r\nhello"], false);
        let answers = answer::finals(&bytes, &["POST"]);
        assert_eq!((answers.len(), answers[0].status, answers[0].text()), (1, 200, "hello"));
    });
}

#[test]
fn answers_of_handlers_get_the_challenge_that_they_need() {
    on_all_with(with_basic, |server| {
        let cases = [
            ("a failure of 401", "GET /inside/401", 401, Some(BASIC_CHALLENGE)),
            (
                "a challenge of its own",
                "GET /inside/own",
                401,
                Some("Basic realm=\"own\", charset=\"UTF-8\""),
            ),
            ("a failure of 403", "GET /inside/403", 403, None),
            ("a failure of 503", "GET /inside/503", 503, None),
            ("no route", "GET /nothing", 404, None),
            ("an answer", "GET /inside", 200, None),
        ];
        for (name, line, status, challenge) in cases {
            let answer = ask(server, line, RIGHT);
            assert_eq!(answer.status, status, "{name}");
            assert_eq!(answer.field("WWW-Authenticate"), challenge, "{name}");
            assert_eq!((answer.field("Retry-After"), answer.field("X-Half")), (None, None), "{name}");
        }
        // What was refused before anyone could be asked is no matter of credentials.
        for line in ["GET /../inside", "GET /%zz", "GET /inside\u{1}"] {
            let answer = ask(server, line, "");
            assert_eq!((answer.status, answer.field("WWW-Authenticate")), (400, None), "{line}");
        }
    });
    on_all_with(with_bearer, |server| {
        for (line, status, challenge) in [
            ("GET /inside/401", 401, Some(BEARER_CHALLENGE)),
            ("GET /inside/403", 403, None), // not a matter of the token's scope
            ("GET /inside/503", 503, None),
        ] {
            let answer = ask(server, line, RIGHT_TOKEN);
            assert_eq!((answer.status, answer.field("WWW-Authenticate")), (status, challenge), "{line}");
        }
    });
}

#[test]
fn handlers_can_ask_for_themselves() {
    static API: Challenge = Challenge::bearer("the API");
    static ROUTES: Router<(), 2> = Router::new([
        get("/plaintext", |(), _, response| response.text("Hello, World!")),
        get("/bearer", |(), request, response| match bearer::token(request) {
            Ok("good") => response.text("good"),
            Ok(_) => API.answer(response, TokenError::Invalid),
            Err(error) => API.answer(response, error),
        }),
    ]);
    on_all_with(
        || Service::new(&(), &self::ROUTES),
        |server| {
            let wrong = "Authorization: Basic YTpi\r\n";
            let several = RIGHT.repeat(2);
            for (name, path, fields, status) in [
                ("right", "/basic-auth/Aladdin/open%20sesame", RIGHT, 200),
                ("another user", "/basic-auth/Ali/open%20sesame", RIGHT, 401),
                ("another password", "/basic-auth/Aladdin/open", RIGHT, 401),
                ("wrong", "/basic-auth/Aladdin/open", wrong, 401),
                ("none", "/basic-auth/Aladdin/open", "", 401),
                ("several", "/basic-auth/Aladdin/open%20sesame", several.as_str(), 400),
            ] {
                let answer = ask(server, &format!("GET {path}"), fields);
                assert_eq!(answer.status, status, "{name}");
                let is_challenged = answer.field("WWW-Authenticate").is_some();
                assert_eq!(is_challenged, status != 200, "{name}");
            }
        },
    );
    on_all_with(
        || Service::new(&(), &ROUTES),
        |server| {
            for (fields, status, error) in [
                ("Authorization: Bearer good\r\n", 200, None),
                (
                    "Authorization: Bearer bad\r\n",
                    401,
                    Some("Bearer realm=\"the API\", error=\"invalid_token\""),
                ),
                (
                    "Authorization: Bearer\r\n",
                    400,
                    Some("Bearer realm=\"the API\", error=\"invalid_request\""),
                ),
                ("", 401, Some("Bearer realm=\"the API\"")),
            ] {
                let answer = ask(server, "GET /bearer", fields);
                assert_eq!((answer.status, answer.field("WWW-Authenticate")), (status, error), "{fields:?}");
            }
        },
    );
}

/// Answers preflights and lets the rest pass, as CORS does.
struct Preflights;

impl<A, S: Sink<A>> Middleware<A, S> for Preflights {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        if request.method() == Some(Method::Options)
            && request.field("Access-Control-Request-Method").is_some()
        {
            response.field("Access-Control-Allow-Origin", "http://b");
            let _ = response.no_content();
        } else {
            next.run(app, request, response);
        }
    }
}

const PREFLIGHT: &str = "Origin: http://b\r\nAccess-Control-Request-Method: PUT\r\n";

#[test]
fn preflights_reach_other_middleware_where_they_may_and_never_a_handler() {
    static OPEN: &dyn Middleware<()> = &Basic::new("the \"cave\"", verify).with_preflights(true);
    static OPEN_BEARER: &dyn Middleware<()> = &Bearer::new("the API", verify_token).with_preflights(true);
    static OUTSIDE: [&dyn Middleware<()>; 2] = [&Preflights, OPEN];
    static WITHIN: [&dyn Middleware<()>; 2] = [OPEN, &Preflights];
    static ALONE: [&dyn Middleware<()>; 1] = [OPEN];
    static BEARER_OUTSIDE: [&dyn Middleware<()>; 2] = [&Preflights, OPEN_BEARER];
    static BEARER_ALONE: [&dyn Middleware<()>; 1] = [OPEN_BEARER];

    fn check(server: &mut dyn Serves, name: &str, answered: bool) {
        for path in ["/inside", "/inside/any", "/nothing", "*"] {
            let answer = ask(server, &format!("OPTIONS {path}"), PREFLIGHT);
            let status = if answered { 204 } else { 401 };
            assert_eq!(answer.status, status, "{name}: {path}");
            assert_eq!(answer.field("WWW-Authenticate").is_some(), !answered, "{name}: {path}");
            assert!(answer.field("Allow").is_none() && answer.text() != INSIDE, "{name}: {path}");
        }
    }
    on_all_with(
        || Service::new(&(), &ROUTES).with_middleware(&OUTSIDE),
        |server| check(server, "outside", true),
    );
    on_all_with(
        || Service::new(&(), &ROUTES).with_middleware(&WITHIN),
        |server| check(server, "within", true),
    );
    on_all_with(
        || Service::new(&(), &ROUTES).with_middleware(&ALONE),
        |server| check(server, "alone", false),
    );
    on_all_with(
        || Service::new(&(), &ROUTES).with_middleware(&BEARER_OUTSIDE),
        |server| check(server, "bearer, outside", true),
    );
    on_all_with(
        || Service::new(&(), &ROUTES).with_middleware(&BEARER_ALONE),
        |server| check(server, "bearer, alone", false),
    );
    // By default they are refused before anyone could answer, like requests that are none.
    on_all_with(with_basic, |server| check(server, "by default", false));
    on_all_with(with_bearer, |server| check(server, "bearer, by default", false));
    on_all_with(
        || Service::new(&(), &ROUTES).with_middleware(&ALONE),
        |server| {
            // With credentials it is a request like others.
            let answer = ask(server, "OPTIONS /inside/any", &format!("{PREFLIGHT}{RIGHT}"));
            assert_eq!((answer.status, answer.text()), (200, INSIDE));
            let answer =
                ask(server, "OPTIONS /inside/any", &format!("{PREFLIGHT}Authorization: Basic YTpi\r\n"));
            assert_eq!(answer.status, 401);
            // What is refused for another reason stays so.
            for (fields, status) in
                [("Host: a\r\nHost: b\r\n", 400), ("", 400), ("Host: a\r\nExpect: tea\r\n", 417)]
            {
                let request = format!("OPTIONS /inside HTTP/1.1\r\n{fields}{PREFLIGHT}\r\n");
                let bytes = server.converse(&[request.as_bytes()], false);
                assert!(bytes.starts_with(format!("HTTP/1.1 {status} ").as_bytes()), "{fields:?}");
            }
            // Nothing that only looks like one is let through: no content is awaited.
            let head = format!("OPTIONS /inside/any HTTP/1.1\r\nHost: a\r\n{PREFLIGHT}Content-Length: 5\r\n");
            let bytes = server.converse(&[head.as_bytes(), b"Expect: 100-continue\r\n\r\n"], false);
            assert!(bytes.starts_with(b"HTTP/1.1 401 "), "{}", String::from_utf8_lossy(&bytes));
        },
    );
}

#[test]
fn a_guard_covers_what_it_says() {
    static BY_PATH: &dyn Middleware<()> = &Only::path("/admin", Basic::new("path", verify));
    static BY_FILE: &dyn Middleware<()> = &Only::path("/files/private", Basic::new("path", verify));
    static PATHS: [&dyn Middleware<()>; 2] = [BY_PATH, BY_FILE];
    static BY_ROUTE: &dyn Middleware<()> = &Only::route("/admin", Basic::new("route", verify));
    static BY_SECTION: &dyn Middleware<()> =
        &Only::route("/:section/by-section", Basic::new("route", verify));
    static BY_WILDCARD: &dyn Middleware<()> = &Only::route("/files", Basic::new("route", verify));
    static ROUTE: [&dyn Middleware<()>; 1] = [BY_ROUTE];
    static SECTION: [&dyn Middleware<()>; 2] = [BY_SECTION, BY_WILDCARD];
    static NOT_GET: &dyn Middleware<()> =
        &Only::when(|request| request.method() != Some(Method::Get), Basic::new("changes", verify));
    static WHEN: [&dyn Middleware<()>; 1] = [NOT_GET];

    /// The status without credentials by path, by the route `/admin`, by routes with parameters, by method.
    #[rustfmt::skip]
    const CASES: [(&str, &str, [u16; 4]); 35] = [
        ("the route", "GET /admin", [401, 401, 200, 200]),
        ("HEAD", "HEAD /admin", [401, 401, 200, 401]),
        ("a route beneath", "GET /admin/users/7", [401, 401, 200, 200]),
        ("an encoded parameter", "GET /admin/users/%61", [401, 401, 200, 200]),
        ("an absolute target", "GET http://a/admin/users/7", [401, 401, 200, 200]),
        ("with a query", "GET /admin?a=/b", [401, 401, 200, 200]),
        ("no route beneath", "GET /admin/nothing", [401, 401, 404, 404]),
        ("a slash behind", "GET /admin/", [401, 401, 404, 404]),
        ("no route for the method", "DELETE /admin", [401, 401, 405, 401]),
        ("OPTIONS", "OPTIONS /admin/users/7", [401, 401, 204, 401]),
        ("OPTIONS of nothing", "OPTIONS /admin/nothing", [401, 401, 404, 401]),
        ("an unknown method", "BREW /admin", [401, 401, 501, 401]),
        ("another spelling", "GET /%61dmin", [401, 401, 404, 404]),
        ("all of it spelt otherwise", "GET /%61%64%6d%69%6E/users/7", [401, 401, 404, 404]),
        ("another spelling for the method", "PUT /%61dmin", [401, 401, 404, 401]),
        ("an empty segment", "GET //admin", [401, 401, 404, 404]),
        ("an encoded slash", "GET /admin%2Fusers%2F7", [401, 401, 404, 404]),
        ("another case", "GET /ADMIN", [401, 401, 404, 404]),
        ("an absolute target, spelt otherwise", "GET http://a//%61dmin", [401, 401, 404, 404]),
        ("by a parameter", "GET /admin/by-section", [401, 200, 401, 200]),
        ("by a parameter, spelt otherwise", "GET /%61dmin/by-section", [401, 200, 401, 200]),
        ("another section", "GET /b/by-section", [200, 200, 401, 200]),
        ("another section, no route for the method", "PUT /b/by-section", [405, 405, 401, 401]),
        ("a dot segment", "GET /admin/../inside", [400, 400, 400, 400]),
        ("an encoded dot segment", "GET /x/%2e%2e/admin", [400, 400, 400, 400]),
        ("a longer name", "GET /administrator", [404, 404, 404, 404]),
        ("elsewhere", "GET /inside", [200, 200, 200, 200]),
        ("elsewhere, no route for the method", "DELETE /inside", [405, 405, 405, 401]),
        ("the server", "OPTIONS *", [204, 204, 204, 401]),
        ("a file", "GET /files/public", [200, 200, 401, 200]),
        ("a guarded file", "GET /files/private/x", [401, 200, 401, 200]),
        ("a guarded file, spelt otherwise", "GET /files/%70rivate/x", [401, 200, 401, 200]),
        ("a guarded file behind an empty segment", "GET /files//private/x", [401, 200, 401, 200]),
        ("a guarded file, slash encoded", "GET /files/private%2Fx", [401, 200, 401, 200]),
        ("a guarded file, all in one segment", "GET /files%2Fprivate", [401, 404, 401, 404]),
    ];
    fn check(server: &mut dyn Serves, column: usize) {
        for (name, line, statuses) in CASES {
            let status = statuses[column];
            let answer = ask(server, line, "");
            assert_eq!(answer.status, status, "{name}, column {column}");
            assert_eq!(answer.field("WWW-Authenticate").is_some(), status == 401, "{name}, column {column}");
            assert!(status != 401 || answer.field("Allow").is_none(), "{name}, column {column}");
            let answer = ask(server, line, RIGHT);
            assert_ne!(answer.status, 401, "{name}, column {column}, with credentials");
        }
    }
    on_all_with(|| Service::new(&(), &ROUTES).with_middleware(&PATHS), |server| check(server, 0));
    on_all_with(|| Service::new(&(), &ROUTES).with_middleware(&ROUTE), |server| check(server, 1));
    on_all_with(|| Service::new(&(), &ROUTES).with_middleware(&SECTION), |server| check(server, 2));
    on_all_with(|| Service::new(&(), &ROUTES).with_middleware(&WHEN), |server| check(server, 3));
}

#[test]
fn a_guard_of_everything_covers_what_has_no_path() {
    static PATH: &dyn Middleware<()> = &Only::path("/", Basic::new("all", verify));
    static ROUTE: &dyn Middleware<()> = &Only::route("/", Basic::new("all", verify));
    static BY_PATH: [&dyn Middleware<()>; 1] = [PATH];
    static BY_ROUTE: [&dyn Middleware<()>; 1] = [ROUTE];
    fn check(server: &mut dyn Serves) {
        for line in ["GET /", "GET http://a", "OPTIONS *", "OPTIONS http://a", "GET /nothing", "CONNECT a:1"]
        {
            assert_eq!(ask(server, line, "").status, 401, "{line}");
        }
    }
    on_all_with(|| Service::new(&(), &ROUTES).with_middleware(&BY_PATH), check);
    on_all_with(|| Service::new(&(), &ROUTES).with_middleware(&BY_ROUTE), check);
}

#[test]
fn users_of_a_password_file() {
    /// Made by `htpasswd -B -C 4`, of `open sesame`.
    const ANN: &str = "ann:$2y$04$GU42Nfx7y2Mt4QfTVeSmpOo43QDc8BSgT2qxpxgNrtx68rWHFkfW6\n";
    static FOLDER: LazyLock<Folder> = LazyLock::new(|| {
        let folder = Folder::new();
        folder.write("users", ANN);
        folder
    });
    static PASSWORDS: LazyLock<Passwords> =
        LazyLock::new(|| Passwords::open(FOLDER.path().join("users"), Options::default()).expect("users"));
    fn service() -> Service<'static, ()> {
        let door: &'static dyn Middleware<()> = Box::leak(Box::new(Basic::new("members", &*PASSWORDS)));
        Service::new(&(), &ROUTES).with_middleware(Box::leak(Box::new([door])))
    }
    on_all_with(service, |server| {
        // `ann:open sesame`, `ann:open`, `bob:open sesame`.
        for (name, value, status) in [
            ("right", "YW5uOm9wZW4gc2VzYW1l", 200),
            ("wrong", "YW5uOm9wZW4=", 401),
            ("unknown", "Ym9iOm9wZW4gc2VzYW1l", 401),
            ("right again", "YW5uOm9wZW4gc2VzYW1l", 200),
        ] {
            let answer = ask(server, "GET /inside", &format!("Authorization: Basic {value}\r\n"));
            assert_eq!(answer.status, status, "{name}");
        }
    });
    // Over all three servers: Ann once, and each of the others every time.
    assert_eq!(PASSWORDS.runs(), 7);
}
