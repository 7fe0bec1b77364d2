//! Coders for [`bantam_core::middleware::compress`] that need more than core takes in: each is a feature.
//!
//! ```
//! # #[cfg(all(feature = "brotli", feature = "zlib"))]
//! # {
//! use bantam_core::middleware::compress::Compress;
//! use bantam_transport_std::coders;
//! static COMPRESS: Compress<2> = Compress::new([coders::brotli(4), coders::zlib(4)]);
//! # }
//! ```
//!
//! | function | feature | coding | by | also pulls in |
//! |---|---|---|---|---|
//! | `zlib` | `zlib` | gzip | zlib-rs, through flate2 | nothing |
//! | `brotli` | `brotli` | br | brotli, safe Rust | its decoder |
//! | `zstd` | `zstd` | zstd | the reference implementation | a C compiler at build time |

#[cfg(feature = "brotli")]
mod br;
#[cfg(feature = "zlib")]
mod gzip;
#[cfg(feature = "zstd")]
mod zst;

use bantam_core::middleware::compress::Coding;

/// gzip (RFC 1952) by zlib-rs, at a level of 1 to 9; an alternative to the one of core's feature `gzip`, and about twice as fast.
#[cfg(feature = "zlib")]
#[must_use]
pub const fn zlib(level: u8) -> Coding {
    Coding::new("gzip", level, gzip::boxed)
}

/// Brotli (RFC 7932) at a quality of 0 to 11; beyond 5 it is too slow for answers made on the fly. Its state cannot be
/// used again, so each answer allocates its window and tables anew.
#[cfg(feature = "brotli")]
#[must_use]
pub const fn brotli(quality: u8) -> Coding {
    Coding::new("br", quality, br::boxed)
}

/// Zstandard (RFC 8878) at a level of 1 to 19.
#[cfg(feature = "zstd")]
#[must_use]
pub const fn zstd(level: u8) -> Coding {
    Coding::new("zstd", level, zst::boxed)
}

#[cfg(test)]
mod tests;
