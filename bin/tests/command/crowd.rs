//! More connections than there are descriptors for.

use super::*;

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn without_descriptors_others_wait_and_are_served_later() {
    // A shell that lowers the limit, and becomes the server: both limits, so that it cannot be raised again.
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "ulimit -n 40 && exec \"$0\" demo -p 0 --log-format off",
        env!("CARGO_BIN_EXE_bantam"),
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let served = Served::start(&mut command);
    assert!(served.banner[0].contains("raise the limit of open files"), "{:?}", served.banner);

    // The kernel accepts them all; those beyond the limit wait there.
    let mut clients: Vec<_> = (0..60).map(|_| served.connect()).collect();
    for client in &mut clients {
        client.send(GET);
    }
    for mut client in clients {
        assert_eq!(client.answer().text(), "Hello, World!");
    }
    assert_eq!(served.get("/plaintext").status, 200, "it goes on");
    served.signal(Signal::TERM);
    let (status, _, errors) = served.end();
    assert!(status.success(), "{status}: {errors:?}");
}
