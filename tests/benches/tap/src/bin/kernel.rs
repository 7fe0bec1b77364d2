//! The kernel's own TCP, as a reference: threads that block, each with a connection, and write constants.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use bantam_bench_tap::asked::{self, Asked};
use bantam_bench_tap::{CONNECTIONS, CONTENT, PLAINTEXT, PORT};

fn main() {
    let listener = TcpListener::bind(("0.0.0.0", PORT)).expect("the port is free");
    // Threads that outlive their connections, so that their processor time can be read afterwards.
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| listener.incoming().flatten().for_each(|stream| _ = serve(stream)));
        }
    });
}

/// Until the client goes.
fn serve(mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut asked = Asked::default();
    let mut space = [0; 4_096];
    loop {
        let length = stream.read(&mut space).ok().filter(|length| *length > 0)?;
        let mut bytes = &space[..length];
        while !bytes.is_empty() {
            let (taken, whole) = asked.take(bytes);
            bytes = &bytes[taken..];
            match whole {
                Some(0) => stream.write_all(PLAINTEXT).ok()?,
                Some(content) => download(&mut stream, content)?,
                None => {}
            }
        }
    }
}

fn download(stream: &mut TcpStream, mut left: u64) -> Option<()> {
    stream.write_all(asked::head(left)).ok()?;
    while left > 0 {
        let part = left.min(CONTENT.len() as u64) as usize;
        left -= stream.write(&CONTENT[..part]).ok()? as u64;
    }
    Some(())
}
