//! Embeds the folder `site`, for the suite that asks for it.

fn main() -> std::io::Result<()> {
    bantam_core::embed::folder("site")
        .cache_control("assets/", "public, max-age=31536000, immutable")
        .write("site.rs")
}
