//! Offline-first maintenance documents: what they mean, how they merge, where
//! they are kept and how they travel.
//!
//! | layer | modules | may use |
//! |---|---|---|
//! | L0 | [`model`], [`clock`], [`error`] | nothing of this crate |
//! | L1 | [`document`], `wire`, [`guard`], [`schedule`], `alert` | L0 |
//! | L2 | `store`, `sync` | L0, L1 |
//! | L3 | `replica`, `transport` | all |
//!
//! **Invariant**: arrows point down only (`tests/tests/tidy.rs` holds it), and
//! nothing below L3 reads a clock, draws randomness or opens a socket.

pub mod clock;
pub mod document;
pub mod error;
pub mod guard;
pub mod model;
pub mod replica;
pub mod schedule;
pub mod store;
pub mod sync;
#[cfg(feature = "transport")]
pub mod transport;
pub mod wire;

pub use error::Error;
