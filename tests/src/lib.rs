//! The harness: real relays and real replicas, in this process or as programs.
//!
//! **Invariant**: nothing here stands in for a part of Ronde; clocks and
//! randomness are the only things that are handed in.

pub mod device;
pub mod intruder;
pub mod oracle;
pub mod plant;
pub mod program;
pub mod proxy;
pub mod relay;
pub mod source;
pub mod work;
pub mod world;

pub use device::Device;
pub use intruder::Intruder;
pub use plant::Plant;
pub use proxy::Proxy;
pub use relay::LocalRelay;
pub use world::TestWorld;

/// The seeds of a random test: `SEED=17` runs one, `SEEDS=1000` so many.
pub fn seeds(first: u64, count: u64) -> std::ops::Range<u64> {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|it| it.parse::<u64>().ok())
    };
    match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => first..first + number("SEEDS").unwrap_or(count),
    }
}
