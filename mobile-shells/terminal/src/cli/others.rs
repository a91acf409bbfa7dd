//! `ronde checklist …`, `stock`, `plan`, `equipment`, `part`, `person`.
//!
//! **Invariant**: a thing is named by its code, reference or name, its id, or
//! an unambiguous beginning of one.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ronde_core::{
    document::{equipment::State, plan::Status},
    model::Quantity,
};

use crate::input;

/// What to do with checklists.
#[derive(Debug, Subcommand)]
pub enum ChecklistCommand {
    /// List checklists
    List,
    /// A checklist with its items, or an execution with its answers
    Show(One),
    /// Run a checklist, for an order, for a plan or for neither
    Run(RunArgs),
    /// Answer one item of an execution
    Answer(AnswerArgs),
    /// End an execution and sign its answers
    Finalize(One),
    /// List executions, the latest first
    Executions(Listed),
}

/// What to do with stock.
#[derive(Debug, Subcommand)]
pub enum StockCommand {
    /// How much there is
    Levels(LevelArgs),
    /// Brought into a store
    Entry(MoveArgs),
    /// Taken from a store
    Issue(MoveArgs),
    /// Brought back unused
    Return(MoveArgs),
    /// From one store to another
    Transfer(MoveArgs),
    /// Counted: the quantity is what was there
    Adjust(MoveArgs),
    /// Thrown away
    Scrap(MoveArgs),
    /// Unmake a movement
    Reverse(ReverseArgs),
    /// List movements, the latest first
    Movements(MovementArgs),
}

/// What to do with plans.
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// List plans
    List(PlanListArgs),
    /// A plan with its next dates and what was executed
    Show(One),
    /// What is overdue, due, or opens within some days
    Due(DueArgs),
    /// Make an order of a plan
    Order(OrderPlanArgs),
    /// Record that a plan was executed, with an order or without one
    Execute(ExecuteArgs),
}

/// What to do with equipment.
#[derive(Debug, Subcommand)]
pub enum EquipmentCommand {
    /// List equipment as a tree
    List,
    /// A machine with its meters, orders and plans
    Show(One),
    /// Write down what a meter says
    Reading(ReadingArgs),
    /// Say how a machine is
    State(StateArgs),
}

/// What to do with parts.
#[derive(Debug, Subcommand)]
pub enum PartCommand {
    /// List parts
    List,
    /// A part with its levels and movements
    Show(One),
}

/// What to do with people.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// List people
    List,
}

#[derive(Debug, Args)]
pub struct One {
    /// Code, name or id
    pub name: String,
}

#[derive(Debug, Args)]
pub struct Listed {
    /// At most so many
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// Code, name or id of the checklist
    pub checklist: String,
    /// The order it is done for
    #[arg(long, visible_alias = "ot")]
    pub work_order: Option<String>,
    /// The plan it is done for, at its next occurrence
    #[arg(long)]
    pub plan: Option<String>,
}

#[derive(Debug, Args)]
pub struct AnswerArgs {
    /// Id of the execution, or the order it is done for
    pub execution: String,
    /// Id of the item
    pub item: String,
    /// The answer: ok, nok, na, yes, no, a number, words, a choice…
    pub value: Option<String>,
    /// Which repetition of its group, from 0
    #[arg(long, default_value_t = 0)]
    pub repetition: u16,
    /// A remark
    #[arg(long)]
    pub comment: Option<String>,
    /// A photo; may be repeated
    #[arg(long)]
    pub photo: Vec<PathBuf>,
    /// The part that was used; the value is how much
    #[arg(long)]
    pub part: Option<String>,
    /// The store it was taken from: it is issued at once
    #[arg(long)]
    pub from: Option<String>,
    /// Take the answer back
    #[arg(long, conflicts_with_all = ["value", "comment", "photo"])]
    pub clear: bool,
}

#[derive(Debug, Args)]
pub struct LevelArgs {
    /// Reference, name or id of a part; all where nothing is said
    pub part: Option<String>,
    /// Only this store
    #[arg(long)]
    pub store: Option<String>,
    /// Only what is low, out or below zero
    #[arg(long)]
    pub low: bool,
}

#[derive(Debug, Args)]
pub struct MoveArgs {
    /// Part and quantity, as often as needed: ROUL-6205 2 JOINT-12 0,5
    pub lines: Vec<String>,
    /// The store it leaves
    #[arg(long)]
    pub from: Option<String>,
    /// The store it comes to
    #[arg(long)]
    pub to: Option<String>,
    /// The store, where there is only one to name
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub store: Option<String>,
    /// The order it is for
    #[arg(long, visible_alias = "ot")]
    pub work_order: Option<String>,
    /// Why
    #[arg(long)]
    pub reason: Option<String>,
    /// Cost of one unit
    #[arg(long)]
    pub cost: Option<Quantity>,
    /// When: 2026-03-31 08:00, 08:00 for today, or RFC 3339
    #[arg(long)]
    pub at: Option<String>,
}

#[derive(Debug, Args)]
pub struct ReverseArgs {
    /// Id of the movement
    pub movement: String,
    /// Why
    pub reason: Vec<String>,
}

#[derive(Debug, Args)]
pub struct MovementArgs {
    /// Of this order
    #[arg(long, visible_alias = "ot")]
    pub work_order: Option<String>,
    /// Of this part
    #[arg(long)]
    pub part: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

#[derive(Debug, Args)]
pub struct PlanListArgs {
    /// Of this equipment
    #[arg(long)]
    pub equipment: Option<String>,
    /// With this status: active, suspended, retired
    #[arg(long, value_parser = input::plan_status)]
    pub status: Option<Status>,
}

#[derive(Debug, Args)]
pub struct DueArgs {
    /// How many days ahead
    #[arg(long, default_value_t = 7)]
    pub days: u16,
}

#[derive(Debug, Args)]
pub struct OrderPlanArgs {
    /// Code, name or id of the plan
    pub plan: String,
    /// Another occurrence than the next one
    #[arg(long)]
    pub occurrence: Option<String>,
}

#[derive(Debug, Args)]
pub struct ExecuteArgs {
    /// Code, name or id of the plan
    pub plan: String,
    /// The order that did it; without one it is recorded as exactly that
    #[arg(long, visible_alias = "ot")]
    pub work_order: Option<String>,
    /// Another occurrence than the next one
    #[arg(long)]
    pub occurrence: Option<String>,
    /// When: 2026-03-31 08:00, 08:00 for today, or RFC 3339
    #[arg(long)]
    pub on: Option<String>,
    /// What the plan's meter said
    #[arg(long)]
    pub reading: Option<Quantity>,
    /// A remark
    #[arg(long)]
    pub note: Option<String>,
}

#[derive(Debug, Args)]
pub struct ReadingArgs {
    /// Code, name or id of the equipment
    pub equipment: String,
    /// What the meter says
    pub value: Option<Quantity>,
    /// Which meter, where there are several
    #[arg(long)]
    pub meter: Option<String>,
    /// When: 2026-03-31 08:00, 08:00 for today, or RFC 3339
    #[arg(long)]
    pub at: Option<String>,
    /// First reading after the meter was replaced or set back
    #[arg(long)]
    pub restarted: bool,
}

#[derive(Debug, Args)]
pub struct StateArgs {
    /// Code, name or id of the equipment
    pub equipment: String,
    /// `in_service`, `degraded`, `down`, `planned_stop`, `retired`
    #[arg(value_parser = input::equipment_state)]
    pub state: State,
}
