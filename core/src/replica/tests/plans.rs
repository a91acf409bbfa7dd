//! From a plan to its order, and from an order back to its plan.

use super::plant::{GREASE, PUMP, Plant, ROUND, code, day, id};
use crate::{
    document::{
        execution::{AnswerValue, Outcome},
        plan,
        work_order::{Link, OrderType, Status},
    },
    model::Kind,
    replica::{AnswerInput, Completion, DueState, NewExecution, NewOrder},
    store::outbox,
};

#[test]
fn an_order_made_from_a_plan_is_filled_in_and_is_one_wherever_it_is_made() {
    let mut here = Plant::new();
    let mut there = Plant::new();

    let made = here.replica.order_plan(id(GREASE), None).unwrap();
    let also = there.replica.order_plan(id(GREASE), None).unwrap();

    assert_eq!(made.id, also.id);
    assert_eq!(made.id, plan::order_id(id(GREASE), "0"));
    assert!(made.created);
    let page = here.replica.order_page(made.id).unwrap();
    assert_eq!(page.row.title, "Graissage mensuel");
    assert_eq!(page.row.order_type, OrderType::PreventiveSystematic);
    assert_eq!(page.row.status, Status::ToPlan);
    assert_eq!(page.row.equipment, Some(id(PUMP)));
    assert_eq!(page.row.due, Some(day("2026-03-31")));
    assert_eq!(page.plan_detail.unwrap().occurrence.as_deref(), Some("0"));
    assert_eq!(page.checklists[0].checklist.id, id(ROUND));
    assert_eq!(page.planned_parts.len(), 1);
    let again = here.replica.order_plan(id(GREASE), None).unwrap();
    assert_eq!((again.id, again.created), (made.id, false));
}

#[test]
fn done_executes_the_occurrence_in_the_same_transaction_and_the_next_due_date_moves() {
    let mut plant = Plant::new();
    let order = plant.replica.order_plan(id(GREASE), None).unwrap().id;
    plant.replica.start_order(order).unwrap();
    let stopped = plant.replica.finish_order(order, &Completion::default());
    assert_eq!(code(stopped), "checklist_missing");
    let run = plant
        .replica
        .run_checklist(id(ROUND), Some(order), None)
        .unwrap();
    let stopped = plant.replica.finish_order(order, &Completion::default());
    assert_eq!(code(stopped), "answers_missing");
    let ok = AnswerInput {
        value: Some(AnswerValue::Outcome(Outcome::Ok)),
        ..AnswerInput::default()
    };
    plant.replica.answer_item(run.id, "leak", 0, &ok).unwrap();
    plant.replica.finalize_execution(run.id).unwrap();
    let before = plant.replica.read(outbox::count).unwrap();

    let written = plant
        .replica
        .finish_order(order, &Completion::default())
        .unwrap();

    assert_eq!(written, Some(plan::execution_id(id(GREASE), "0")));
    assert_eq!(plant.replica.read(outbox::count).unwrap(), before + 2);
    let page = plant.replica.plan(id(GREASE)).unwrap();
    let next = page.row.next.unwrap();
    assert_eq!((next.key.as_str(), next.due), ("1", day("2026-04-30").0));
    assert_eq!(page.row.last_executed, Some(day("2026-03-30")));
    let line = &page.executions[0];
    assert_eq!(line.work_order, Some(order));
    assert_eq!(line.person_name.as_deref(), Some("Ana"));
    assert!(!line.without_work_order);
    assert_eq!(line.compliant, Some(true));
    assert_eq!(page.upcoming.len(), 12);
    let of_order = plant.replica.order_page(order).unwrap();
    assert_eq!(of_order.executions.len(), 1);
    assert_eq!(of_order.checklists[0].execution, Some(run.id));
}

