//! Tells the linker where things lie on the board, and where to say what it has put there.

use std::path::Path;

fn main() {
    println!("cargo:rustc-link-search={}", env!("CARGO_MANIFEST_DIR"));
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    if std::env::var_os("CARGO_FEATURE_LOG_ERROR").is_some() {
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
    // Beside the program: OUT_DIR is build/<package>/out below it.
    let out = std::env::var("OUT_DIR").unwrap_or_default();
    if let Some(programs) = Path::new(&out).ancestors().nth(3) {
        println!("cargo:rustc-link-arg-bin=demo=-Map={}", programs.join("demo.map").display());
    }
    for file in ["memory.x", "build.rs"] {
        println!("cargo:rerun-if-changed={file}");
    }
}
