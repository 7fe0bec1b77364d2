//! How clients come to the server.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bantam_bench_measure::line::{Line, Pace, Trouble, trouble};
use socket2::{Domain, Socket, Type};

/// The server.
pub(crate) const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 75, 0, 2)), 80);

/// Longest wait for a connection: some eight requests for it must be lost in a row.
const TO_CONNECT: Duration = Duration::from_secs(60);

/// Connects from this port of the clients' address.
pub(crate) fn connect(port: u16, pace: Pace) -> Result<Line, Trouble> {
    let socket = socket(port, pace).map_err(|error| Trouble::Broken(format!("no socket: {error}")))?;
    socket.connect_timeout(&ADDRESS.into(), TO_CONNECT).map_err(|error| trouble("connecting", &error))?;
    Line::over(socket.into(), pace)
}

fn socket(port: u16, pace: Pace) -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    if pace.piece > 0 {
        // The window is soon full.
        socket.set_recv_buffer_size(8_192)?;
    }
    socket.bind(&SocketAddr::from(([10, 75, 0, 1], port)).into())?;
    Ok(socket)
}
