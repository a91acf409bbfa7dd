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

mod orders;

use std::{path::Path, sync::Arc};

pub use act::Act;
pub use home::Account;
pub use status::{Status, Why};

use crate::{
    clock::World,
    error::Error,
    model::{Incarnation, PersonId, Rank, Roles},
    store::{Durability, Salvage, Store, Tx, salvage, state},
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
}

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
        let (store, salvaged) = match Store::open(&file, Durability::Full) {
            Ok(store) => (store, None),
            Err(Error::Damaged(..)) => {
                let (store, report) = salvage(&file, Durability::Full, world.now())?;
                (store, Some(report))
            }
            Err(other) => return Err(other),
        };
        let mut replica = Self {
            store,
            home,
            account,
            incarnation: Incarnation(uuid::Uuid::nil()),
            world,
            salvaged,
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

#[cfg(test)]
mod tests;
