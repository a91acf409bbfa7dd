//! What tests share: a world whose clock stands until it is moved.
//!
//! **Invariant**: same seed, same ids; nothing here reads the real clock.

use std::sync::{
    Mutex,
    atomic::{AtomicI64, Ordering},
};

use rand::{RngCore, SeedableRng, rngs::SmallRng};
use ronde_core::{clock::World, model::Timestamp};

/// A steady clock and seeded randomness.
#[derive(Debug)]
pub(crate) struct TestWorld {
    now_ms: AtomicI64,
    random: Mutex<SmallRng>,
}

impl TestWorld {
    pub(crate) const START: Timestamp = Timestamp(1_790_000_000_000);

    pub(crate) fn new(seed: u64) -> Self {
        Self {
            now_ms: AtomicI64::new(Self::START.0),
            random: Mutex::new(SmallRng::seed_from_u64(seed)),
        }
    }
}

impl World for TestWorld {
    fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.load(Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.random.lock().unwrap().fill_bytes(bytes);
    }
}
