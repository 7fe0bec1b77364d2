//! picoserve over embassy-net: as its examples show it, or `tuned`.
//!
//! As shipped it flushes behind the head, and embassy-net's flush waits for the acknowledgement, which the client
//! delays: 44 ms for every answer. Tuned means a socket whose flush does nothing, without Nagle's algorithm.

use bantam_bench_tap::arguments::Arguments;
use bantam_bench_tap::{CONNECTIONS, CONTENT, PORT, embassy};
use embassy_executor::{Executor, Spawner};
use embassy_net::tcp::{self, TcpReader, TcpSocket, TcpWriter};
use embassy_net::{Runner, Stack};
use embassy_net_tuntap::TunTapDevice;
use embassy_time::Duration;
use picoserve::io::{BaseWrite, ErrorType, Socket, Write};
use picoserve::mem::BorrowedCursor;
use picoserve::response::Content;
use picoserve::routing::{get, parse_path_segment};
use picoserve::{Config, EmbassyRuntime, Router, Server, Timeouts, Timer};

static CONFIG: Config = Config::new(Timeouts {
    start_read_request: Duration::from_secs(5),
    persistent_start_read_request: Duration::from_secs(5),
    read_request: Duration::from_secs(5),
    write: Duration::from_secs(5),
})
.keep_connection_alive();

fn main() {
    let arguments = Arguments::read();
    let executor: &'static mut Executor = Box::leak(Box::new(Executor::new()));
    executor.run(|spawner| start(spawner, &arguments));
}

fn start(spawner: Spawner, arguments: &Arguments) {
    let (stack, runner) = embassy::start(arguments);
    spawner.spawn(network(runner).expect("one stack"));
    for number in 0..CONNECTIONS {
        spawner
            .spawn(web(number, stack, arguments.ring, arguments.has("tuned")).expect("as many as there are"));
    }
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, TunTapDevice>) -> ! {
    runner.run().await
}

#[embassy_executor::task(pool_size = CONNECTIONS)]
async fn web(number: usize, stack: Stack<'static>, ring: usize, tuned: bool) {
    let application = Router::new()
        .route("/plaintext", get(async || "Hello, World!"))
        .route(("/bytes", parse_path_segment::<usize>()), get(async |length| Bytes(length)));
    let (receive, transmit) = (embassy::memory(ring), embassy::memory(ring));
    let mut space = [0; 2_048];
    if !tuned {
        let server = Server::new(&application, &CONFIG, &mut space);
        server.listen_and_serve(number, stack, PORT, receive, transmit).await;
        return;
    }
    loop {
        let mut socket = TcpSocket::new(stack, receive, transmit);
        socket.set_nagle_enabled(false);
        if socket.accept(PORT).await.is_ok() {
            // The client has gone.
            let _ = Server::new(&application, &CONFIG, &mut space).serve(Tuned(socket)).await;
        }
    }
}

/// So many constant bytes.
struct Bytes(usize);

impl Content for Bytes {
    fn content_type(&self) -> &'static str {
        "application/octet-stream"
    }

    fn content_length(&self) -> usize {
        self.0
    }

    async fn write_content<W: Write>(self, mut writer: W) -> Result<(), W::Error> {
        let mut left = self.0;
        while left > 0 {
            let part = left.min(CONTENT.len());
            left -= writer.write(&CONTENT[..part]).await?;
        }
        Ok(())
    }
}

/// A socket whose flush does nothing.
struct Tuned<'a>(TcpSocket<'a>);

struct TunedWriter<'a>(TcpWriter<'a>);

impl ErrorType for TunedWriter<'_> {
    type Error = tcp::Error;
}

impl BaseWrite for TunedWriter<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl Write for TunedWriter<'_> {
    async fn write_with<F: FnOnce(BorrowedCursor<'_>) -> R, R>(
        &mut self,
        write: F,
    ) -> Result<R, Self::Error> {
        Write::write_with(&mut self.0, write).await
    }
}

impl<'s> Socket<EmbassyRuntime> for Tuned<'s> {
    type Error = tcp::Error;
    type ReadHalf<'a>
        = TcpReader<'a>
    where
        Self: 'a;
    type WriteHalf<'a>
        = TunedWriter<'a>
    where
        Self: 'a;

    fn split(&mut self) -> (Self::ReadHalf<'_>, Self::WriteHalf<'_>) {
        let (reader, writer) = self.0.split();
        (reader, TunedWriter(writer))
    }

    async fn abort<T: Timer<EmbassyRuntime>>(
        self,
        timeouts: &Timeouts,
        timer: &T,
    ) -> Result<(), picoserve::Error<Self::Error>> {
        Socket::abort(self.0, timeouts, timer).await
    }

    async fn shutdown<T: Timer<EmbassyRuntime>>(
        self,
        timeouts: &Timeouts,
        timer: &T,
    ) -> Result<(), picoserve::Error<Self::Error>> {
        Socket::shutdown(self.0, timeouts, timer).await
    }
}
