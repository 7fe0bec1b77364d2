//! The command run by others than root, and in a system that has been changed for it alone.

use super::*;

/// The command, without one right of root's.
pub(super) fn without(right: &str, command: &Command) -> Command {
    let (bounds, inherited) = (format!("--bounding-set=-{right}"), format!("--inh-caps=-{right}"));
    behind("setpriv", &[&bounds, &inherited], command)
}

/// The command, after a line of shell has run in a table of mounts that is the command's alone.
pub(super) fn after(line: &str, command: &Command) -> Command {
    let script = format!("{line} && exec \"$0\" \"$@\"");
    behind("unshare", &["--mount", "sh", "-c", &script], command)
}

/// A command that becomes another in the end, with that one's environment.
fn behind(program: &str, words: &[&str], command: &Command) -> Command {
    let mut first = Command::new(program);
    first.args(words).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => first.env(name, value),
            None => first.env_remove(name),
        };
    }
    first.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    first
}

/// A device that root has made for a user serves that user, whom `/dev/net/tun` is open to as most systems have it.
#[test]
fn a_user_serves_behind_a_device_made_for_him() {
    in_namespace(|| {
        ip("tuntap add dev tap0 mode tap user 65534");
        ip("link set tap0 up");
        let folder = Folder::new();
        folder.write("tun", "");
        // As any other file that `mount` is to put something over.
        let node = folder.path().join("tun").display().to_string();
        let open = format!(
            "rm {node} && mknod {node} c 10 200 && chmod 666 {node} && mount --bind {node} /dev/net/tun"
        );
        let user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
        let served = start(&mut after(&open, &behind("setpriv", &user, &demo())));
        assert_eq!(next(&served.errors), format!("listening on http://{IPV6}"));
        assert_eq!(get(IPV4, "/plaintext", "").text(), "Hello, World!");
        let status = std::fs::read_to_string(format!("/proc/{}/status", served.child.id())).expect("it runs");
        let line = |name| status.lines().find(|line| line.starts_with(name)).expect("a line");
        assert!(line("Uid:").contains("65534") && line("CapEff:").ends_with("0000000000000000"), "{status}");
        assert_eq!(served.log().len(), 1);

        // Nobody else's is given to him.
        ip("tuntap add dev tap1 mode tap user 1");
        let command = bantam(["demo", "--tap", "tap1", "--ip", "10.0.1.2/24"]);
        let line =
            crate::mistakes::refusal(&mut after(&open_again(&node), &behind("setpriv", &user, &command)));
        assert!(line.contains("no right to tap1"), "{line}");
    });
}

/// The node is there already.
fn open_again(node: &str) -> String {
    format!("mount --bind {node} /dev/net/tun")
}
