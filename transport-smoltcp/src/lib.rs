//! bantam over smoltcp: the same application without an operating system's sockets, in memory that is fixed when it is
//! compiled, without an allocator.
//!
//! A firmware adds three things:
//!
//! - a driver of its Ethernet controller: any [`smoltcp::phy::Device`], of the version of [`smoltcp`] that is re-exported
//!   here;
//! - a [`Host`]: a clock that only goes forward, and a way to sleep until a frame or a time comes;
//! - a [`Memory`], most often a static, whose type says how many connections there are and how large, and whose constant
//!   `BYTES` how much that is.
//!
//! It answers echo requests (ICMP) besides.
//!
//! ```no_run
//! use bantam_core::drivers::Clock;
//! use bantam_core::prelude::*;
//! use bantam_transport_smoltcp::{Config, Host, Lifecycle, Memory, Message, Rings, Server, run};
//! # use smoltcp::phy::{Device, DeviceCapabilities, RxToken, TxToken};
//! # struct Ethernet;
//! # struct Token;
//! # impl RxToken for Token { fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R { f(&[]) } }
//! # impl TxToken for Token { fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, _: usize, f: F) -> R { f(&mut []) } }
//! # impl Device for Ethernet {
//! #     type RxToken<'a> = Token;
//! #     type TxToken<'a> = Token;
//! #     fn receive(&mut self, _: smoltcp::time::Instant) -> Option<(Token, Token)> { None }
//! #     fn transmit(&mut self, _: smoltcp::time::Instant) -> Option<Token> { None }
//! #     fn capabilities(&self) -> DeviceCapabilities { DeviceCapabilities::default() }
//! # }
//! # fn random() -> u64 { 4 }
//! # struct Board;
//! # impl Clock for Board { fn now(&self) -> Instant { Instant::ZERO } }
//! static ROUTES: Router<(), 1> = Router::new([get("/", hello)]);
//!
//! fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
//!     response.text("hello")
//! }
//!
//! impl Host<Ethernet> for Board {
//!     fn wait(&mut self, _: &mut Ethernet, _until: Option<Instant>) -> Lifecycle {
//!         // Sleep until the controller or the timer interrupts.
//!         Lifecycle::Serving
//!     }
//! }
//!
//! /// Four connections, two spare sockets for newcomers, two requests under way at a time.
//! type Mine<'m> = Memory<'m, [Rings<1024, 1024>; 4], [Rings<256, 512>; 2], [Message<NoStream, 1024, 1024, 32>; 2], 6>;
//! const BYTES: usize = Mine::BYTES; // all that it takes but for the `Server` itself
//!
//! let mut memory: Mine<'_> = Memory::new(); // in a firmware, a `static_cell::ConstStaticCell` takes it
//! let (mut board, mut ethernet) = (Board, Ethernet);
//! let config = Config::new([0x02, 0, 0, 0, 0, 1]).with_address([192, 168, 1, 2], 24).with_seed(random());
//! let mut server = Server::new(memory.parts(), &config, &mut ethernet, board.now()).expect("a good configuration");
//! let service = Service::new(&(), &ROUTES).with_limits(Limits::SMALL);
//! run(&mut server, &mut ethernet, &service, &mut board);
//! ```
//!
//! [`run()`] is the loop around [`Server::turn`], which does what can be done now, in bounded time, and tells by when it
//! has to be called again: a program with a loop of its own calls that.
//!
//! # Features
//! | feature | what it adds |
//! |---|---|
//! | none | IPv4 and TCP; neither the standard library nor an allocator |
//! | `ipv6` | IPv6 beside IPv4 |
//! | `dhcp` | an IPv4 address and a gateway from a DHCP server |
//! | `std` | `HeapMemory`, of sizes chosen at run time; a handler that panics costs its client a 500 |
//! | `tap` | `tap`, a whole server behind a TAP device of Linux; with all of the above |
//!
//! smoltcp takes some of its sizes from features, which a program chooses for all that it contains: without any, it knows
//! eight neighbours of a link at a time (`smoltcp/iface-neighbor-cache-count-64` makes it 64) and has room for two addresses
//! (`smoltcp/iface-max-addr-count-4`).
//!
//! # The walk
//! ```text
//!            frames            sockets             bytes
//! device ◄────────► gate ──► stack ◄────► slots ◄────────► bantam_core::connection
//!                                           ▲   driver
//!                                       admission: who gets a socket?
//! ```
//!
//! | file | question it answers |
//! |---|---|
//! | `memory` | where does everything lie, and how much is it? |
//! | `config` | which addresses does the server have? |
//! | `stack` | how do frames get in and out? |
//! | `stack/lease` (feature `dhcp`) | which address has a DHCP server given? |
//! | `gate` | what becomes of a newcomer while no socket listens? |
//! | `neighbor` | where is a newcomer on the link? |
//! | `slots` | what is each socket doing? |
//! | `admission` | who gets a socket when there are too few? |
//! | `driver` | how do bytes get from a socket to the machine and back? |
//! | `server` | what is done in one turn? |
//! | `server/receive` | which frames are taken in, and what does a newcomer find? |
//! | `server/tend` | what has the stack done with the sockets? |
//! | `server/serve` | what is a connection lent for its turn, and what comes of it? |
//! | `server/end` | how does a connection end? |
//! | `run` | when does the loop sleep, and how does it end? |
//! | `tap` (feature) | how does all of it run on Linux? |
#![no_std]

#[cfg(any(feature = "std", test))]
extern crate std;

mod admission;
mod config;
mod driver;
mod gate;
mod memory;
mod neighbor;
mod run;
mod server;
mod slots;
mod stack;
#[cfg(all(feature = "tap", target_os = "linux"))]
pub mod tap;

pub use smoltcp;

pub use self::config::{Config, ConfigError};
#[cfg(feature = "std")]
pub use self::memory::HeapMemory;
pub use self::memory::{Memory, Message, Parts, Rings};
pub use self::run::{Host, Lifecycle, run};
pub use self::server::Server;
