//! How often something may happen: one number per bucket, no timer.
//!
//! The number is when the bucket is full again (GCRA), so a bucket that was
//! not used for a while needs no upkeep and may be forgotten.
//!
//! **Invariant**: never more than `burst` at once, nor more than one per
//! `interval_ms` for long; a clock that jumps back locks nobody out for longer
//! than a full refill.

use ronde_core::model::Timestamp;

/// What a bucket allows.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// One more is allowed after so long.
    pub interval_ms: i64,
    /// So many are allowed at once.
    pub burst: i64,
}

impl Rate {
    /// Syncs of one device: 60 a minute.
    pub const SYNC: Self = Self {
        interval_ms: 1_000,
        burst: 60,
    };
    /// Work a device gives the relay, on whatever connection: 500 changes a
    /// second for long, 60,000 at once (a week of work of a whole team).
    pub const WORK: Self = Self {
        interval_ms: 2,
        burst: 60_000,
    };
    /// Wrong enrolment codes at one site: 5 a minute.
    pub const WRONG_CODE: Self = Self {
        interval_ms: 12_000,
        burst: 5,
    };

    const fn full_ms(self) -> i64 {
        self.interval_ms * self.burst
    }
}

/// How much of a rate is used up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    full_at_ms: i64,
}

/// Refused for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryLater {
    /// When it is worth trying again.
    pub after_ms: i64,
}

impl Bucket {
    /// Uses one, where there is one.
    ///
    /// # Errors
    ///
    /// [`TryLater`] when the bucket is empty; nothing is used then.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), TryLater> {
        self.take_many(1, rate, now)
    }

    /// Uses `count` at once, where there are as many.
    ///
    /// # Errors
    ///
    /// [`TryLater`] when there are fewer; nothing is used then.
    pub fn take_many(&mut self, count: u32, rate: Rate, now: Timestamp) -> Result<(), TryLater> {
        // Kept even where it is refused: a clock that jumped back must not be
        // met again at the next try.
        self.full_at_ms = self.full_at_ms.clamp(now.0, now.0 + rate.full_ms());
        let used_ms = self.full_at_ms - now.0;
        let cost_ms = rate.interval_ms * i64::from(count);
        let room_ms = rate.full_ms() - cost_ms;
        if used_ms > room_ms {
            let after_ms = used_ms - room_ms;
            return Err(TryLater { after_ms });
        }
        self.full_at_ms += cost_ms;
        Ok(())
    }

    /// Gives back one that was taken in advance.
    pub fn refund(&mut self, rate: Rate) {
        self.full_at_ms -= rate.interval_ms;
    }

    /// True when nothing is used up, so that it may be forgotten.
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.full_at_ms <= now.0
    }
}

impl TryLater {
    /// Whole seconds, rounded up, as `Retry-After` wants them.
    pub fn seconds(self) -> u64 {
        self.after_ms.max(0).cast_unsigned().div_ceil(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        interval_ms: 100,
        burst: 3,
    };
    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            bucket.take(RATE, NOW).unwrap();
        }

        assert_eq!(bucket.take(RATE, NOW), Err(TryLater { after_ms: 100 }));
        assert!(bucket.take(RATE, NOW.plus_ms(99)).is_err());
        assert!(bucket.take(RATE, NOW.plus_ms(100)).is_ok());
        assert!(bucket.take(RATE, NOW.plus_ms(100)).is_err());
        assert!(!bucket.is_full(NOW.plus_ms(399)));
        assert!(bucket.is_full(NOW.plus_ms(400)));
    }

    #[test]
    fn many_at_once_count_as_many() {
        let mut bucket = Bucket::default();
        bucket.take_many(2, RATE, NOW).unwrap();

        let refused = bucket.take_many(2, RATE, NOW);

        assert_eq!(refused, Err(TryLater { after_ms: 100 }));
        assert!(bucket.take(RATE, NOW).is_ok());
        assert!(bucket.take_many(3, RATE, NOW.plus_ms(300)).is_ok());
    }

    #[test]
    fn what_is_refunded_may_be_used_again() {
        let mut bucket = Bucket::default();
        for _ in 0..10 {
            bucket.take(RATE, NOW).unwrap();
            bucket.refund(RATE);
        }

        assert!(bucket.take(RATE, NOW).is_ok());
    }

    #[test]
    fn a_clock_that_jumps_back_locks_nobody_out() {
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            bucket.take(RATE, NOW).unwrap();
        }
        let earlier = NOW.plus_ms(-1_000_000);

        let refused = bucket.take(RATE, earlier).unwrap_err();

        assert!(bucket.take(RATE, earlier.plus_ms(refused.after_ms)).is_ok());
        assert_eq!((refused.after_ms, refused.seconds()), (100, 1));
    }
}
