//! What a server says of itself.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How many connections `/metrics` tells of, the one that asks among them, and in which words.
///
/// # Errors
/// There is no answer, or nothing in it.
pub fn connections(server: SocketAddr) -> Result<(u64, String), String> {
    let mut text = String::new();
    TcpStream::connect_timeout(&server, Duration::from_secs(10))
        .and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n")?;
            stream.read_to_string(&mut text)
        })
        .map_err(|error| format!("/metrics: {error}"))?;
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("bantam_connections{")).collect();
    if lines.is_empty() {
        return Err("/metrics says nothing of connections".to_owned());
    }
    let count = |line: &&str| line.rsplit(' ').next().and_then(|count| count.parse::<u64>().ok());
    Ok((lines.iter().filter_map(count).sum(), lines.join(", ")))
}