#[test]
fn an_execution_without_an_order_is_recorded_as_exactly_that() {
    let mut plant = Plant::new();

    let execution = plant
        .replica
        .execute_plan(id(GREASE), &NewExecution::default())
        .unwrap();

    let page = plant.replica.plan(id(GREASE)).unwrap();
    assert_eq!(page.executions[0].id, execution);
    assert!(page.executions[0].without_work_order);
    assert_eq!(page.row.next.unwrap().key, "1");
    let again = NewExecution {
        occurrence: Some("0".into()),
        ..NewExecution::default()
    };
    assert_eq!(
        code(plant.replica.execute_plan(id(GREASE), &again)),
        "executed_already"
    );
    let unknown = NewExecution {
        occurrence: Some("projected:3".into()),
        ..NewExecution::default()
    };
    assert_eq!(
        code(plant.replica.execute_plan(id(GREASE), &unknown)),
        "unknown_occurrence"
    );
}

#[test]
fn an_order_linked_by_hand_executes_the_next_occurrence() {
    let mut plant = Plant::new();
    let order = plant
        .replica
        .new_order(&NewOrder {
            plan: Some(Link {
                plan: id(GREASE),
                occurrence: None,
            }),
            ..NewOrder::new("Graissage à la demande")
        })
        .unwrap();
    plant.replica.start_order(order).unwrap();
    let despite = Completion {
        despite: Some("checklist papier".into()),
        ..Completion::default()
    };

    let written = plant.replica.finish_order(order, &despite).unwrap();

    assert_eq!(written, Some(plan::execution_id(id(GREASE), "0")));
}

#[test]
fn what_is_due_is_sorted_by_urgency_and_a_cancelled_order_can_be_made_again() {
    let mut plant = Plant::new();
    let state = |plant: &Plant| plant.replica.plans_due(0).unwrap()[0].due_state;
    assert_eq!(state(&plant), Some(DueState::Opening));
    plant.world.move_days(1);
    assert_eq!(state(&plant), Some(DueState::Due));
    plant.world.move_days(3);
    assert_eq!(state(&plant), Some(DueState::Overdue));

    let first = plant.replica.order_plan(id(GREASE), None).unwrap();
    plant.replica.cancel_order(first.id, "doublon").unwrap();
    let second = plant.replica.order_plan(id(GREASE), None).unwrap();

    assert!(second.created);
    assert_ne!(second.id, first.id);
    let row = &plant.replica.plans_due(0).unwrap()[0];
    assert_eq!(row.work_order, Some(second.id));
}

#[test]
fn a_meter_noted_with_an_execution_is_noted_on_the_machine() {
    let mut plant = Plant::new();
    plant
        .replica
        .act(|act| {
            act.edit(Kind::Plan, id(GREASE), |document, stamp| {
                let rule = Some(crate::schedule::Rule {
                    calendar: None,
                    meter: Some(crate::schedule::Meter {
                        meter: "h".into(),
                        step_micro: 500_000_000,
                        first_micro: 500_000_000,
                    }),
                    effective_from: None,
                });
                plan::set(document, "rule", &rule, stamp)
            })
        })
        .unwrap();
    assert_eq!(plant.replica.plan(id(GREASE)).unwrap().row.next, None);
    let read = |plant: &mut Plant, value: &str| {
        let value = value.parse().unwrap();
        plant
            .replica
            .record_reading(id(PUMP), None, value, None, false)
            .unwrap();
    };
    read(&mut plant, "400");
    plant.world.move_days(10);
    read(&mut plant, "480");

    // 8 h a day: 500 h in two and a half days.
    let next = plant.replica.plan(id(GREASE)).unwrap().row.next.unwrap();
    assert_eq!(next.key, "cycle:0");
    plant.world.move_days(3);
    plant
        .replica
        .execute_plan(
            id(GREASE),
            &NewExecution {
                reading: Some("503".parse().unwrap()),
                ..NewExecution::default()
            },
        )
        .unwrap();

    let machine = plant.replica.equipment(id(PUMP)).unwrap();
    assert_eq!(machine.meters[0].readings[0].value.to_string(), "503");
    let page = plant.replica.plan(id(GREASE)).unwrap();
    assert_eq!(page.row.next.unwrap().key, "cycle:1");
    assert_eq!(page.executions[0].reading.unwrap().to_string(), "503");
}
