//! Paths that try to leave a folder never do, however they are written. The file that must not be seen lies beside
//! the folder; no answer may have a byte of it.
#![cfg(unix)]

use std::path::Path;

use bantam_core::handlers::files::{FileStream, Files};
use bantam_core::limits::Limits;
use bantam_core::prelude::*;
use bantam_tests::answer::find;
use bantam_tests::folder::Folder;
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{HELLO, LAST, Serves};

static ROUTES: Router<Files, 2, FileStream> = Router::new([
    get("/files/*path", |files, request, response| {
        files.serve(request.raw_param("path").unwrap_or_default(), request, response)
    }),
    get("/plaintext", |_, _, response| response.text(HELLO)),
]);

const SECRET: &str = "not for you";

/// A folder with a way out in every form, and a secret outside.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("secret", SECRET);
    folder.write("root-secret", SECRET);
    folder.write("top/file", "a file");
    folder.write("top/.hidden", SECRET);
    folder.write("top/.git/config", SECRET);
    folder.write("top/folder/file", "another file");
    folder.write("top/%2e%2e", "an odd name");
    folder.link("top/inside", "file");
    folder.link("top/folder/up", "../file");
    folder.link("top/out", "../secret");
    folder.link("top/far-out", folder.path().join("secret"));
    folder.link("top/parent", "..");
    folder.link("top/top", "/");
    folder.link("top/absolute", folder.root().join("file"));
    folder.link("top/loop", "loop");
    folder.link("top/folder/chain", "../parent/secret");
    folder.link("top/process", "/proc/self/root");
    folder
}

fn service(root: &Path) -> Service<'static, Files, FileStream> {
    let files: &'static Files = Box::leak(Box::new(Files::open(root).expect("a folder")));
    Service::new(files, &ROUTES).with_limits(Limits::DEFAULT)
}

/// Targets behind `/files/`, and beside it.
const ATTEMPTS: [&str; 62] = [
    "/files/../secret",
    "/files/../../secret",
    "/files/folder/../../secret",
    "/files/./../secret",
    "/files//../secret",
    "/files/..",
    "/files/../",
    "/../secret",
    "/..%2fsecret",
    "/files/..%2fsecret",
    "/files/..%2Fsecret",
    "/files/%2e%2e/secret",
    "/files/%2E%2E/secret",
    "/files/.%2e/secret",
    "/files/%2e./secret",
    "/files/%2e%2e%2fsecret",
    "/files/%2e%2e%2f%2e%2e%2fsecret",
    "/files/folder%2f..%2f..%2fsecret",
    "/files/folder/%2e%2e/%2e%2e/secret",
    "/files/%252e%252e/secret",
    "/files/%252e%252e%252fsecret",
    "/files/..%252fsecret",
    "/files/%25%32%65%25%32%65/secret",
    "/files/..%5csecret",
    "/files/..%5Csecret",
    "/files/%5c..%5csecret",
    "/files/..\\secret",
    "/files/%c0%ae%c0%ae/secret",
    "/files/%c0%ae%c0%ae%c0%afsecret",
    "/files/..%c0%afsecret",
    "/files/%e0%80%ae%e0%80%ae/secret",
    "/files/..%ef%bc%8fsecret",
    "/files/%uff0e%uff0e/secret",
    "/files/....//secret",
    "/files/..../secret",
    "/files/..;/secret",
    "/files/..;a=b/secret",
    "/files/..%00/secret",
    "/files/../secret%00",
    "/files/file%00",
    "/files/file%00/../../secret",
    "/files/%00",
    "/files/..%0a/secret",
    "/files/%2fetc/passwd",
    "/files//etc/passwd",
    "/files/%2Fetc%2Fpasswd",
    "/files/out",
    "/files/far-out",
    "/files/parent/secret",
    "/files/parent/",
    "/files/parent/top/file",
    "/files/top/etc/passwd",
    "/files/absolute",
    "/files/loop",
    "/files/folder/chain",
    "/files/process/etc/passwd",
    "/files/.hidden",
    "/files/%2ehidden",
    "/files/.git/config",
    "/files/.git/",
    "/files/-secret",
    "/files/file/../../secret",
];

fn check(server: &mut dyn Serves) {
    for (path, content) in [
        ("/files/file", "a file"),
        ("/files/f%69le", "a file"),
        ("/files/folder/file", "another file"),
        ("/files/inside", "a file"),
        ("/files/folder/up", "a file"),
        ("/files/%252e%252e", "an odd name"),
    ] {
        let answer = server.ask(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        assert_eq!((answer.status, answer.text()), (200, content), "{path}");
    }
    for target in ATTEMPTS {
        for form in
            [target.to_owned(), format!("http://a{target}"), format!("{target}?a"), format!("{target}/")]
        {
            let request = format!("GET {form} HTTP/1.1\r\nHost: a\r\n\r\n{LAST}");
            let bytes = server.converse(&[request.as_bytes()], false);
            let text = String::from_utf8_lossy(&bytes);
            assert!(text.starts_with("HTTP/1.1 400 ") || text.starts_with("HTTP/1.1 404 "), "{form}: {text}");
            assert_eq!(find(&bytes, SECRET.as_bytes()), None, "{form}");
            assert_eq!(find(&bytes, b"root:"), None, "{form}");
        }
    }
    let listing = server.ask(b"GET /files/ HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(listing.status, 200);
    assert!(!listing.text().contains("secret") && !listing.text().contains("hidden"), "{}", listing.text());
}

#[test]
fn no_path_leaves_the_folder() {
    let folder = folder();
    let service_in_memory = service(&folder.root());
    check(&mut Memory::<_, _>::new(&service_in_memory));
    check(&mut Running::start(service(&folder.root())));
}

#[test]
fn a_folder_that_is_a_link_is_served_where_it_led_when_it_was_opened() {
    let folder = folder();
    folder.link("linked", "top");
    let service = service(&folder.path().join("linked"));
    std::fs::remove_file(folder.path().join("linked")).expect("the link");
    folder.link("linked", "/etc");
    check(&mut Memory::<_, _>::new(&service));
}
