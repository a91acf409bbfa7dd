//! Running, answering and finalizing.

use super::plant::{BEARING, GREASE, PUMP, Plant, ROUND, code, id};
use crate::{
    document::execution::{self, AnswerValue, Outcome, Problem, State, Verdict},
    model::{DocumentId, Quantity},
    replica::{AnswerInput, NewOrder},
};

fn value(value: AnswerValue) -> AnswerInput {
    AnswerInput {
        value: Some(value),
        ..AnswerInput::default()
    }
}

fn run(plant: &mut Plant) -> DocumentId {
    let order = NewOrder {
        equipment: Some(id(PUMP)),
        ..NewOrder::new("Ronde")
    };
    let order = plant.replica.new_order(&order).unwrap();
    plant
        .replica
        .run_checklist(id(ROUND), Some(order), None)
        .unwrap()
        .id
}

#[test]
fn one_checklist_of_one_order_is_one_execution() {
    let mut plant = Plant::new();
    let order = plant.replica.order_plan(id(GREASE), None).unwrap().id;

    let first = plant
        .replica
        .run_checklist(id(ROUND), None, Some(id(GREASE)))
        .unwrap();
    let second = plant
        .replica
        .run_checklist(id(ROUND), Some(order), None)
        .unwrap();

    assert_eq!(first.id, execution::id_for(id(GREASE), id(ROUND), "0"));
    assert_eq!((second.id, second.resumed), (first.id, true));
    let page = plant.replica.execution(first.id).unwrap();
    assert_eq!(page.work_order, Some(order), "the order was attached");
    assert_eq!((page.version, page.newer_version), (Some(1), None));
    let alone = plant.replica.run_checklist(id(ROUND), None, None).unwrap();
    assert_ne!(alone.id, first.id);
}

#[test]
fn a_failure_needs_its_comment_before_the_execution_is_finalized() {
    let mut plant = Plant::new();
    let run = run(&mut plant);
    assert_eq!(
        code(plant.replica.finalize_execution(run)),
        "answer_missing"
    );

    let nok = value(AnswerValue::Outcome(Outcome::Nok));
    let line = plant.replica.answer_item(run, "leak", 0, &nok).unwrap();

    assert_eq!(
        (line.verdict, line.problem),
        (Verdict::Fail, Some(Problem::CommentMissing))
    );
    assert_eq!(
        code(plant.replica.finalize_execution(run)),
        "comment_missing"
    );
    let comment = AnswerInput {
        comment: Some("goutte au joint".into()),
        ..AnswerInput::default()
    };
    let line = plant.replica.answer_item(run, "leak", 0, &comment).unwrap();
    assert_eq!(
        line.value,
        Some(AnswerValue::Outcome(Outcome::Nok)),
        "the answer stays"
    );
    plant.replica.finalize_execution(run).unwrap();
    let page = plant.replica.execution(run).unwrap();
    assert_eq!(
        (page.state, page.failed, page.missing),
        (State::Finalized, 1, 0)
    );
    assert_eq!(page.signatures[0].person_name.as_deref(), Some("Ana"));
    assert_eq!(
        code(plant.replica.answer_item(run, "leak", 0, &nok)),
        "finalized"
    );
}

#[test]
fn an_answer_of_the_wrong_kind_writes_nothing() {
    let mut plant = Plant::new();
    let run = run(&mut plant);
    let before = plant.replica.status().unwrap().pending;
    let text = value(AnswerValue::Text("bof".into()));

    assert_eq!(
        code(plant.replica.answer_item(run, "bar", 0, &text)),
        "wrong_answer_type"
    );
    assert_eq!(
        code(plant.replica.answer_item(run, "nope", 0, &text)),
        "unknown_item"
    );
    assert_eq!(plant.replica.status().unwrap().pending, before);
    let high = value(AnswerValue::Number(Quantity::whole(9).unwrap()));
    let line = plant.replica.answer_item(run, "bar", 0, &high).unwrap();
    assert_eq!(
        line.verdict,
        Verdict::Fail,
        "out of bounds is a fact, not an error"
    );
}

#[test]
fn a_meter_reading_goes_to_the_machine_and_a_used_part_leaves_its_store() {
    let mut plant = Plant::new();
    let run = run(&mut plant);
    let hours = value(AnswerValue::Number(Quantity::whole(1200).unwrap()));
    plant.replica.answer_item(run, "hours", 0, &hours).unwrap();
    let used = |quantity| AnswerInput {
        issue_from: Some("MAG".into()),
        ..value(AnswerValue::Part {
            part: id(BEARING),
            quantity: Quantity::whole(quantity).unwrap(),
            movement: None,
        })
    };
    let line = plant.replica.answer_item(run, "used", 0, &used(1)).unwrap();

    let machine = plant.replica.equipment(id(PUMP)).unwrap();
    assert_eq!(machine.meters[0].readings[0].value.to_string(), "1200");
    let Some(AnswerValue::Part { movement, .. }) = line.value else {
        panic!("{:?}", line.value)
    };
    let movement = plant.replica.movement(movement.unwrap()).unwrap();
    let order = plant.replica.execution(run).unwrap().work_order;
    assert_eq!(movement.work_order, order);
    plant.world.move_minutes(1);
    plant.replica.answer_item(run, "used", 0, &used(2)).unwrap();
    let levels = plant.replica.levels(Some(id(BEARING))).unwrap();
    assert_eq!(
        levels[0].quantity.to_string(),
        "-2",
        "the first issue was reversed"
    );
    let clear = AnswerInput {
        take_back: true,
        ..AnswerInput::default()
    };
    plant.world.move_minutes(1);
    plant.replica.answer_item(run, "used", 0, &clear).unwrap();
    let levels = plant.replica.levels(Some(id(BEARING))).unwrap();
    assert_eq!(levels[0].quantity.to_string(), "0");
}
