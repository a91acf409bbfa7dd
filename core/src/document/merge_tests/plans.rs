//! Plans and what became of their occurrences.

use chrono::NaiveDate;

use super::fleet::{Fleet, at, codes, field, id, office, person};
use crate::{
    document::{
        Document, Stamp,
        plan::{self, Created, Moved, Plan, PlannedPart, Status},
        plan_execution::{self, Execution, Outcome, PlanExecution, record},
        schema::{Group, Title, Value, judge},
        work_order::{self, OrderType, WorkOrder},
    },
    error::Error,
    model::{Day, DocumentId, Kind, Quantity, Rank},
    schedule::{Calendar, Facts, Margins, Rule, Unit, next},
};

fn day(text: &str) -> Day {
    Day(text.parse().unwrap())
}

fn monthly(every: u32) -> Rule {
    Rule {
        calendar: Some(Calendar {
            anchor: day("2023-10-31").0,
            every,
            unit: Unit::Month,
            shift_percent: 0,
        }),
        meter: None,
        effective_from: None,
    }
}

fn grease(replicas: u8) -> Fleet<Plan> {
    let created = Created {
        equipment: Some(id(40)),
        rule: Some(monthly(1)),
        checklists: vec![id(20)],
        parts: vec![PlannedPart {
            part: id(50),
            quantity: Quantity::ONE,
        }],
        ..Created::new("G-1", "Graissage")
    };
    Fleet::new(Kind::Plan, id(30), replicas, Plan::read, |document| {
        plan::create(document, &created, &office(9, 0)).unwrap();
    })
}

fn occurrence(key: &str, due: &str) -> plan_execution::Created {
    plan_execution::Created {
        plan: id(30),
        occurrence: key.into(),
        due: Some(day(due)),
    }
}

fn of_october(replicas: u8) -> Fleet<PlanExecution> {
    let name = plan::execution_id(id(30), "0");
    Fleet::new(
        Kind::PlanExecution,
        name,
        replicas,
        PlanExecution::read,
        |_| {},
    )
}

fn executed(by: u128, ms: i64, work_order: Option<DocumentId>) -> Outcome {
    Outcome::Executed(Execution {
        on: at(ms),
        person: person(by),
        work_order,
        reading: None,
        note: None,
    })
}

fn say(document: &mut Document, outcome: &Outcome, stamp: &Stamp) {
    record(document, &occurrence("0", "2023-10-31"), outcome, stamp).unwrap();
}

fn skipped() -> Outcome {
    Outcome::Skipped {
        reason: "remplacée par la suivante".into(),
    }
}

fn next_due(plan: &Plan, done: &PlanExecution) -> NaiveDate {
    let done = [done.done(chrono_tz::Europe::Paris).unwrap()];
    let facts = Facts {
        done: &done,
        ..Facts::default()
    };
    let rule = plan.rule.as_ref().unwrap();
    next(rule, plan.margins, &facts).unwrap().unwrap().due
}

#[test]
fn an_interval_changed_while_it_was_executed_counts_from_its_date_on() {
    let mut fleet = grease(2);
    fleet.edit(0, |document| {
        let quarterly = Rule {
            effective_from: Some(day("2024-01-01").0),
            ..monthly(3)
        };
        plan::set(document, "rule", &Some(quarterly), &office(2, 5)).unwrap();
    });
    let october = of_october(1)
        .edit(0, |d| say(d, &executed(1, 10, None), &field(1, 10)))
        .settle();

    let before = next_due(&fleet.see(1), &october);
    let after = next_due(&fleet.settle(), &october);

    assert_eq!(october.occurrence, "0", "counts for its own occurrence");
    assert_eq!(before, day("2023-11-30").0);
    assert_eq!(after, day("2024-01-31").0);
}

