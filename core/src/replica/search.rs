//! Searching everything this device holds.
//!
//! **Invariant**: what a person types is words, never a query.

use super::Replica;
use crate::{
    error::Error,
    store::views::{self, Found},
};

impl Replica {
    /// The documents that hold every word of `text`, the best first.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn search(&self, text: &str, count_max: u32) -> Result<Vec<Found>, Error> {
        self.read(|tx| views::search(tx, text, count_max))
    }
}
