//! Work orders: lists, pages, making them, changing what they say.
//!
//! **Invariant**: lists and pages read views; steps are in `steps.rs`, where
//! the guards are.

mod page;
mod steps;

use super::{Act, Replica};
use crate::{
    document::{
        schema::Title,
        work_order::{self, Created, Link, OrderType, Planned, Priority, Status},
    },
    error::{Error, Invalid},
    model::{Day, DocumentId, Kind, Line, PersonId, check_text},
    store::{state, views},
};

pub use page::{Action, ChecklistLine, InterventionLine, OrderPage, PlanLine};
pub use steps::Completion;

/// What a new order starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// One line.
    pub title: String,
    /// Long text; may be empty.
    pub description: String,
    /// Why the work is done.
    pub order_type: OrderType,
    /// How urgent it is.
    pub priority: Priority,
    /// The equipment concerned.
    pub equipment: Option<DocumentId>,
    /// The plan it does, and the occurrence where it stands for one.
    pub plan: Option<Link>,
    /// Local date by which it is to be done.
    pub due: Option<Day>,
    /// Who is to do it.
    pub assignees: Vec<PersonId>,
}

impl NewOrder {
    /// A curative order of medium priority, as a person reports a breakdown.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            description: String::new(),
            order_type: OrderType::CorrectiveCurative,
            priority: Priority::P3,
            equipment: None,
            plan: None,
            due: None,
            assignees: Vec::new(),
        }
    }
}

/// What to change of an order; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderEdit {
    /// One line.
    pub title: Option<String>,
    /// Long text.
    pub description: Option<String>,
    /// Completion note.
    pub note: Option<String>,
    /// Why the work is done.
    pub order_type: Option<OrderType>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// The equipment concerned, or none any more.
    pub equipment: Option<Option<DocumentId>>,
    /// The plan it does, or none any more.
    pub plan: Option<Option<Link>>,
    /// Local date by which it is to be done, or none any more.
    pub due: Option<Option<Day>>,
    /// When it is planned, or not any more.
    pub planned: Option<Option<Planned>>,
}

impl Replica {
    /// The orders that match, open ones first, the most urgent first.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn orders(&self, filter: &views::OrderFilter) -> Result<Vec<views::OrderRow>, Error> {
        self.read(|tx| views::orders(tx, filter))
    }

    /// One line of the list.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn order(&self, id: DocumentId) -> Result<views::OrderRow, Error> {
        let row = self.read(|tx| views::order(tx, id))?;
        row.ok_or(Error::Unknown {
            kind: Kind::WorkOrder.name(),
            id,
        })
    }

    /// Makes an order, a draft with a provisional number.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when a field is out of bounds, [`Error::Unknown`]
    /// when equipment or plan are not on this device.
    pub fn new_order(&mut self, order: &NewOrder) -> Result<DocumentId, Error> {
        let id = DocumentId(self.world().uuid());
        let device = self.account().device;
        self.act(|act| {
            let provisional = provisional(act, device)?;
            write_new(act, id, order, Status::Draft, provisional)?;
            Ok(id)
        })
    }

    /// Changes what an order says, all of it or nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] when a value is out of bounds,
    /// when nothing is to be changed (`nothing_to_change`), or with code
    /// `closed`.
    pub fn edit_order(&mut self, id: DocumentId, edit: &OrderEdit) -> Result<(), Error> {
        if *edit == OrderEdit::default() {
            return Err(Invalid::new("nothing_to_change", "say what is to be changed").into());
        }
        self.act(|act| {
            known(act, Kind::Equipment, edit.equipment.flatten())?;
            let plan = edit.plan.iter().flatten().map(|link| link.plan).next();
            known(act, Kind::Plan, plan)?;
            act.edit(Kind::WorkOrder, id, |document, stamp| {
                if let Some(title) = &edit.title {
                    let title = Title(check_text(title, Line::TITLE)?);
                    work_order::set(document, "title", &title, stamp)?;
                }
                if let Some(order_type) = &edit.order_type {
                    work_order::set(document, "type", order_type, stamp)?;
                }
                if let Some(priority) = &edit.priority {
                    work_order::set(document, "priority", priority, stamp)?;
                }
                if let Some(equipment) = &edit.equipment {
                    work_order::set(document, "equipment", equipment, stamp)?;
                }
                if let Some(plan) = &edit.plan {
                    work_order::set(document, "plan", plan, stamp)?;
                }
                if let Some(due) = &edit.due {
                    work_order::set(document, "due", due, stamp)?;
                }
                if let Some(planned) = &edit.planned {
                    work_order::set(document, "planned", planned, stamp)?;
                }
                for (name, text) in [("description", &edit.description), ("note", &edit.note)] {
                    if let Some(text) = text {
                        work_order::set_text(document, name, text, stamp)?;
                    }
                }
                Ok(())
            })
        })
    }

    /// Says who is to do an order, in place of whoever was.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] when there are too many, or
    /// with code `closed`.
    pub fn assign_order(&mut self, id: DocumentId, people: &[PersonId]) -> Result<(), Error> {
        let mut people = people.to_vec();
        people.sort_unstable();
        people.dedup();
        self.act(|act| {
            act.edit(Kind::WorkOrder, id, |document, stamp| {
                work_order::set(document, "assignees", &people, stamp)
            })
        })
    }

    /// Adds a comment, to a closed order too.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] when it is empty or too long.
    pub fn comment_order(&mut self, id: DocumentId, text: &str) -> Result<(), Error> {
        self.act(|act| {
            act.edit(Kind::WorkOrder, id, |document, stamp| {
                work_order::comment(document, text, stamp)
            })
        })
    }
}

