//! Image for `size`: bantam with sixteen plain routes, each with a handler of its own.
#![no_std]
#![no_main]

use bantam_core::prelude::*;
use bantam_firmware::lan9118::Lan9118;
use bantam_firmware::sample::{Space, hello, serve};
use cortex_m_rt::entry;

static ROUTES: Router<(), 16> = Router::new([
    get("/", hello),
    get("/status", |_, _, response| response.text("status")),
    get("/version", |_, _, response| response.text("version")),
    get("/name", |_, _, response| response.text("name")),
    get("/uptime", |_, _, response| response.text("uptime")),
    get("/reset", |_, _, response| response.text("reset")),
    get("/time", |_, _, response| response.text("time")),
    get("/network", |_, _, response| response.text("network")),
    get("/address", |_, _, response| response.text("address")),
    get("/gateway", |_, _, response| response.text("gateway")),
    get("/sensors", |_, _, response| response.text("sensors")),
    get("/sensors/temperature", |_, _, response| response.text("temperature")),
    get("/sensors/humidity", |_, _, response| response.text("humidity")),
    get("/outputs", |_, _, response| response.text("outputs")),
    get("/outputs/relay", |_, _, response| response.text("relay")),
    get("/log", |_, _, response| response.text("log")),
]);

#[entry]
fn main() -> ! {
    static mut MEMORY: Space = Space::new();
    static mut ETHERNET: Lan9118 = Lan9118::new();
    serve(MEMORY, ETHERNET, &ROUTES)
}
