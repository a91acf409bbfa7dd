//! The façade: everything a client does with its copy of the site's work.
//!
//! Each action is one transaction: its changes, its outbox rows and its views
//! commit together. When a call returns, the work survives a power cut.
//!
//! **Invariant**: clients hold only this. It loads a document only to edit or
//! merge it; pages and lists read views.

mod act;
mod exchange;
mod home;
mod status;

mod checklists;
mod equipment;
mod find;
mod orders;
mod parts;
mod people;
mod plans;
mod search;
mod stock;
mod today;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde::Serialize;

pub use act::Act;
pub use checklists::{AnswerInput, ChecklistRow, ExecutionPage, ItemLine, SignatureLine, Started};
pub use equipment::{EquipmentPage, MeterLine, ReadingLine};
pub use home::Account;
pub use orders::{
    Action, ChecklistLine, Completion, InterventionLine, NewOrder, OrderEdit, OrderPage, PlanLine,
};
pub use parts::{PartPage, PartRow};
pub use people::PersonRow;
pub use plans::{
    DueState, Made, NewExecution, PartLine, PlanExecutionLine, PlanPage, PlanRow, RuleLine,
};
pub use status::{Status, Why};
pub use stock::{LevelLine, LevelState, MovementLine, NewLine, NewMovement, PartMoved};
pub use today::Today;

pub use crate::store::views::{EquipmentRow, Found, OrderFilter, OrderRow, Timer};

use crate::{
    clock::World,
    document::{
        Life,
        permission::{Grant, granted},
        schema::Group,
    },
    error::Error,
    model::{DocumentId, Incarnation, Kind, PersonId, Rank, Roles, Timestamp},
    store::{Durability, Salvage, Store, Tx, salvage, state, suspicion, views},
};

/// A device's copy of everything its person needs.
#[derive(Debug)]
pub struct Replica {
    store: Store,
    home: home::Home,
    account: Account,
    incarnation: Incarnation,
    world: Arc<dyn World>,
    salvaged: Option<Salvage>,
    page_bytes_max: u32,
}

/// Most bytes of page asked for in one answer, unless the client says otherwise.
const PAGE_BYTES_MAX: u32 = 1 << 20;

impl Replica {
    /// Opens the replica in the folder `home`, which must be enrolled.
    ///
    /// A damaged file is set aside and what the relay has not acknowledged is
    /// carried over: see [`Self::salvaged`]. A copied or restored folder starts
    /// a new incarnation.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnrolled`], [`Error::NewerSchema`], or [`Error::Storage`]
    /// and its kin.
    pub fn open(home: &Path, world: Arc<dyn World>) -> Result<Self, Error> {
        let home = home::Home::new(home);
        let account = home.account()?.ok_or(Error::NotEnrolled)?;
        let file = home.replica();
        let suspicion = suspicion(&file);
        let opened = Store::open(&file, Durability::Full).and_then(|store| {
            if suspicion.exists() {
                store.check()?;
            }
            Ok(store)
        });
        let (store, salvaged) = match opened {
            Ok(store) => (store, None),
            Err(Error::Damaged(..)) => {
                let (store, report) = salvage(&file, Durability::Full, world.now())?;
                (store, Some(report))
            }
            Err(other) => return Err(other),
        };
        if suspicion.exists() {
            std::fs::remove_file(suspicion)?;
        }
        let mut replica = Self {
            store,
            home,
            account,
            incarnation: Incarnation(uuid::Uuid::nil()),
            world,
            salvaged,
            page_bytes_max: PAGE_BYTES_MAX,
        };
        replica.recognise()?;
        Ok(replica)
    }

    /// Makes the folder `home` the home of an enrolled device.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with code `enrolled` when it already is one.
    pub fn enrol(home: &Path, account: &Account) -> Result<(), Error> {
        home::Home::new(home).enrol(account)
    }

    /// The account in the folder `home`; `None` before enrolment.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when the file does not read.
    pub fn account_in(home: &Path) -> Result<Option<Account>, Error> {
        home::Home::new(home).account()
    }

    /// Whose device this is, and where its relay is.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// How much the relay may send in one answer: less on a slow network, so
    /// that less has to be sent again when it breaks off.
    pub const fn ask_for_pages_of(&mut self, bytes_max: u32) {
        self.page_bytes_max = bytes_max;
    }

