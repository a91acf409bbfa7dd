//! What the relay counts, as Prometheus reads it.
//!
//! Written by hand: the text form is a line per number, and a handful of
//! numbers needs no crate with registries and macros.
//!
//! **Invariant**: no label names a site, a device or a person, because the
//! path is open; and there are as many label values as routes and statuses.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::site::hold;

/// Upper bounds of the latency buckets, in milliseconds.
const BOUNDS_MS: [u64; 7] = [1, 5, 25, 100, 500, 2_500, 10_000];

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Connections open now.
    pub connections: AtomicI64,
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    latency: Mutex<Latency>,
}

#[derive(Debug, Default)]
struct Latency {
    counts: [u64; BOUNDS_MS.len()],
    count: u64,
    sum: Duration,
}

impl Metrics {
    /// Counts one answered request. `route` is a pattern, never a raw path.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        let mut requests = hold(&self.requests);
        *requests.entry((route.to_owned(), status)).or_default() += 1;
        drop(requests);
        let mut latency = hold(&self.latency);
        latency.count += 1;
        latency.sum += took;
        for (bound_ms, count) in BOUNDS_MS.iter().zip(&mut latency.counts) {
            *count += u64::from(took <= Duration::from_millis(*bound_ms));
        }
    }

    /// Everything counted, with `gauges` of the moment.
    pub fn text(&self, gauges: &[(&str, u64)]) -> String {
        let mut text = String::from("# TYPE ronde_requests_total counter\n");
        for ((route, status), count) in &*hold(&self.requests) {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "ronde_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
        let latency = hold(&self.latency);
        text.push_str("# TYPE ronde_request_seconds histogram\n");
        for (bound_ms, count) in BOUNDS_MS.iter().zip(latency.counts) {
            let bound = Duration::from_millis(*bound_ms).as_secs_f64();
            let _ = writeln!(
                text,
                "ronde_request_seconds_bucket{{le=\"{bound}\"}} {count}"
            );
        }
        let (count, sum) = (latency.count, latency.sum.as_secs_f64());
        let _ = write!(
            text,
            "ronde_request_seconds_bucket{{le=\"+Inf\"}} {count}\n\
             ronde_request_seconds_sum {sum}\nronde_request_seconds_count {count}\n"
        );
        let connections = self.connections.load(Ordering::Relaxed);
        let _ = writeln!(
            text,
            "# TYPE ronde_connections gauge\nronde_connections {connections}"
        );
        for (name, value) in gauges {
            let _ = writeln!(text, "# TYPE {name} gauge\n{name} {value}");
        }
        text
    }
}
