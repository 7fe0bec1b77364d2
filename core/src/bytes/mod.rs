//! Bytes: how they are read, written, classified and turned into numbers.

pub mod number;