    /// What had to be carried over from a damaged file when it was opened.
    pub const fn salvaged(&self) -> Option<&Salvage> {
        self.salvaged.as_ref()
    }

    /// The present life of this replica.
    pub const fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// Who uses this device.
    pub const fn person(&self) -> PersonId {
        self.account.person
    }

    /// Where this replica takes time and randomness from.
    pub fn world(&self) -> &dyn World {
        &*self.world
    }

    /// How many documents were loaded since the replica was opened (law 5).
    pub fn documents_loaded(&self) -> u64 {
        self.store.documents_loaded()
    }

    /// A number that changes when another process wrote to this replica.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub fn data_version(&self) -> Result<i64, Error> {
        self.store.data_version()
    }

    /// Reads views in one consistent state.
    ///
    /// # Errors
    ///
    /// Whatever `work` says.
    pub fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.store.read(work)
    }

    /// Derives every view anew.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn rebuild_views(&mut self) -> Result<(), Error> {
        self.store.write(crate::store::views::rebuild)
    }

    /// What the relay last said this person may do.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn roles(&self) -> Result<Roles, Error> {
        let known = self.store.read(|tx| state::get(tx, &state::ROLES))?;
        Ok(known.unwrap_or_else(|| self.account.roles.clone()))
    }

    /// True when the relay's last word allows this person to touch such fields.
    /// A shell shows the others as not for them; the relay judges again.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn may(&self, kind: Kind, group: Group) -> Result<bool, Error> {
        Ok(granted(&self.roles()?, kind, group) != Grant::No)
    }

    fn rank(&self) -> Result<Rank, Error> {
        Ok(self.roles()?.rank())
    }

    /// Goes on with the life this file had, or starts a new one when the file
    /// was copied, restored or salvaged.
    fn recognise(&mut self) -> Result<(), Error> {
        let known = self.store.read(|tx| {
            Ok((
                state::get(tx, &state::INCARNATION)?,
                state::get(tx, &state::INSTANCE)?,
            ))
        })?;
        match (self.home.life(), known) {
            (Some(life), (Some(incarnation), Some(instance)))
                if life.instance == instance
                    && life.incarnation == incarnation
                    && life.place == self.home.place()? =>
            {
                self.incarnation = incarnation;
                Ok(())
            }
            _ => self.start_new_life(),
        }
    }

    /// Starts a new incarnation: fresh actor id, fresh instance bytes.
    pub(crate) fn start_new_life(&mut self) -> Result<(), Error> {
        let incarnation = Incarnation(self.world.uuid());
        let mut instance = [0; 16];
        self.world.fill(&mut instance);
        // File first, sidecar second: a crash in between leaves them apart, and
        // the next start begins yet another life. None is ever used twice.
        self.store.write(|tx| {
            state::set(tx, &state::INCARNATION, &incarnation)?;
            state::set(tx, &state::INSTANCE, &instance)
        })?;
        self.home.set_life(&home::Life {
            incarnation,
            instance,
            place: self.home.place()?,
        })?;
        self.incarnation = incarnation;
        Ok(())
    }
}

/// One line of a document's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// What was written: `status`, `title`, `answer/b3/0`…
    pub field: String,
    /// What was said, where that is one word: the status, the number…
    pub value: Option<String>,
    /// When, by that device's clock.
    pub at: Timestamp,
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub person_name: Option<String>,
}

/// Who said what about a document, in order.
fn history(life: &Life, names: &BTreeMap<PersonId, String>) -> Vec<HistoryLine> {
    let lines = life.history.iter().map(|event| HistoryLine {
        field: event.field.clone(),
        value: event.value.clone(),
        at: event.witness.at,
        person: event.witness.by,
        person_name: names.get(&event.witness.by).cloned(),
    });
    lines.collect()
}

/// A record that must be here.
fn record<R: serde::de::DeserializeOwned>(
    tx: &Tx<'_>,
    kind: Kind,
    id: DocumentId,
) -> Result<R, Error> {
    views::record(tx, kind, id)?.ok_or(Error::Unknown {
        kind: kind.name(),
        id,
    })
}

#[cfg(test)]
mod tests;
