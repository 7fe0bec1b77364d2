use std::net::TcpStream;

use super::*;

fn address(listener: &Listener) -> SocketAddr {
    match listener.endpoint() {
        Endpoint::Tcp(address) => *address,
        Endpoint::Unix(path) => panic!("{}", path.display()),
    }
}

fn is_reached(listener: &Listener, from: &str) -> bool {
    TcpStream::connect((from, address(listener).port())).is_ok()
}

/// Whether this machine has IPv6.
fn has_ipv6() -> bool {
    let there = TcpListener::bind("[::1]:0").is_ok();
    if !there {
        println!("skipped: there is no IPv6 here");
    }
    there
}

#[test]
fn every_ipv6_address_takes_ipv4_too_unless_it_is_left_alone() {
    if !has_ipv6() {
        return;
    }
    let both = Listener::bind("[::]:0").expect("a free port");
    assert!(is_reached(&both, "127.0.0.1") && is_reached(&both, "::1"));
    let one = Listener::bind_without_ipv4("[::]:0".parse().expect("an address")).expect("a free port");
    assert!(!is_reached(&one, "127.0.0.1") && is_reached(&one, "::1"));
    // The same port of the other version is free.
    let other = Listener::bind(("0.0.0.0", address(&one).port())).expect("it is left alone");
    assert!(is_reached(&other, "127.0.0.1"));
    let mapped = Listener::bind("[::ffff:127.0.0.1]:0").expect("an IPv4 address by another name");
    assert!(is_reached(&mapped, "127.0.0.1"));
}

#[test]
fn the_first_address_that_can_be_bound_is_taken() {
    let taken = Listener::bind("127.0.0.1:0").expect("a free port");
    let free: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    let listener = Listener::bind(&[address(&taken), free][..]).expect("the second");
    assert_ne!(address(&listener), address(&taken));
    assert_eq!(
        Listener::bind(address(&taken)).map(drop).map_err(|error| error.kind()),
        Err(io::ErrorKind::AddrInUse)
    );
    assert!(Listener::bind(&[][..]).is_err(), "no address at all");
}

#[test]
fn an_endpoint_is_shown_as_it_is_asked_for() {
    assert_eq!(Endpoint::Tcp("[::1]:80".parse().expect("an address")).to_string(), "http://[::1]:80");
    assert_eq!(Endpoint::Unix("/run/a".into()).to_string(), "unix:/run/a");
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};

    use super::*;

    /// A folder that goes with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("bantam-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).expect("a folder");
            Self(path)
        }

        fn socket(&self) -> PathBuf {
            self.0.join("socket")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn refusal(path: &Path) -> Option<io::ErrorKind> {
        Listener::bind_unix(path, 0o600).err().map(|error| error.kind())
    }

    #[test]
    fn a_socket_has_its_mode_and_goes_with_its_listener() {
        let folder = Folder::new("mode");
        for mode in [0o600, 0o660, 0o666] {
            let mut listener = Listener::bind_unix(folder.socket(), mode).expect("a socket");
            let found = fs::metadata(folder.socket()).expect("a file").permissions().mode();
            assert_eq!(found & 0o777, mode);
            assert_eq!(listener.endpoint(), &Endpoint::Unix(folder.socket()));
            let _client = UnixStream::connect(folder.socket()).expect("it listens");
            listener.hide();
            assert!(!folder.socket().exists());
            assert!(matches!(listener.accept(), Ok((_, None))), "who has found it is accepted");
        }
        drop(Listener::bind_unix(folder.socket(), 0o600).expect("a socket"));
        assert!(!folder.socket().exists());
    }

    #[test]
    fn the_socket_of_a_server_that_is_gone_is_replaced() {
        let folder = Folder::new("stale");
        drop(UnixListener::bind(folder.socket()).expect("a socket"));
        assert!(folder.socket().exists(), "nobody removes it");
        let listener = Listener::bind_unix(folder.socket(), 0o600).expect("it is replaced");
        assert!(UnixStream::connect(folder.socket()).is_ok());
        drop(listener);
    }

    #[test]
    fn the_socket_of_a_server_that_lives_is_left() {
        let folder = Folder::new("live");
        let live = UnixListener::bind(folder.socket()).expect("a socket");
        assert_eq!(refusal(&folder.socket()), Some(io::ErrorKind::AddrInUse));
        let client = UnixStream::connect(folder.socket());
        assert!(client.is_ok() && live.accept().is_ok(), "it lives on");
    }

    #[test]
    fn a_file_that_is_no_socket_is_left() {
        let folder = Folder::new("file");
        fs::write(folder.socket(), "kept").expect("a file");
        assert_eq!(refusal(&folder.socket()), Some(io::ErrorKind::AlreadyExists));
        let other = folder.0.join("other");
        symlink(folder.socket(), &other).expect("a link");
        assert_eq!(refusal(&other), Some(io::ErrorKind::AlreadyExists));
        assert_eq!(fs::read_to_string(folder.socket()).ok().as_deref(), Some("kept"));
        assert!(refusal(&folder.0.join("no/folder")).is_some());
        assert!(refusal(&folder.0.join("long".repeat(40))).is_some());
    }

    #[test]
    fn the_socket_of_a_server_that_came_later_is_left() {
        let folder = Folder::new("later");
        let first = Listener::bind_unix(folder.socket(), 0o600).expect("a socket");
        fs::remove_file(folder.socket()).expect("somebody removes it");
        let later = Listener::bind_unix(folder.socket(), 0o600).expect("a socket");
        drop(first);
        assert!(UnixStream::connect(folder.socket()).is_ok());
        drop(later);
    }
}
