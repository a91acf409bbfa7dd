//! What concurrent work becomes: every row of DOMAIN.md's table that concerns
//! documents, as a named test, and one property per kind.
//!
//! Method: [`fleet::Fleet`] gives every replica its own copy, lets them edit
//! apart, then delivers everything in several orders, also to replicas that
//! were saved and loaded. All must have equal heads and read equally.

mod checklists;
mod equipment_and_stock;
mod fleet;
mod order_independence;
mod orders;
mod plans;
