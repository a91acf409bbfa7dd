//! The relay: takes in what devices did, keeps it durably in one order, and
//! hands each device its part.
//!
//! | what | module |
//! |---|---|
//! | the truth, append-only and hash-chained | [`log`] |
//! | who may speak to a site, and what was refused | [`registry`] |
//! | codes and tokens | [`secret`] |
//! | opening the files it is kept in | [`database`] |
//! | reading another system's export | [`import`] |
//!
//! **Invariant**: nothing is acknowledged that is not fsynced in the [`log`].

pub mod database;
pub mod import;
pub mod log;
pub mod registry;
pub mod secret;

#[cfg(test)]
mod fixture;