/// Writes a new order; its texts are checked, what it refers to is here.
pub(super) fn write_new(
    act: &Act<'_>,
    id: DocumentId,
    order: &NewOrder,
    status: Status,
    provisional: String,
) -> Result<(), Error> {
    known(act, Kind::Equipment, order.equipment)?;
    known(act, Kind::Plan, order.plan.as_ref().map(|link| link.plan))?;
    let mut assignees = order.assignees.clone();
    assignees.sort_unstable();
    assignees.dedup();
    let created = Created {
        title: check_text(&order.title, Line::TITLE)?,
        order_type: order.order_type,
        priority: order.priority,
        equipment: order.equipment,
        plan: order.plan.clone(),
        status,
        provisional,
        assignees,
        due: order.due,
        imported: None,
    };
    act.create(Kind::WorkOrder, id, |document, stamp| {
        work_order::create(document, &created, &order.description, stamp)
    })
}

/// The next provisional number, such as `P-7F3A-12`: four digits of the device
/// and a count. One that is taken (after a salvage) is passed over.
pub(super) fn provisional(act: &Act<'_>, device: crate::model::DeviceId) -> Result<String, Error> {
    // The last digits: those of a UUIDv7 in front are the same for all devices
    // that were enrolled together.
    let digits = device.0.simple().to_string().to_uppercase();
    let device = digits.get(28..).unwrap_or_default();
    let mut next = state::get(act.tx(), &state::NEXT_PROVISIONAL)?.unwrap_or(1);
    loop {
        let number = format!("P-{device}-{next}");
        next = next.saturating_add(1);
        if views::called(act.tx(), Kind::WorkOrder, &number)?.is_empty() {
            state::set(act.tx(), &state::NEXT_PROVISIONAL, &next)?;
            return Ok(number);
        }
    }
}

/// Refuses to refer to what is not on this device: most likely a mistake.
pub(super) fn known(act: &Act<'_>, kind: Kind, id: Option<DocumentId>) -> Result<(), Error> {
    let Some(id) = id else { return Ok(()) };
    if views::kind(act.tx(), id)? == Some(kind) {
        return Ok(());
    }
    Err(Error::Unknown {
        kind: kind.name(),
        id,
    })
}
