//! What happens after an access to where nothing is, an instruction that is none, or when the stack has left its memory:
//! the program says where, and stops.
#![allow(unsafe_code)]

use core::arch::naked_asm;

use crate::stack;

/// What the processor saves on the stack when it takes an exception (ARMv7-M manual, B1.5.6).
#[repr(C)]
struct Frame {
    r0_to_r3: [u32; 4],
    r12: u32,
    link: u32,
    counter: u32,
    status: u32,
}

/// The handler in the vector table. It goes on at the top of the stack, because there may be no room left below.
///
/// # Safety
/// For the processor to call.
// SAFETY: no other symbol has this name but the weak one of cortex-m-rt, which this one is there to replace.
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn HardFault() -> ! {
    naked_asm!("mrs r0, msp", "ldr r1, ={top}", "msr msp, r1", "b {report}", top = sym stack::_stack_start, report = sym report)
}

extern "C" fn report(address: usize) -> ! {
    let counter = if stack::contains(address, size_of::<Frame>()) {
        // SAFETY: the processor has written a frame there, which lies within the stack as a whole, aligned to eight
        // bytes; what grew over it since, the frame of this function at most, leaves the word alone or changes what is
        // said, and nothing else.
        unsafe { core::ptr::with_exposed_provenance::<Frame>(address).read_volatile().counter }
    } else {
        0
    };
    #[cfg(feature = "report")]
    match counter {
        0 => semihosting::eprintln!("fault: the stack of {} bytes is too small", stack::size()),
        counter => semihosting::eprintln!("fault at {counter:#010x}"),
    }
    #[cfg(not(feature = "report"))]
    let _ = counter;
    semihosting::process::exit(102)
}
