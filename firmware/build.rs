//! Tells the linker where things lie on the board.

fn main() {
    println!("cargo:rustc-link-search={}", env!("CARGO_MANIFEST_DIR"));
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    if std::env::var_os("CARGO_FEATURE_LOG_ERROR").is_some() {
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
    for file in ["memory.x", "build.rs"] {
        println!("cargo:rerun-if-changed={file}");
    }
}
