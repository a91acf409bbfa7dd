//! The harness: real relays and real replicas, in this process or as programs.
//!
//! **Invariant**: nothing here stands in for a part of Ronde; clocks and
//! randomness are the only things that are handed in.

pub mod device;
pub mod relay;
pub mod source;
pub mod world;

pub use device::Device;
pub use relay::LocalRelay;
pub use world::TestWorld;
