//! One property per kind: whatever replicas write, in whatever order they hear
//! of each other, all end with the same heads and the same reading.

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::fleet::{Fleet, at, field, id, office, person};
use crate::{
    document::{
        Document, Stamp,
        checklist::{self, Asks, Checklist, Draft, Item},
        equipment::{self, Criticality, Equipment, Meter, MeterKind, Reading, State},
        execution::{self, Answer, AnswerValue, Execution, Outcome},
        part::{self, Part, Store, Stores},
        person::{self as people, Language, Person},
        plan::{self, Plan},
        plan_execution::{self, Outcome as Became, PlanExecution},
        schema::{Code, Title},
        site::{self, Currency, Site, Sla, TimeZone},
        stock_movement::{self, Line, MovementKind, Posted, StockMovement},
        work_order::{self, Created, OrderType, Priority, Status, WorkOrder},
    },
    error::Error,
    model::{EntryId, Kind, Quantity, Role, Roles},
    schedule::{Calendar, Margins, Rule, Unit},
};

/// What one replica does in one step.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    replica: usize,
    /// What it edits.
    choice: u8,
    /// What it says.
    value: u8,
    /// By its clock, which need not agree with the order of the acts.
    ms: i64,
    /// Whom it tells afterwards, if anybody.
    tell: Option<usize>,
}

impl Act {
    fn stamp(&self) -> Stamp {
        match self.replica {
            2 => office(12, self.ms),
            n => field(10 + n as u128, self.ms),
        }
    }

    fn quantity(&self) -> Quantity {
        Quantity(i64::from(self.value) * 500_000)
    }
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (
        0..3_usize,
        0..6_u8,
        0..4_u8,
        0..40_i64,
        prop::option::of(0..3_usize),
    )
        .prop_map(|(replica, choice, value, ms, tell)| Act {
            replica,
            choice,
            value,
            ms,
            tell,
        });
    prop::collection::vec(act, 0..14)
}

/// Plays the acts; what is refused where it is typed is simply not written.
fn play<T: PartialEq + std::fmt::Debug + Serialize + DeserializeOwned>(
    mut fleet: Fleet<T>,
    acts: &[Act],
    edit: impl Fn(&mut Document, &Act) -> Result<(), Error>,
) -> T {
    for act in acts {
        fleet.edit(act.replica, |document| match edit(document, act) {
            Ok(()) | Err(Error::Invalid(_)) => {}
            Err(other) => panic!("{other}"),
        });
        if let Some(to) = act.tell {
            fleet.deliver(act.replica, to);
        }
    }
    fleet.settle()
}

fn edit_site(document: &mut Document, act: &Act) -> Result<(), Error> {
    let stamp = act.stamp();
    match act.choice {
        0 => site::set(
            document,
            "name",
            &Title(format!("Usine {}", act.value)),
            &stamp,
        ),
        1 => site::set(document, "currency", &Currency("CHF".into()), &stamp),
        _ => {
            let sla = Sla {
                response_minutes: 10 + u32::from(act.value),
                resolution_minutes: 100,
            };
            site::set(document, &format!("sla/p{}", act.choice - 1), &sla, &stamp)
        }
    }
}

fn edit_person(document: &mut Document, act: &Act) -> Result<(), Error> {
    let stamp = act.stamp();
    match act.choice {
        0 | 1 => people::set(document, "active", &(act.value.is_multiple_of(2)), &stamp),
        2 => people::set(document, "language", &Language::English, &stamp),
        _ => {
            let roles: Roles = Role::ALL.into_iter().take(act.value.into()).collect();
            people::set(document, "roles", &roles, &stamp)
        }
    }
}

fn edit_equipment(document: &mut Document, act: &Act) -> Result<(), Error> {
    let stamp = act.stamp();
    match act.choice {
        0 => equipment::set(
            document,
            "state",
            &State::ALL[usize::from(act.value)],
            &stamp,
        ),
        1 => {
            let criticality = Criticality::ALL[usize::from(act.value) % 3];
            equipment::set(document, "criticality", &criticality, &stamp)
        }
        2 => document.delete("vendu", &stamp),
        3 => equipment::set_notes(document, &"x".repeat(act.value.into()), &stamp),
        _ => {
            let reading = Reading {
                value: act.quantity(),
                at: at(act.ms),
                restarted: false,
            };
            equipment::record_reading(document, "h", &reading, &stamp).map(drop)
        }
    }
}

fn edit_part(document: &mut Document, act: &Act) -> Result<(), Error> {
    let stamp = act.stamp();
    match act.choice {
        0 => part::set(document, "min", &Some(act.quantity()), &stamp),
        1 => part::set(document, "reorder_point", &Some(act.quantity()), &stamp),
        2 => part::set(document, "unit", &Code(format!("u{}", act.value)), &stamp),
        3 => part::set(document, "critical", &(act.value > 1), &stamp),
        _ => {
            let stores = Stores(vec![Store(format!("M{}", act.value))]);
            part::set(document, "stores", &stores, &stamp)
        }
    }
}

