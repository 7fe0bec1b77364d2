//! What is wrong is said in one line.

use super::*;

/// Runs to the end, which must be a refusal: exit code 2, one line on standard error, nothing on standard output.
pub(super) fn refusal(command: &mut Command) -> String {
    let mut child = command.spawn().expect("the command starts");
    let errors = lines(child.stderr.take().expect("standard error"));
    let output = lines(child.stdout.take().expect("standard output"));
    // A server that starts after all would keep its pipes open: it is ended, and the test fails.
    let first = errors.recv_timeout(PATIENCE);
    let _ = first.as_ref().is_ok_and(|line| !line.starts_with("bantam: ")).then(|| child.kill());
    let mut errors = rest(&errors);
    errors.insert(0, first.expect("a line"));
    assert_eq!(child.wait().expect("an end").code(), Some(2), "{errors:?}");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(rest(&output), [""; 0]);
    assert!(errors[0].starts_with("bantam: ") && errors[0].len() > 20, "{errors:?}");
    errors.remove(0)
}

#[test]
fn mistakes_are_one_line_and_exit_code_2() {
    let folder = Folder::new();
    folder.write("top/file", "");
    let (file, missing) = (folder.root().join("file"), folder.root().join("missing"));
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = busy.local_addr().expect("an address").port().to_string();
    for (mut command, said) in [
        (bantam(["--nope"]), "--nope"),
        (bantam(["demo", "--nope"]), "--nope"),
        (bantam(["nothing"]), "nothing"),
        (bantam(["a-folder"]), "a folder is served by `bantam serve FOLDER`"),
        (bantam(["demo", "extra"]), "extra"),
        (bantam(["demo", "--port"]), "--port"),
        (bantam(["demo", "--port", "x"]), "x"),
        (bantam(["demo", "--port", "65536"]), "65536"),
        (bantam(["demo", "--port", "-1"]), "-1"),
        (bantam(["demo", "--port", ""]), "port"),
        (bantam(["demo", "--workers", "0"]), "0"),
        (bantam(["demo", "--log-format", "xml"]), "xml"),
        (bantam(["demo", "--head-timeout", "-1"]), "-1"),
        (bantam(["demo", "--idle-timeout", "soon"]), "soon"),
        (bantam(["demo", "--max-connections", "0"]), "0"),
        (bantam(["demo", "--max-content", "1k"]), "1k"),
        (bantam(["demo", "--port", &port]), &port),
        (bantam(["demo", "-p", "0", "--host", "192.0.2.1"]), "192.0.2.1"),
        (bantam(["demo", "-p", "0", "--host", "no host"]), "no host"),
        (bantam(["demo", "-p", "0", "--host", ""]), "a name or an address is wanted"),
        (bantam(["demo", "-p", "0", "--host", "[::1"]), "[::1"),
        (bantam(["serve", "-p", "0", &missing.to_string_lossy()]), "missing"),
        (bantam(["explain", &missing.to_string_lossy()]), "missing"),
        (bantam(["explain", &folder.root().to_string_lossy()]), "cannot read"),
        (bantam(["explain", "--split", "0"]), "a number of bytes or random:SEED is wanted"),
        (bantam(["explain", "--split", "random:x"]), "random:x"),
        (bantam(["demo", "--trace=maybe"]), "maybe"),
        (bantam(["serve", "-p", "0", &file.to_string_lossy()]), "file"),
        (bantam(["demo", "-p", "0", "--root", &missing.to_string_lossy()]), "missing"),
        (bantam(["demo", "-p", "0", "--root", &file.to_string_lossy()]), "file"),
    ] {
        let line = refusal(&mut command);
        assert!(line.contains(said), "{command:?}: {line}");
    }
    for (name, value) in [
        ("BANTAM_PORT", "x"),
        ("BANTAM_WORKERS", "many"),
        ("BANTAM_LOG_FORMAT", "xml"),
        ("BANTAM_HEAD_TIMEOUT", "0"),
        ("BANTAM_ROOT", "/nowhere/at/all"),
    ] {
        let line = refusal(bantam(["serve"]).env("BANTAM_PORT", "0").env(name, value));
        assert!(line.contains(value), "{name}: {line}");
        if name == "BANTAM_ROOT" {
            refusal(bantam(["-p", "0"]).env(name, value));
        }
    }
}
