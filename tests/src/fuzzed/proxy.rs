//! Headers of the PROXY protocol: read the same however much of them is there, and as a naive reader takes them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bantam_core::parse::proxy::{LONGEST, LONGEST_LINE, Origin, Progress, read};

/// # Panics
/// When a beginning of `input` is read otherwise than the whole, or the whole otherwise than it should be.
pub fn check(input: &[u8]) {
    let whole = read(input);
    let expected = naive(input);
    assert_eq!(whole.ok(), expected, "{}", input.escape_ascii());
    if let Ok(Progress::Complete { length, .. }) = whole {
        assert!(length <= input.len() && length <= LONGEST);
        // What is behind a header is not looked at.
        assert_eq!(read(&input[..length]), whole);
    }
    let mut is_decided = false;
    for end in (0..=input.len()).filter(|&end| end < 256 || input.len() - end < 64 || end % 97 == 0) {
        let part = read(&input[..end]);
        assert!(!is_decided || part != Ok(Progress::Incomplete), "after {end} bytes it is open again");
        if part != Ok(Progress::Incomplete) {
            assert_eq!(part, whole, "after {end} bytes");
            is_decided = true;
        }
    }
}

/// By the text of the specification; `None` for what is refused.
fn naive(input: &[u8]) -> Option<Progress> {
    const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
    if input.is_empty() || b"PROXY ".starts_with(input) || SIGNATURE.starts_with(input) {
        return Some(Progress::Incomplete);
    }
    if input.starts_with(b"PROXY ") {
        return naive_line(input);
    }
    if !input.starts_with(SIGNATURE) {
        return None;
    }
    let Some(fixed) = input.get(12..16) else { return Some(Progress::Incomplete) };
    let (is_local, length) = (fixed[0] == 0x20, 16 + usize::from(fixed[2]) * 256 + usize::from(fixed[3]));
    if (!is_local && fixed[0] != 0x21) || length > LONGEST {
        return None;
    }
    let addresses = match fixed[1] {
        _ if is_local => 0,
        0 => 0,
        0x11 => 2 * 4 + 4,
        0x21 => 2 * 16 + 4,
        0x31 => 2 * 108,
        _ => return None,
    };
    if length < 16 + addresses {
        return None;
    }
    let Some(block) = input.get(16..length) else { return Some(Progress::Incomplete) };
    let port = |at: usize| u16::from_be_bytes([block[at], block[at + 1]]);
    let origin = match fixed[1] {
        _ if is_local => Origin::Gateway,
        0x11 => {
            let octets: [u8; 4] = block[..4].try_into().expect("four");
            Origin::Address(SocketAddr::new(IpAddr::V4(Ipv4Addr::from(octets)), port(8)))
        }
        0x21 => {
            let octets: [u8; 16] = block[..16].try_into().expect("sixteen");
            Origin::Address(SocketAddr::new(IpAddr::V6(Ipv6Addr::from(octets)), port(32)))
        }
        _ => Origin::Unknown,
    };
    Some(Progress::Complete { length, origin })
}

fn naive_line(input: &[u8]) -> Option<Progress> {
    let Some(end) = input.iter().take(LONGEST_LINE).position(|&byte| byte == b'\n') else {
        return (input.len() < LONGEST_LINE).then_some(Progress::Incomplete);
    };
    let length = end + 1;
    let line = input[..end].strip_suffix(b"\r")?;
    let words: Vec<_> = line.split(|&byte| byte == b' ').skip(1).collect();
    let origin = match words.as_slice() {
        [b"UNKNOWN", ..] => Origin::Unknown,
        [family, source, destination, source_port, destination_port] => {
            let [source, destination, source_port, destination_port] =
                [source, destination, source_port, destination_port]
                    .map(|word| core::str::from_utf8(word).ok());
            let is_v4 = match *family {
                b"TCP4" => true,
                b"TCP6" => false,
                _ => return None,
            };
            let address = |text: Option<&str>| {
                text?.parse::<IpAddr>().ok().filter(|address| address.is_ipv4() == is_v4)
            };
            let port = |text: Option<&str>| {
                let port: u16 = text?.parse().ok()?;
                (Some(port.to_string().as_str()) == text).then_some(port)
            };
            address(destination)?;
            port(destination_port)?;
            Origin::Address(SocketAddr::new(address(source)?, port(source_port)?))
        }
        _ => return None,
    };
    Some(Progress::Complete { length, origin })
}