fn edit_movement(document: &mut Document, act: &Act) -> Result<(), Error> {
    let posted = Posted {
        kind: MovementKind::Entry,
        lines: vec![Line {
            part: id(50),
            quantity: act.quantity(),
            from: None,
            to: Some(Store("A".into())),
            unit_cost: None,
        }],
        work_order: None,
        person: person(1),
        at: at(act.ms),
        reason: None,
        reverses: None,
    };
    stock_movement::post(document, &posted, &act.stamp())
}

fn edit_order(document: &mut Document, act: &Act) -> Result<(), Error> {
    let stamp = act.stamp();
    match act.choice {
        0 => work_order::set(document, "title", &Title(format!("T{}", act.value)), &stamp),
        1 => work_order::comment(document, &format!("c{}", act.value), &stamp),
        2 => document.delete("doublon", &stamp),
        3 => document.set_text("note", &"y".repeat(act.value.into()), &stamp),
        _ => {
            let to = Status::ALL[usize::from(act.value) + 4 - usize::from(act.choice == 4)];
            work_order::step(document, to, Some("parce que"), &stamp)
        }
    }
}

fn edit_checklist(document: &mut Document, act: &Act) -> Result<(), Error> {
    let stamp = act.stamp();
    match act.choice {
        0 => checklist::set(document, "name", &Title(format!("C{}", act.value)), &stamp),
        1 | 2 => checklist::publish(document, &stamp).map(drop),
        _ => {
            let item = |n| Item::new(&format!("i{n}"), "Item", Asks::Outcome);
            let draft = Draft((0..=act.value).map(item).collect());
            checklist::set(document, "draft", &draft, &stamp)
        }
    }
}

fn edit_execution(document: &mut Document, act: &Act) -> Result<(), Error> {
    let stamp = act.stamp();
    let value = match act.value {
        0 => Some(AnswerValue::Outcome(Outcome::Ok)),
        1 => Some(AnswerValue::Outcome(Outcome::Nok)),
        2 => Some(AnswerValue::Many(vec!["a".into(), format!("b{}", act.ms)])),
        _ => None,
    };
    let answer = Answer {
        value,
        comment: (act.ms % 2 == 0).then(|| format!("à {}", act.ms)),
        ..Answer::default()
    };
    match act.choice {
        0 => execution::finalize(document, &[], &stamp),
        1 if act.value == 0 => execution::validate(document, &stamp),
        1 => execution::reopen(document, "encore", &stamp),
        2 => execution::answer(
            document,
            "n",
            0,
            Answer::new(AnswerValue::Number(act.quantity())),
            &stamp,
        ),
        _ => execution::answer(document, "x", 0, answer, &stamp),
    }
}

fn edit_plan(document: &mut Document, act: &Act) -> Result<(), Error> {
    let stamp = act.stamp();
    match act.choice {
        0 => plan::set(document, "name", &Title(format!("P{}", act.value)), &stamp),
        1 => {
            let margins = Margins {
                lead_days: act.value.into(),
                ..Margins::default()
            };
            plan::set(document, "margins", &margins, &stamp)
        }
        2 | 3 => {
            let status = plan::Status::ALL[usize::from(act.value) % 3];
            plan::set(document, "status", &status, &stamp)
        }
        _ => {
            let calendar = Calendar {
                anchor: chrono::NaiveDate::default(),
                every: act.value.into(),
                unit: Unit::Week,
                shift_percent: 0,
            };
            let rule = Rule {
                calendar: Some(calendar),
                meter: None,
                effective_from: None,
            };
            plan::set(document, "rule", &Some(rule), &stamp)
        }
    }
}

