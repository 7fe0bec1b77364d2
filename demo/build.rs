//! Embeds the folder `assets`: the pages and pictures under `/static`, each also in gzip where that saves something.

fn main() -> std::io::Result<()> {
    // 23 November 2026. Entity tags tell versions apart; the date is for clients that know none.
    bantam_core::embed::folder("assets").modified(1_795_392_000).write("assets.rs")
}
