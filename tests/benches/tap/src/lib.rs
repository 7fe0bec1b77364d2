//! What the servers of this bench share: their command line, what is asked of them, the device.
//!
//! All answer `GET /plaintext`, `GET /bytes/1048576` and `GET /bytes/10485760`, on port 80.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod asked;
pub mod device;
pub mod embassy;
pub mod namespace;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The port of every server.
pub const PORT: u16 = 80;

/// How many connections a server holds at a time.
pub const CONNECTIONS: usize = 16;

/// The answer to `/plaintext`, whole.
pub const PLAINTEXT: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

/// What downloads are made of.
pub static CONTENT: [u8; 65_536] = [b'b'; 65_536];

/// bantam's own program: `BANTAM`, or what the project's workspace builds.
pub fn bantam() -> String {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../target/release/bantam");
    env::var_os("BANTAM")
        .unwrap_or_else(|| OsString::from(PathBuf::from(built)))
        .to_string_lossy()
        .into_owned()
}
