//! Plain values: ids, kinds, times, quantities, roles.
//!
//! **Invariant**: a value that exists is valid; what comes from outside is
//! checked when it is made. No value here knows where it is stored.

mod id;
mod kind;
mod quantity;
mod role;
mod time;
mod words;

pub use id::{ChangeHash, DeviceId, DocumentId, EntryId, Epoch, Incarnation, PersonId, SiteId};
pub use kind::Kind;
pub use quantity::{InvalidQuantity, Quantity};
pub use role::{Rank, Role, Roles};
pub use time::{Day, Timestamp};
pub(crate) use words::stored_text;
pub use words::{Line, Prose, check_text};
