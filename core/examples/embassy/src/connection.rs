//! One socket, from listening to the end of its connection, again and again.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicU32, Ordering};

use bantam_core::connection::{Buffers, Connection, Exchange};
use bantam_core::drivers::Clock;
use bantam_core::drivers::asynchronous::{Ended, Unflushed, serve_closing};
use bantam_core::service::Service;
use bantam_demo::{App, Streams};
use embassy_net::tcp::{Error, State, TcpSocket};
use embassy_net::{IpAddress, IpEndpoint, Stack};
use embassy_time::{Duration, with_timeout};

use crate::PORT;
use crate::clock::Clocks;
use crate::memory::Slot;

/// How long the stack goes on when the peer acknowledges nothing: during the handshake, and at the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait until the end has been acknowledged or, where it is a reset, sent.
const FAREWELL: Duration = Duration::from_secs(1);

/// Accepts connections and serves them, one at a time.
pub(crate) async fn accept(stack: Stack<'_>, slot: &mut Slot, service: &Service<'_, App, Streams>) -> ! {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Slot { receive, transmit, request, answer, lines } = slot;
    let mut exchange = Exchange::default();
    let mut socket = TcpSocket::new(stack, receive, transmit);
    // What is written is a whole answer, or all of it that fits: waiting for more could only delay it.
    socket.set_nagle_enabled(false);
    socket.set_timeout(Some(PATIENCE));
    // A peer that waits for a slow answer says nothing of its own accord.
    socket.set_keep_alive(Some(PATIENCE / 4));
    loop {
        // It is closed already where the handshake came to nothing.
        if socket.accept(PORT).await.is_err() || socket.state() == State::Closed {
            end(&mut socket, Ended::Cut).await;
            continue;
        }
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let peer = socket.remote_endpoint().map(address);
        let mut connection = Connection::new(u64::from(number), peer, Clocks.now());
        // The stack transmits of itself; its flush would wait for the acknowledgement.
        let mut stream = Unflushed(&mut socket);
        let close = async |stream: &mut Unflushed<&mut TcpSocket<'_>>| {
            stream.0.close();
            Ok::<(), Error>(())
        };
        let buffers = Buffers::new(request, answer, lines, &mut exchange);
        let ended = serve_closing(&mut stream, &mut connection, service, buffers, &Clocks, close).await;
        end(&mut socket, ended.unwrap_or(Ended::Cut)).await;
    }
}

/// Brings the socket to where it can listen again, politely where that is possible, and always in bounded time.
async fn end(socket: &mut TcpSocket<'_>, ended: Ended) {
    if ended == Ended::Whole {
        socket.close();
        // In vain where the peer has gone: it is reset below.
        let _ = with_timeout(FAREWELL, socket.flush()).await;
    }
    if !matches!(socket.state(), State::Closed | State::TimeWait) {
        socket.abort();
        let _ = with_timeout(FAREWELL, socket.flush()).await;
    }
}

fn address(endpoint: IpEndpoint) -> SocketAddr {
    let IpAddress::Ipv4(address) = endpoint.addr;
    SocketAddr::new(address.into(), endpoint.port)
}
