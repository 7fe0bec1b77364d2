//! What happens when the program cannot go on: it says where, and stops. In an emulator or under a debugger it ends with
//! exit code 101 after a panic and 102 after a fault; a board on its own would better be reset here.

use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    cortex_m::interrupt::disable();
    #[cfg(feature = "report")]
    semihosting::eprintln!("{info}");
    #[cfg(not(feature = "report"))]
    let _ = info;
    semihosting::process::exit(101)
}
