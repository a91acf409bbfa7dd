//! Who offers changes, and what that allows.
//!
//! **Invariant**: only [`Author::relay`] may write what belongs to the relay.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::model::{Incarnation, PersonId, Roles};

/// What the author of a batch may do.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The actors it may write as.
    pub incarnations: &'a [Incarnation],
    /// The person signed in on the device.
    pub person: PersonId,
    /// Their roles on the site now.
    pub roles: &'a Roles,
    /// The relay itself: may do everything, in anybody's name.
    pub relay: bool,
    /// A device offers again what others wrote, after the relay was restored
    /// from a backup. Whoever carries a change is not its author then, so actor,
    /// person, rank and roles are not asked; everything else holds. The caller
    /// must know that there was a restore.
    pub on_behalf: bool,
}

static NO_ROLES: LazyLock<Roles> = LazyLock::new(Roles::default);

impl Author<'static> {
    /// The relay: what it sends is merged whoever wrote it.
    pub fn relay() -> Self {
        Self {
            incarnations: &[],
            person: PersonId(Uuid::nil()),
            roles: &NO_ROLES,
            relay: true,
            on_behalf: false,
        }
    }
}

impl Author<'_> {
    /// True when the changes are not the author's own.
    pub(super) const fn is_courier(&self) -> bool {
        self.relay || self.on_behalf
    }
}
