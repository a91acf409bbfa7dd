//! `ronde ot …`
//!
//! **Invariant**: an order is named by its number, its provisional number, its
//! id, or an unambiguous beginning of one.

use clap::{Args, Subcommand};
use ronde_core::document::work_order::{OrderType, Priority, Status};

use crate::input;

/// What to do with work orders.
#[derive(Debug, Subcommand)]
pub enum OrderCommand {
    /// List orders: the open ones where nothing else is said
    List(FilterArgs),
    /// Everything about one order
    Show(OneOrder),
    /// Make an order
    New(NewArgs),
    /// Start to work: my timer runs
    Start(OneOrder),
    /// Put it on hold
    Hold(WithReason),
    /// Go on with it
    Resume(OneOrder),
    /// The work is done
    Done(Finish),
    /// Give it up
    Cancel(WithReason),
    /// Look at a finished order and freeze it
    Close(OneOrder),
    /// Give a finished order back to be worked on
    Reopen(WithReason),
    /// Say who is to do it
    Assign(Assign),
    /// Change what it says
    Edit(Edit),
    /// Add a comment
    Comment(WithText),
}

#[derive(Debug, Args)]
pub struct OneOrder {
    /// Number, provisional number or id of the order
    pub order: String,
}

#[derive(Debug, Args)]
pub struct WithReason {
    /// Number, provisional number or id of the order
    pub order: String,
    /// Why
    pub reason: Vec<String>,
}

#[derive(Debug, Args)]
pub struct WithText {
    /// Number, provisional number or id of the order
    pub order: String,
    /// What to say
    pub text: Vec<String>,
}

#[derive(Debug, Default, Args)]
pub struct FilterArgs {
    /// Finished ones too
    #[arg(long)]
    pub all: bool,
    /// Assigned to me
    #[arg(long)]
    pub mine: bool,
    /// Assigned to this person
    #[arg(long)]
    pub assignee: Option<String>,
    /// With this status
    #[arg(long, value_parser = input::status)]
    pub status: Option<Status>,
    /// Of this type
    #[arg(long = "type", value_parser = input::order_type)]
    pub order_type: Option<OrderType>,
    /// Of this priority: P1 to P4
    #[arg(long, value_parser = input::priority)]
    pub priority: Option<Priority>,
    /// On this equipment
    #[arg(long)]
    pub equipment: Option<String>,
    /// Of this plan
    #[arg(long)]
    pub plan: Option<String>,
    /// Due on this date or before: 2026-03-31, today, tomorrow, +7
    #[arg(long)]
    pub due: Option<String>,
    /// At most so many
    #[arg(long)]
    pub limit: Option<u32>,
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// One line
    pub title: Vec<String>,
    /// Long text
    #[arg(long)]
    pub description: Option<String>,
    /// Why the work is done: `corrective_curative`, `preventive_systematic`…
    #[arg(long = "type", value_parser = input::order_type)]
    pub order_type: Option<OrderType>,
    /// P1 (urgent) to P4 (low)
    #[arg(long, value_parser = input::priority)]
    pub priority: Option<Priority>,
    /// Code or id of the equipment
    #[arg(long)]
    pub equipment: Option<String>,
    /// The plan it does
    #[arg(long)]
    pub plan: Option<String>,
    /// The occurrence of the plan it stands for
    #[arg(long, requires = "plan")]
    pub occurrence: Option<String>,
    /// Due date: 2026-03-31, today, tomorrow, +7
    #[arg(long)]
    pub due: Option<String>,
    /// Who is to do it; "me" is me
    #[arg(long)]
    pub assign: Vec<String>,
    /// Start to work at once
    #[arg(long)]
    pub start: bool,
}

#[derive(Debug, Args)]
pub struct Finish {
    /// Number, provisional number or id of the order
    pub order: String,
    /// Completion note
    #[arg(long)]
    pub note: Option<String>,
    /// Failure mode
    #[arg(long)]
    pub mode: Option<String>,
    /// Cause
    #[arg(long)]
    pub cause: Option<String>,
    /// Remedy
    #[arg(long)]
    pub remedy: Option<String>,
    /// How long production stood, in minutes
    #[arg(long)]
    pub downtime: Option<u32>,
    /// Why it is done although a checklist is incomplete or a timer runs
    #[arg(long)]
    pub despite: Option<String>,
}

#[derive(Debug, Args)]
pub struct Assign {
    /// Number, provisional number or id of the order
    pub order: String,
    /// Who is to do it; "me" is me
    pub people: Vec<String>,
    /// Beside those who are assigned already
    #[arg(long)]
    pub add: bool,
    /// Nobody any more
    #[arg(long, conflicts_with_all = ["people", "add"])]
    pub nobody: bool,
}

#[derive(Debug, Args)]
pub struct Edit {
    /// Number, provisional number or id of the order
    pub order: String,
    /// One line
    #[arg(long)]
    pub title: Option<String>,
    /// Long text
    #[arg(long)]
    pub description: Option<String>,
    /// Completion note
    #[arg(long)]
    pub note: Option<String>,
    /// Why the work is done
    #[arg(long = "type", value_parser = input::order_type)]
    pub order_type: Option<OrderType>,
    /// P1 (urgent) to P4 (low)
    #[arg(long, value_parser = input::priority)]
    pub priority: Option<Priority>,
    /// Code or id of the equipment; "-" for none
    #[arg(long)]
    pub equipment: Option<String>,
    /// The plan it does; "-" for none
    #[arg(long)]
    pub plan: Option<String>,
    /// The occurrence of the plan it stands for
    #[arg(long, requires = "plan")]
    pub occurrence: Option<String>,
    /// Due date; "-" for none
    #[arg(long)]
    pub due: Option<String>,
    /// Planned start: 2026-03-31 08:00, or 08:00 for today; "-" for none
    #[arg(long)]
    pub start: Option<String>,
    /// Planned end
    #[arg(long, requires = "start")]
    pub end: Option<String>,
}
