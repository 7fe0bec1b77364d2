//! Image for `size`: bantam with one plain route.
#![no_std]
#![no_main]

use bantam_core::prelude::*;
use bantam_firmware::lan9118::Lan9118;
use bantam_firmware::sample::{Space, hello, serve};
use cortex_m_rt::entry;

static ROUTES: Router<(), 1> = Router::new([get("/", hello)]);

#[entry]
fn main() -> ! {
    static mut MEMORY: Space = Space::new();
    static mut ETHERNET: Lan9118 = Lan9118::new();
    serve(MEMORY, ETHERNET, &ROUTES)
}
