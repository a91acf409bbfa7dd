//! `ronde part …`
//!
//! **Invariant**: levels are the movements' word.

use ronde_core::model::Kind;

use super::Desk;
use crate::{cli::PartCommand, fault::Fault, setting::Setting, show::stock};

pub(super) fn run(setting: &Setting, command: PartCommand) -> Result<(), Fault> {
    let desk = Desk::open(setting)?;
    match command {
        PartCommand::List => {
            let rows = desk.replica.parts()?;
            desk.answer(&rows, |paper| stock::parts(paper, &rows))
        }
        PartCommand::Show(args) => {
            let id = desk.find(Kind::Part, &args.name)?;
            let page = desk.replica.part(id)?;
            desk.answer(&page, |paper| stock::part(paper, &page))
        }
    }
}