#[test]
fn two_rules_written_apart_are_never_mixed() {
    let mut fleet = grease(2);
    let yearly = Rule {
        calendar: Some(Calendar {
            anchor: day("2024-02-29").0,
            every: 1,
            unit: Unit::Year,
            shift_percent: 100,
        }),
        ..monthly(1)
    };
    fleet.edit(0, |document| {
        plan::set(document, "rule", &Some(yearly.clone()), &office(1, 5)).unwrap();
    });
    fleet.edit(1, |document| {
        plan::set(document, "rule", &Some(monthly(6)), &office(2, 4)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.rule, Some(yearly));
    assert_eq!(codes(&merged.life.conflicts), ["concurrent_edit"]);
}

#[test]
fn a_plan_suspended_while_it_was_executed_keeps_the_execution_and_generates_nothing() {
    let mut fleet = grease(2);
    fleet.edit(0, |document| {
        plan::set(document, "status", &Status::Suspended, &office(2, 5)).unwrap();
    });
    let october = of_october(1)
        .edit(0, |d| say(d, &executed(1, 10, None), &field(1, 10)))
        .settle();

    let merged = fleet.settle();

    assert!(!merged.generates());
    assert_eq!(october.executed().unwrap().person, person(1));
    assert!(october.executed().unwrap().work_order.is_none());
}

#[test]
fn a_plan_that_one_suspends_and_another_resumes_apart_stays_suspended_and_is_flagged() {
    let mut fleet = grease(2);
    fleet.edit(0, |document| {
        plan::set(document, "status", &Status::Suspended, &office(2, 5)).unwrap();
    });
    fleet.edit(1, |document| {
        plan::set(document, "status", &Status::Active, &office(3, 99)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.status, Status::Suspended);
    assert_eq!(codes(&merged.life.conflicts), ["concurrent_edit"]);
}

#[test]
fn executed_outweighs_skipped_meanwhile_and_is_flagged() {
    let mut fleet = of_october(2);
    let relay = Stamp {
        rank: Rank::Relay,
        ..field(99, 1_000)
    };
    fleet.edit(0, |d| say(d, &executed(1, 10, Some(id(60))), &field(1, 10)));
    fleet.edit(1, |d| say(d, &skipped(), &relay));

    let merged = fleet.settle();

    assert_eq!(merged.executed().unwrap().work_order, Some(id(60)));
    assert_eq!(merged.others[0].outcome, skipped());
    assert_eq!(codes(&merged.life.conflicts), ["executed_and_skipped"]);
    let done = merged.done(chrono_tz::Europe::Paris).unwrap();
    assert_eq!(done.executed_on, Some(day("2023-11-14").0));
}

#[test]
fn of_two_executions_the_earlier_counts_and_both_are_kept() {
    let mut fleet = of_october(2);
    fleet.edit(0, |d| say(d, &executed(1, 500, None), &field(1, 501)));
    fleet.edit(1, |d| {
        say(d, &executed(2, 100, Some(id(60))), &field(2, 900));
    });

    let merged = fleet.settle();

    assert_eq!(merged.executed().unwrap().person, person(2));
    assert_eq!(merged.others.len(), 1);
    assert_eq!(codes(&merged.life.conflicts), ["executed_twice"]);

    // Whoever has seen both says which it was.
    fleet.edit(0, |d| say(d, &executed(1, 500, None), &office(3, 2_000)));
    let decided = fleet.settle();
    assert_eq!(decided.executed().unwrap().person, person(1));
    assert!(decided.life.conflicts.is_empty());
}

#[test]
fn two_who_skip_one_occurrence_skip_it_once() {
    let mut fleet = of_october(2);
    fleet.edit(0, |d| say(d, &skipped(), &office(2, 10)));
    fleet.edit(1, |d| say(d, &skipped(), &office(3, 20)));

    let merged = fleet.settle();

    assert!(merged.others.is_empty() && merged.life.conflicts.is_empty());
    assert_eq!(merged.done(chrono_tz::UTC).unwrap().executed_on, None);
}

#[test]
fn what_was_executed_is_not_skipped_and_what_was_skipped_may_be_executed() {
    let mut fleet = of_october(1);
    let code = |result: Result<(), Error>| match result {
        Err(Error::Invalid(why)) => why.code,
        other => panic!("{other:?}"),
    };
    fleet.edit(0, |document| {
        let october = occurrence("0", "2023-10-31");
        let nothing = Outcome::Skipped { reason: " ".into() };
        let refused = record(document, &october, &nothing, &office(2, 1));
        assert_eq!(code(refused), "reason_missing");
        let november = occurrence("1", "2023-11-30");
        let refused = record(document, &november, &skipped(), &office(2, 1));
        assert_eq!(code(refused), "occurrence_id");
        say(document, &skipped(), &office(2, 2));
        say(document, &executed(1, 3, None), &field(1, 3));
        let refused = record(document, &october, &skipped(), &office(2, 4));
        assert_eq!(code(refused), "executed_already");
    });

    let merged = fleet.settle();
    assert!(merged.executed().is_some());
    assert!(merged.life.conflicts.is_empty(), "it was seen");
}

#[test]
fn only_the_office_skips_an_occurrence() {
    let mut fleet = of_october(2);
    fleet.edit(0, |d| say(d, &executed(1, 1, None), &field(1, 1)));
    fleet.edit(1, |d| say(d, &skipped(), &office(2, 2)));
    fleet.settle();
    let mut groups = Vec::new();
    fleet.edit(0, |document| {
        let entries = document.entries();
        for entry in entries.about("outcome") {
            groups.push(judge(Kind::PlanExecution, entry).unwrap());
        }
    });

    assert_eq!(groups, [Group::Work, Group::Decide]);
}

#[test]
fn an_order_of_an_occurrence_is_filled_in_alike_by_phone_and_relay() {
    let plan = grease(1).see(0);
    let order = |provisional: &str| plan.order(Some(("7", day("2024-05-31"))), provisional.into());
    let name = plan::order_id(plan.life.id, "7");
    let mut fleet = Fleet::new(Kind::WorkOrder, name, 2, WorkOrder::read, |_| {});
    fleet.edit(0, |document| {
        work_order::create(document, &order("P-1"), "", &field(1, 10)).unwrap();
    });
    fleet.edit(1, |document| {
        work_order::create(document, &order("R-1"), "", &field(99, 20)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.title, "Graissage");
    assert_eq!(merged.order_type, OrderType::PreventiveSystematic);
    assert_eq!(merged.due, Some(day("2024-05-31")));
    assert_eq!(merged.plan.unwrap().occurrence.as_deref(), Some("7"));
    assert!(merged.life.conflicts.is_empty());
}

#[test]
fn a_rule_that_cannot_be_scheduled_is_refused() {
    let code = |rule: Rule| Some(rule).check().unwrap_err().code;
    let meter = |id: &str| Rule {
        calendar: None,
        meter: Some(crate::schedule::Meter {
            meter: id.into(),
            step_micro: 1,
            first_micro: 0,
        }),
        effective_from: None,
    };

    assert_eq!(code(monthly(0)), "rule_every");
    assert_eq!(code(meter("")), "rule_meter");
    assert_eq!(code(meter("a/b")), "identifier");
    assert!(Some(meter("heures")).check().is_ok());
    let endless = Margins {
        lead_days: u16::MAX,
        ..Margins::default()
    };
    assert_eq!(endless.check().unwrap_err().code, "margins");
}

#[test]
fn different_fields_of_a_plan_edited_apart_both_stand() {
    let mut fleet = grease(2);
    fleet.edit(0, |document| {
        let moved = Moved {
            key: "1".into(),
            due: day("2023-12-04"),
        };
        plan::set(document, "override", &Some(moved), &office(2, 5)).unwrap();
    });
    fleet.edit(1, |document| {
        plan::set(
            document,
            "name",
            &Title("Graissage paliers".into()),
            &office(3, 5),
        )
        .unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.moved.unwrap().due, day("2023-12-04"));
    assert_eq!(merged.name, "Graissage paliers");
    assert!(merged.life.conflicts.is_empty());
}
