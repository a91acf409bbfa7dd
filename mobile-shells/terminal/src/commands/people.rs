//! `ronde person …`
//!
//! **Invariant**: names come from the directory, never from documents.

use super::Desk;
use crate::{cli::PersonCommand, fault::Fault, setting::Setting, show::standing};

pub(super) fn run(setting: &Setting, command: &PersonCommand) -> Result<(), Fault> {
    let desk = Desk::open(setting)?;
    match command {
        PersonCommand::List => {
            let rows = desk.replica.people()?;
            desk.answer(&rows, |paper| standing::people(paper, &rows))
        }
    }
}
