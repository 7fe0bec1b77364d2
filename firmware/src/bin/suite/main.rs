//! The core's behaviour on the processor itself: whatever the cases say, however their bytes are cut. `firmware/test`
//! starts it; the exit code tells. With the argument `panic`, `fault` or `overflow` it stops in that way.
#![no_std]
#![allow(clippy::arithmetic_side_effects)] // it only counts
#![no_main]

mod cases;
mod clock;
mod ethernet;
mod serve;

use core::hint::black_box;

use bantam_firmware::sample::{Connections, SIZES};
use cortex_m_rt::entry;
use semihosting::experimental::env;
use semihosting::{eprintln, println, process};

use self::cases::CASES;
use self::serve::{Cut, converse};

/// Checks a case in every way of cutting it; prints what is wrong.
fn check(case: &cases::Case) -> u32 {
    let mut failures = 0;
    let mut request = [0; 1024];
    let all = case.followed(&mut request);
    let own = case.request.len();
    let cuts = [Cut::Nowhere, Cut::Everywhere].into_iter().chain((1..own).map(Cut::At));
    for cut in cuts {
        let conversation = converse(all, cut);
        if let Some(wrong) = conversation.differs(case) {
            eprintln!("{}, {cut:?}: {wrong}", case.name);
            failures += 1;
        }
    }
    failures
}

/// Takes ever more of the stack.
#[inline(never)]
#[allow(unconditional_recursion)]
fn dig(depth: u32) -> u32 {
    let space = black_box([depth; 64]);
    dig(depth.wrapping_add(1)).wrapping_add(black_box(space)[3])
}

#[entry]
fn main() -> ! {
    // Only here, because it sets the emulator's timer, which nothing else uses before.
    let mut failures = clock::check();
    if let Ok(arguments) = env::args::<64>() {
        match (&arguments).into_iter().nth(1) {
            Some(Ok("panic")) => panic!("on purpose"),
            Some(Ok("fault")) => cortex_m::asm::udf(),
            Some(Ok("overflow")) => process::exit((dig(0) & 1).cast_signed()),
            _ => {}
        }
    }
    failures += ethernet::check();
    failures = CASES.iter().fold(failures, |failures, case| failures.saturating_add(check(case)));
    if failures > 0 {
        eprintln!("{failures} failures");
        process::exit(1);
    }
    println!(
        "{} cases, each whole, byte by byte and cut at every offset, on the Cortex-M3: all as they should be",
        CASES.len()
    );
    for (connections, bytes) in SIZES {
        println!("{connections} connections of a kilobyte each way take {bytes} bytes of memory");
    }
    println!("one that is idle takes {} of them", Connections::<1>::BYTES_PER_SLOT);
    process::exit(0)
}
