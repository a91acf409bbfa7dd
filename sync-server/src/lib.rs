//! The relay: merges what every device did, numbers, checks and hands out.

pub mod import;
