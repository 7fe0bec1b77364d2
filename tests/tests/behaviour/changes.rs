//! What answers to changes say, and what they do not.

use bantam_core::prelude::*;
use bantam_demo::{App, ROUTES, Streams};
use bantam_tests::serves::on_all_with;

/// A demo with a store of its own.
fn service() -> Service<'static, App, Streams> {
    Service::new(Box::leak(Box::new(App::new())), &ROUTES)
}

/// RFC 9110 §9.3.4: a validator would say that content was saved as it came, and it is not.
#[test]
fn no_answer_to_a_change_has_a_validator() {
    on_all_with(service, |server| {
        for (method, path, content, status) in [
            ("POST", "/api/users", "{\"name\":\"A\",\"email\":\"a@b\"}", 201),
            ("PUT", "/api/users/1", " {\"name\": \"B\", \"email\": \"a@b\", \"more\": 1}", 200),
            ("PATCH", "/api/users/1", "{\"name\":\"C\"}", 200),
            ("PUT", "/api/users/1", "{}", 400),
            ("DELETE", "/api/users/1", "", 204),
        ] {
            let length = content.len();
            let fields = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
            let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{content}");
            let answer = server.ask(request.as_bytes());
            assert_eq!(answer.status, status, "{method} {content}");
            let validators = (answer.field("ETag"), answer.field("Last-Modified"));
            assert_eq!(validators, (None, None), "{method} {content}");
        }
    });
}
