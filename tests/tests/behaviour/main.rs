//! The suites of behaviour, one a file, in one program that is built once. Beside it stand those that need a process of
//! their own: `allocation` counts what the whole process allocates, `panic` changes what its panics print, and
//! `simulation` keeps every processor busy.
//!
//! ```text
//! cargo test -p bantam-tests --test behaviour hosts::
//! ```
//! runs one of them.

mod access_log;
mod answers;
mod assets;
mod auth;
mod blocking;
mod bodies;
mod cache;
mod caps;
mod changes;
mod chunks;
mod compression;
mod conformance;
mod containment;
mod corpus;
mod cors;
mod crowd;
#[cfg(target_os = "linux")]
mod cut_short;
mod deadlines;
mod demo;
mod drain;
mod expect;
mod features;
mod framing;
mod health;
mod hosts;
mod limits;
mod metrics;
mod never_stored;
mod newcomers;
#[cfg(target_os = "linux")]
mod over_tap;
mod persistence;
mod ranges;
mod rate_limit;
mod refusals;
mod requirements;
mod route_limits;
mod route_mistakes;
mod security_fields;
mod sending_files;
mod sizes;
mod smoltcp;
mod smuggling;
mod stalls;
mod targets;
mod underscores;
mod upgrade;
