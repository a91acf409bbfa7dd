//! Which documents a device holds: named parts of a site.
//!
//! | channel | what | who holds it |
//! |---|---|---|
//! | `person:<id>` | orders assigned to, worked on or reported by them | that person |
//! | `open` | orders and executions that are not finished | all but requesters and contractors |
//! | `ref` | site, people, equipment, plans, checklists, parts | everybody |
//! | `stock` | stock movements | all but requesters and contractors |
//! | `history` | finished orders, validated executions | the office, readers |
//!
//! **Invariant**: pure: a document's channels depend on the document alone, a
//! person's window on the person and their roles alone.

use std::collections::BTreeSet;

use ronde_core::{
    document::{Record, execution::State},
    model::{PersonId, Role, Roles},
};

const OPEN: &str = "open";
const REFERENCE: &str = "ref";
const STOCK: &str = "stock";
const HISTORY: &str = "history";

fn of_person(person: PersonId) -> String {
    format!("person:{person}")
}

/// The channels a document belongs to.
pub fn channels(record: &Record) -> BTreeSet<String> {
    let mut channels = BTreeSet::new();
    let mut people = vec![];
    match record {
        Record::WorkOrder(order) => {
            channels.insert(
                if order.status.is_open() {
                    OPEN
                } else {
                    HISTORY
                }
                .to_owned(),
            );
            people.push(order.life.created_by);
            people.extend(&order.assignees);
            people.extend(&order.contributors);
        }
        Record::Execution(execution) => {
            channels.insert(
                if execution.state == State::Validated {
                    HISTORY
                } else {
                    OPEN
                }
                .to_owned(),
            );
            people.push(execution.life.created_by);
        }
        Record::StockMovement(movement) => {
            channels.insert(STOCK.to_owned());
            people.push(movement.posted.person);
        }
        Record::Site(_)
        | Record::Person(_)
        | Record::Equipment(_)
        | Record::Plan(_)
        | Record::PlanExecution(_)
        | Record::Checklist(_)
        | Record::Part(_) => {
            channels.insert(REFERENCE.to_owned());
        }
    }
    channels.extend(people.into_iter().map(of_person));
    channels
}

/// The channels a person's devices hold, the most pressing first; none for
/// somebody without a role.
pub fn window(person: PersonId, roles: &Roles) -> Vec<String> {
    if roles.is_empty() {
        return Vec::new();
    }
    let has = |among: &[Role]| among.iter().any(|role| roles.has(*role));
    let office = [Role::Supervisor, Role::Planner, Role::Reader, Role::Admin];
    let plant = has(&office) || has(&[Role::Technician, Role::Storekeeper]);
    let mut window = vec![of_person(person)];
    window.extend(plant.then(|| OPEN.to_owned()));
    window.push(REFERENCE.to_owned());
    window.extend(plant.then(|| STOCK.to_owned()));
    window.extend(has(&office).then(|| HISTORY.to_owned()));
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> PersonId {
        PersonId(uuid::Uuid::from_u128(7))
    }

    #[test]
    fn nobody_without_a_role_holds_anything() {
        assert_eq!(window(person(), &Roles::default()), Vec::<String>::new());
    }

    #[test]
    fn a_contractor_holds_what_is_assigned_and_what_it_refers_to() {
        let roles = [Role::Contractor].into_iter().collect();

        assert_eq!(
            window(person(), &roles),
            [of_person(person()), REFERENCE.to_owned()]
        );
    }

    #[test]
    fn a_technician_gets_their_own_work_first() {
        let roles = [Role::Technician].into_iter().collect();

        assert_eq!(
            window(person(), &roles),
            [&*of_person(person()), OPEN, REFERENCE, STOCK]
        );
    }
}
