//! The relay: takes in what devices did, keeps it durably in one order, and
//! hands each device its part.
//!
//! | what | module |
//! |---|---|
//! | the truth, append-only and hash-chained | [`log`] |
//! | who may speak to a site, and what was refused | [`registry`] |
//! | a device's messages, single or on a connection that stays | [`sync`], [`live`] |
//! | one site, all sites | [`site`], [`state`] |
//! | every path; what each request passes | [`routes`], [`envelope`] |
//! | what handlers are given, what callers are told | [`extract`], [`error`] |
//! | connections | [`serve`] |
//! | what administrators do, and how they say it | [`admin`], [`control`], [`cli`], [`words`] |
//! | reading another system's export | [`import`] |
//! | its rows become documents | [`fill`] |
//!
//! **Invariant**: nothing is acknowledged that is not fsynced in the [`log`].

pub mod admin;
pub mod cli;
pub mod control;
pub mod data;
pub mod database;
pub mod demo;
pub mod enrol;
pub mod envelope;
pub mod error;
pub mod extract;
pub mod fill;
pub mod health;
pub mod import;
pub mod live;
pub mod log;
pub mod metrics;
pub mod rate;
pub mod registry;
pub mod routes;
pub mod secret;
pub mod serve;
pub mod site;
pub mod state;
pub mod sync;
pub mod words;

#[cfg(test)]
mod fixture;

pub use routes::app;
