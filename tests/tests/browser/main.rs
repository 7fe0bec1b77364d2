//! What a real browser makes of cross-origin requests: a page of one origin, on a port of its own, asks a server on
//! another. Skipped, with a line that says so, where no Chromium is installed.

use core::net::SocketAddr;
use std::process::Command;

use bantam_core::middleware::Middleware;
use bantam_core::middleware::cors::Cors;
use bantam_core::prelude::*;
use bantam_tests::running::Running;

/// The page asks the server that its query names, and writes down what it may read.
static PAGE: Router<(), 1> =
    Router::new([get("/", |(), _, response| response.html(include_str!("page.html")))]);

/// What it asks for.
static API: Router<(), 5> = Router::new([
    get("/data", |(), _, response| {
        response.field("X-Shown", "shown").field("X-Hidden", "hidden").text("data")
    }),
    put("/data", |(), request, response| {
        response.format("text/plain", format_args!("put by {}", request.field("X-Token").unwrap_or("nobody")))
    }),
    patch("/data", |(), _, response| response.text("patched")),
    get("/cookie", |(), request, response| response.text(request.cookie("visit").unwrap_or("none"))),
    get("/fail", |(), _, _| Err(Failure::new(Status::CONFLICT, "on purpose"))),
]);

fn api(cors: Cors<'static>) -> Running {
    // In memory until the test program ends, as the service is.
    let chain: &'static [&'static dyn Middleware<()>] = Box::leak(Box::new([Box::leak(Box::new(cors)) as _]));
    Running::start(Service::new(&(), &API).with_middleware(chain))
}

/// Opens the page, and returns what it wrote down; `None` without a browser.
fn written(page: SocketAddr, api: SocketAddr) -> Option<String> {
    let profile = std::env::temp_dir().join(format!("bantam-browser-{}", api.port()));
    let output = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(|browser| {
        let mut command = Command::new(browser);
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom"]);
        command.args(["--virtual-time-budget=20000", "--timeout=20000"]);
        command.arg(format!("--user-data-dir={}", profile.display()));
        command.arg(format!("http://{page}/?http://{api}")).output().ok()
    });
    let _ = std::fs::remove_dir_all(&profile);
    let Some(output) = output else {
        println!("skipped: no Chromium is installed");
        return None;
    };
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let list = dom.split_once("<pre id=\"out\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let (lines, _) = list.unwrap_or_else(|| panic!("the page has not run: {output:?}"));
    Some(lines.to_owned())
}

#[test]
fn a_page_of_a_listed_origin_reads_what_it_may() {
    let page = Running::start(Service::new(&(), &PAGE));
    let origin: &'static str = String::leak(format!("http://{}", page.address()));
    let cors = Cors::origins(Box::leak(Box::new([origin])))
        .methods(MethodSet::of(Method::Get).with(Method::Put))
        .request_fields(&["X-Token", "Content-Type"])
        .expose(&["X-Shown"])
        .credentials();
    let api = api(cors);
    if let Some(written) = written(page.address(), api.address()) {
        assert_eq!(
            written,
            "simple: 200 data\n\
             field that is shown: shown\n\
             field that is not: null\n\
             preflight: 200 put by page\n\
             method that is not allowed: blocked\n\
             field that is not allowed: blocked\n\
             failure: 409 409 Conflict: on purpose\n\
             nothing there: 404 404 Not Found\n\
             nothing there to put: 404 404 Not Found\n\
             with credentials: 200 none\n\
             end\n"
        );
    }
}

#[test]
fn a_page_of_any_origin_reads_all_but_what_is_behind_credentials() {
    let page = Running::start(Service::new(&(), &PAGE));
    let api = api(Cors::any().any_request_field());
    if let Some(written) = written(page.address(), api.address()) {
        assert_eq!(
            written,
            "simple: 200 data\n\
             field that is shown: null\n\
             field that is not: null\n\
             preflight: 200 put by page\n\
             method that is not allowed: 200 patched\n\
             field that is not allowed: 200 data\n\
             failure: 409 409 Conflict: on purpose\n\
             nothing there: 404 404 Not Found\n\
             nothing there to put: 404 404 Not Found\n\
             with credentials: blocked\n\
             end\n"
        );
    }
}

#[test]
fn a_page_of_another_origin_reads_nothing() {
    let page = Running::start(Service::new(&(), &PAGE));
    let api = api(Cors::origins(&["https://example.com"]));
    if let Some(written) = written(page.address(), api.address()) {
        let lines: Vec<_> = written.lines().collect();
        let (last, asked) = lines.split_last().expect("lines");
        assert_eq!(*last, "end");
        assert!(asked.len() == 8 && asked.iter().all(|line| line.ends_with(": blocked")), "{written}");
    }
}
