//! What people may be on a site.
//!
//! **Invariant**: roles are per site; nobody has a role by default.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::error::Invalid;

/// One role of one person on one site.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Does the work.
    #[n(0)]
    Technician,
    /// Plans, assigns, decides and closes.
    #[n(1)]
    Supervisor,
    /// Looks after plans and the schedule.
    #[n(2)]
    Planner,
    /// Keeps the stores.
    #[n(3)]
    Storekeeper,
    /// Reports breakdowns.
    #[n(4)]
    Requester,
    /// An outside technician: sees and touches only what is assigned.
    #[n(5)]
    Contractor,
    /// Looks, never writes.
    #[n(6)]
    Reader,
    /// Manages people and the site.
    #[n(7)]
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Technician,
        Self::Supervisor,
        Self::Planner,
        Self::Storekeeper,
        Self::Requester,
        Self::Contractor,
        Self::Reader,
        Self::Admin,
    ];

    /// The name used in JSON, SQL and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Technician => "technician",
            Self::Supervisor => "supervisor",
            Self::Planner => "planner",
            Self::Storekeeper => "storekeeper",
            Self::Requester => "requester",
            Self::Contractor => "contractor",
            Self::Reader => "reader",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text.trim().to_lowercase())
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::name).join(", ");
                Invalid::new("role", format!("a role is one of: {known}"))
            })
    }
}

/// The roles of one person on one site, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Roles(#[n(0)] Vec<Role>);

impl Roles {
    /// True when `role` is among them.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The roles in order.
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }

    /// True when there is none: such a person may do nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The weight of these roles where two people changed the same plain field.
    pub fn rank(&self) -> Rank {
        let office = [Role::Supervisor, Role::Planner, Role::Admin];
        if office.iter().any(|role| self.has(*role)) {
            Rank::Office
        } else {
            Rank::Field
        }
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        let mut roles: Vec<_> = roles.into_iter().collect();
        roles.sort_unstable();
        roles.dedup();
        Self(roles)
    }
}

/// Whose word counts where two plain edits are concurrent (DOMAIN.md,
/// "same plain field"). Stated in each entry, checked by the relay.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Somebody in the field.
    #[n(0)]
    Field,
    /// Somebody who decides: supervisor, planner, administrator.
    #[n(1)]
    Office,
    /// The relay itself.
    #[n(2)]
    Relay,
}