fn edit_plan_execution(document: &mut Document, act: &Act) -> Result<(), Error> {
    let october = plan_execution::Created {
        plan: id(30),
        occurrence: "0".into(),
        due: None,
    };
    let outcome = match act.choice {
        0 | 1 => Became::Skipped {
            reason: format!("parce que {}", act.value),
        },
        2 => Became::Absorbed { by: id(31) },
        _ => Became::Executed(plan_execution::Execution {
            on: at(i64::from(act.value)),
            person: act.stamp().by,
            work_order: None,
            reading: None,
            note: None,
        }),
    };
    plan_execution::record(document, &october, &outcome, &act.stamp())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn sites_do_not_depend_on_the_order(acts in acts()) {
        let created = site::Created {
            name: "Usine".into(),
            time_zone: TimeZone("Europe/Paris".into()),
            currency: Currency("EUR".into()),
        };
        let fleet = Fleet::new(Kind::Site, id(1), 3, Site::read, |document| {
            site::create(document, &created, &office(9, 0)).unwrap();
        });
        play(fleet, &acts, edit_site);
    }

    #[test]
    fn people_do_not_depend_on_the_order(acts in acts()) {
        let fleet = Fleet::new(Kind::Person, id(1), 3, Person::read, |document| {
            let roles = [Role::Reader].into_iter().collect();
            people::create(document, &people::Created::default(), &roles, &office(9, 0)).unwrap();
        });
        play(fleet, &acts, edit_person);
    }

    #[test]
    fn equipment_does_not_depend_on_the_order(acts in acts()) {
        let fleet = Fleet::new(Kind::Equipment, id(1), 3, Equipment::read, |document| {
            let created = equipment::Created {
                code: "P".into(),
                name: "Pompe".into(),
                ..equipment::Created::default()
            };
            equipment::create(document, &created, &office(9, 0)).unwrap();
            let meter = Meter { name: "h".into(), unit: "h".into(), kind: MeterKind::Cumulative };
            equipment::set(document, "meter/h", &meter, &office(9, 0)).unwrap();
        });
        let merged = play(fleet, &acts, edit_equipment);
        let taken = merged.readings.get("h").map_or(&[][..], Vec::as_slice);
        prop_assert!(taken.is_sorted_by_key(|taken| taken.taken_at));
    }

    #[test]
    fn parts_do_not_depend_on_the_order(acts in acts()) {
        let fleet = Fleet::new(Kind::Part, id(1), 3, Part::read, |document| {
            let created = part::Created {
                reference: "R".into(),
                name: "Joint".into(),
                ..part::Created::default()
            };
            part::create(document, &created, &office(9, 0)).unwrap();
        });
        play(fleet, &acts, edit_part);
    }

    #[test]
    fn movements_do_not_depend_on_the_order(acts in acts()) {
        let fleet = Fleet::new(Kind::StockMovement, id(1), 3, StockMovement::read, |document| {
            let first = Act { replica: 0, choice: 0, value: 3, ms: 20, tell: None };
            edit_movement(document, &first).unwrap();
        });
        play(fleet, &acts, edit_movement);
        let apart = Fleet::new(Kind::StockMovement, id(1), 3, StockMovement::read, |_| {});
        let posts = acts.iter().any(|act| act.value > 0);
        if posts {
            play(apart, &acts, edit_movement);
        }
    }

    #[test]
    fn orders_do_not_depend_on_the_order(acts in acts()) {
        let fleet = Fleet::new(Kind::WorkOrder, id(1), 3, WorkOrder::read, |document| {
            let created = Created {
                title: "Fuite".into(),
                order_type: OrderType::CorrectiveCurative,
                priority: Priority::P2,
                equipment: None,
                plan: None,
                status: Status::Draft,
                provisional: "P-1".into(),
                assignees: vec![],
                due: None,
                imported: None,
            };
            work_order::create(document, &created, "", &field(1, 0)).unwrap();
        });
        play(fleet, &acts, edit_order);
    }

    #[test]
    fn checklists_do_not_depend_on_the_order(acts in acts()) {
        let fleet = Fleet::new(Kind::Checklist, id(1), 3, Checklist::read, |document| {
            let created = checklist::Created {
                code: "C".into(),
                name: "Graissage".into(),
                plans: vec![],
            };
            checklist::create(document, &created, &office(9, 0)).unwrap();
        });
        let merged = play(fleet, &acts, edit_checklist);
        let numbers = merged.versions.iter().map(|version| version.number);
        prop_assert!(numbers.eq(1..=u32::try_from(merged.versions.len()).unwrap()));
    }

    #[test]
    fn executions_do_not_depend_on_the_order(acts in acts()) {
        let fleet = Fleet::new(Kind::Execution, id(1), 3, Execution::read, |document| {
            let created = execution::Created {
                checklist: id(2),
                version: EntryId([1; 8]),
                work_order: None,
                plan: None,
            };
            execution::create(document, &created, &field(1, 0)).unwrap();
        });
        play(fleet, &acts, edit_execution);
    }

    #[test]
    fn plans_do_not_depend_on_the_order(acts in acts()) {
        let fleet = Fleet::new(Kind::Plan, id(1), 3, Plan::read, |document| {
            let created = plan::Created::new("P", "Graissage");
            plan::create(document, &created, &office(9, 0)).unwrap();
        });
        play(fleet, &acts, edit_plan);
    }

    #[test]
    fn plan_executions_do_not_depend_on_the_order(acts in acts()) {
        let name = plan::execution_id(id(30), "0");
        let fleet = Fleet::new(Kind::PlanExecution, name, 3, PlanExecution::read, |_| {});
        if acts.is_empty() {
            return Ok(());
        }
        let merged = play(fleet, &acts, edit_plan_execution);
        // Nobody can say that it was skipped once it is known to be executed.
        let executed = acts.iter().any(|act| act.choice > 2);
        prop_assert_eq!(merged.executed().is_some(), executed);
    }
}
