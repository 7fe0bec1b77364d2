//! Call by call: whatever the system refuses, the answer says so, no byte of another answer is wrong, and the next request
//! is served as ever.

use rustix::io::Errno;

use super::super::fault::Call;
use super::super::fault::plan::while_failing;
use super::recent::keeping;
use super::*;

fn folder() -> Folder {
    Folder::new()
        .with("f", "x".repeat(100))
        .with("f.gz", "coded")
        .with("large", "y".repeat(70_000))
        .with("d/index.html", "<p>")
        .with("list/a", "")
        .with_link("list/b", "a")
        .with("404.html", "nothing here")
}

/// Requests, whose answers are all different.
const REQUESTS: [&str; 9] = [
    "GET /f HTTP/1.1\r\nHost: a",
    "GET /f HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip",
    "HEAD /f HTTP/1.1\r\nHost: a",
    "GET /large HTTP/1.1\r\nHost: a",
    "GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2,4-50000",
    "GET /d/ HTTP/1.1\r\nHost: a",
    "GET /d HTTP/1.1\r\nHost: a",
    "GET /list/ HTTP/1.1\r\nHost: a",
    "GET /absent HTTP/1.1\r\nHost: a",
];

/// An error, and the answer for a file that cannot be opened for it.
const ERRORS: [(Errno, &str); 7] = [
    (Errno::MFILE, "503"),
    (Errno::NFILE, "503"),
    (Errno::NOMEM, "503"),
    (Errno::ACCESS, "403"),
    (Errno::NOENT, "404"),
    (Errno::LOOP, "404"),
    (Errno::IO, "500"),
];

/// The folder, served in each way that there is.
fn servers(folder: &Folder) -> Vec<Files> {
    let made = || folder.both().map(|files| files.with_precompressed(true));
    let pages = made().map(|files| files.with_error_page(Status::NOT_FOUND, "404.html"));
    let kept = made().map(keeping);
    made().into_iter().chain(pages).chain(kept).collect()
}

/// The first of them that keeps files open.
const KEEPING: usize = 4;

/// What must not change from answer to answer of one request. The line between parts is made anew for each.
fn essence(answer: &Answer) -> (String, usize) {
    (answer.status().to_string(), answer.content.len())
}

/// Lets one opening after the other fail while `request` is answered; the statuses of the answers.
fn fail_each(
    folder: &Folder,
    way: usize,
    request: &str,
    error: Errno,
    times: u32,
    status: &str,
) -> Vec<String> {
    let mut statuses = Vec::new();
    for first in 0..100 {
        let files = &servers(folder)[way];
        let name = format!("{error:?} from call {first} on, {times} times, way {way}, {request}");
        let wanted = essence(&exchange(&servers(folder)[way], request, || {}));
        let (answer, made) =
            while_failing(Call::Open, first..first + times, error, || exchange(files, request, || {}));
        let is_well = ["200", "206", "308", status, &wanted.0].contains(&answer.status());
        assert!(is_well, "{name}: {}", answer.head);
        if !request.starts_with("HEAD") {
            let length = answer.field("Content-Length").map(|length| length.parse());
            assert_eq!(length, Some(Ok(answer.content.len())), "{name}");
        }
        // The compressed form may be missing; then there is the plain one.
        if request.contains("GET /f ") && answer.status() == "200" {
            let is_coded = answer.field("Content-Encoding").is_some();
            let content = if is_coded { "coded".into() } else { "x".repeat(100) };
            assert_eq!(answer.text(), content, "{name}");
        }
        assert_eq!(essence(&exchange(files, request, || {})), wanted, "{name}: afterwards");
        if made <= first {
            return statuses;
        }
        statuses.push(answer.status().to_string());
    }
    panic!("{request}: an end of the calls: {statuses:?}");
}

#[test]
fn whichever_file_is_not_opened_the_answer_says_so() {
    let folder = folder();
    for (error, status) in ERRORS {
        for times in [1, u32::MAX / 2] {
            for way in 0..servers(&folder).len() {
                for request in REQUESTS {
                    let statuses = fail_each(&folder, way, request, error, times, status);
                    // The first is the file that was asked for. Where there is another that answers too, it does.
                    let has_other =
                        status == "404" && ["/absent", "/d/", "/list/"].iter().any(|of| request.contains(of));
                    // Files that are kept open are let go when there are no descriptors, and it is tried again.
                    let is_tried_again = way >= KEEPING && status == "503" && times == 1;
                    assert!(
                        statuses.first().is_some_and(|first| first == status) || has_other || is_tried_again,
                        "{error:?}, {times} times, way {way}, {request}: {statuses:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_cut_or_told_and_never_wrong() {
    let folder = folder();
    for way in 0..servers(&folder).len() {
        for request in REQUESTS {
            let wanted = exchange(&servers(&folder)[way], request, || {});
            for first in 0..100 {
                let files = &servers(&folder)[way];
                let (answer, made) = while_failing(Call::Read, first..first + 1, Errno::IO, || {
                    exchange(files, request, || {})
                });
                let name = format!("read {first}, way {way}, {request}: {}", answer.head);
                if made <= first {
                    assert_eq!(essence(&answer), essence(&wanted), "{name}");
                    break;
                }
                match answer.status() {
                    // What was sent before is right, and the end is missing.
                    "200" => assert!(wanted.content.starts_with(&answer.content), "{name}"),
                    "206" => assert!(answer.content.len() < wanted.content.len(), "{name}"),
                    other => assert_eq!(other, "500", "{name}"),
                }
                assert!(first < 99, "{name}: an end of the calls");
                assert_eq!(essence(&exchange(files, request, || {})), essence(&wanted), "{name}: afterwards");
            }
        }
    }
}
