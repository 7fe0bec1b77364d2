//! edge-http over edge-nal-embassy, as its read-me shows it.

use core::fmt::{Debug, Display};
use core::net::{Ipv4Addr, SocketAddr};

use bantam_bench_tap::arguments::Arguments;
use bantam_bench_tap::{CONNECTIONS, CONTENT, PORT, embassy};
use edge_http::io::Error;
use edge_http::io::server::{Connection, Handler, Server};
use edge_nal::{TcpBind as _, TcpSplit};
use edge_nal_embassy::{Tcp, TcpBuffers};
use embassy_executor::{Executor, Spawner};
use embassy_net::{Runner, Stack};
use embassy_net_tuntap::TunTapDevice;
use embedded_io_async::{Read, Write};

/// Requests that are served at a time, each with a buffer and places for field lines.
type Web = Server<CONNECTIONS, 2_048, 64>;

fn main() {
    let arguments = Arguments::read();
    let executor: &'static mut Executor = Box::leak(Box::new(Executor::new()));
    executor.run(|spawner| start(spawner, &arguments));
}

fn start(spawner: Spawner, arguments: &Arguments) {
    let (stack, runner) = embassy::start(arguments);
    spawner.spawn(network(runner).expect("one stack"));
    spawner.spawn(web(stack, arguments.ring).expect("one server"));
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, TunTapDevice>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn web(stack: Stack<'static>, ring: usize) {
    match ring {
        4_096 => serve::<4_096>(stack).await,
        65_536 => serve::<65_536>(stack).await,
        other => panic!("rings of {other} bytes are not compiled in"),
    }
}

async fn serve<const RING: usize>(stack: Stack<'static>) {
    let buffers: &'static TcpBuffers<CONNECTIONS, RING, RING> = Box::leak(Box::new(TcpBuffers::new()));
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT));
    let network = Tcp::new(stack, buffers);
    let acceptor = network.bind(address).await.expect("the port is free");
    let server: &'static mut Web = Box::leak(Box::new(Web::new()));
    server.run(None, acceptor, Routes).await.expect("it serves on");
}

struct Routes;

impl Handler for Routes {
    type Error<E>
        = Error<E>
    where
        E: Debug;

    async fn handle<T, const N: usize>(
        &self,
        _task: impl Display + Copy,
        connection: &mut Connection<'_, T, N>,
    ) -> Result<(), Self::Error<T::Error>>
    where
        T: Read + Write + TcpSplit,
    {
        let path = connection.headers()?.path;
        let (kind, length) = match path.strip_prefix("/bytes/") {
            Some("1048576") => ("application/octet-stream", "1048576"),
            Some(_) => ("application/octet-stream", "10485760"),
            None => ("text/plain", "13"),
        };
        let fields = [("Content-Type", kind), ("Content-Length", length)];
        connection.initiate_response(200, Some("OK"), &fields).await?;
        if length == "13" {
            return connection.write_all(b"Hello, World!").await;
        }
        let mut left: usize = length.parse().expect("one of the two above");
        while left > 0 {
            let part = left.min(CONTENT.len());
            left -= connection.write(&CONTENT[..part]).await?;
        }
        Ok(())
    }
}
