//! A clock that stands until it is moved, and seeded randomness.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use rand::{RngCore, SeedableRng, rngs::SmallRng};
use ronde_core::{clock::World, model::Timestamp};

/// Same seed, same ids and same times.
#[derive(Debug)]
pub struct TestWorld {
    now_ms: AtomicI64,
    random: Mutex<SmallRng>,
}

impl TestWorld {
    /// A world at 2026-09-21T14:13:20Z.
    pub fn new(seed: u64) -> Self {
        Self {
            now_ms: AtomicI64::new(1_790_000_000_000),
            random: Mutex::new(SmallRng::seed_from_u64(seed)),
        }
    }

    /// Moves the clock, also back.
    pub fn move_ms(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl World for TestWorld {
    /// Each look at the clock is a millisecond later, so that two actions
    /// differ.
    fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.fetch_add(1, Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.random
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(bytes);
    }
}
