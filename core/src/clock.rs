//! Time and randomness, handed in.
//!
//! **Invariant**: this module is the only place in the crate that asks the
//! operating system for either (`clippy.toml` forbids it elsewhere).

use std::fmt::Debug;

use uuid::{Builder, Uuid};

use crate::model::Timestamp;

/// Where a replica gets the time and its random bytes from.
pub trait World: Debug + Send + Sync {
    /// The time by this machine's clock, which may be wrong.
    fn now(&self) -> Timestamp;
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// A fresh UUIDv7: ordered by time where clocks are right, unique always.
    fn uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let ms = u64::try_from(self.now().0).unwrap_or(0);
        Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
    }
}

/// The operating system's clock and random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl World for System {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp(chrono::Utc::now().timestamp_millis())
    }

    /// # Panics
    ///
    /// When the operating system has no random source: nothing safe can be
    /// done without one.
    #[expect(
        clippy::expect_used,
        clippy::disallowed_methods,
        reason = "the one place that draws randomness; without it nothing safe can be done"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}
