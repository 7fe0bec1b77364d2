//! What the behaviour suites share: servers that one table of cases runs on, and a client that reads answers by
//! their own framing.
//!
//! | file | question it answers |
//! |---|---|
//! | `answer` | what do the bytes of a connection say? |
//! | `client` | how is a server asked over a socket? |
//! | `memory` | how is a connection driven without a socket, by a clock that stands still until it is moved? |
//! | `network` | how is the server asked over smoltcp, in time that stands still and in any weather? |
//! | `running` | how does a server run beside its test? |
//! | `behind` | how does it run behind a TAP device? |
//! | `namespace` | how does a test come by a network of its own? |
//! | `ping` | what comes back for an echo request? |
//! | `page` | do the tests exist that a page of documentation names? |
//! | `process` | what does a server cost that runs in a process of its own? |
//! | `serves` | how does one test run over all of them? |
//! | `case` | how is a table of requests checked, however they are cut? |
//! | `app` | which application has what the demo has not: waits, panics, content nobody reads? |
//! | `folder` | where do files to be served lie? |
//! | `simulation` | do random scripts come out as a slow reading of RFC 9112 says? |
//! | `fuzzed` | what must hold for any bytes? (the assertions of the fuzz targets) |

pub mod answer;
pub mod app;
#[cfg(target_os = "linux")]
pub mod behind;
pub mod case;
pub mod client;
pub mod folder;
pub mod fuzzed;
pub mod memory;
#[cfg(target_os = "linux")]
pub mod namespace;
pub mod network;
pub mod page;
#[cfg(target_os = "linux")]
pub mod ping;
pub mod process;
pub mod running;
pub mod serves;
pub mod simulation;
