//! When to try again.
//!
//! **Invariant**: delays grow, are bounded, and are spread so that a thousand
//! phones whose relay restarts do not come back in the same second.

/// Longest wait between two attempts: five minutes.
pub const RETRY_MS_MAX: u64 = 300_000;
const FIRST_MS: u64 = 1_000;

/// How long to wait before attempt `attempt` (0 is the first retry), given a
/// random number: "full jitter" (Brooker, *Exponential Backoff And Jitter*,
/// AWS Architecture Blog, 2015), but never under half the step.
///
/// ```
/// use ronde_core::sync::{RETRY_MS_MAX, retry_delay_ms};
///
/// assert_eq!(retry_delay_ms(0, 0), 500);
/// assert!(retry_delay_ms(60, u64::MAX) <= RETRY_MS_MAX);
/// ```
pub fn retry_delay_ms(attempt: u32, random: u64) -> u64 {
    let step = FIRST_MS
        .saturating_mul(1 << attempt.min(16))
        .min(RETRY_MS_MAX);
    step / 2 + random % (step / 2 + 1)
}
