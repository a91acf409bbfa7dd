use super::*;
use crate::document::{
    checklist::{Bounds, Choice, OnFail, Operation},
    execution::Said,
};

fn whole(units: i64) -> Quantity {
    Quantity::whole(units).unwrap()
}

fn given(item: &str, repetition: u16, value: AnswerValue) -> Answered {
    Answered {
        item: item.into(),
        repetition,
        value: Some(value),
        witnesses: vec![],
        others: vec![],
        comments: vec![],
        photos: vec![],
    }
}

fn number(item: &str, repetition: u16, units: i64) -> Answered {
    given(item, repetition, AnswerValue::Number(whole(units)))
}

fn outcome(item: &str, outcome: Outcome) -> Answered {
    given(item, 0, AnswerValue::Outcome(outcome))
}

fn asks_number(bounds: Bounds) -> Asks {
    Asks::Number {
        unit: "bar".into(),
        bounds,
    }
}

fn required(item: Item) -> Item {
    Item {
        required: true,
        ..item
    }
}

fn when(item: Item, other: &str, predicate: Predicate) -> Item {
    let test = Test {
        item: other.into(),
        predicate,
        negated: false,
    };
    Item {
        relevant_if: Some(Condition {
            any: false,
            tests: vec![test],
        }),
        ..item
    }
}

fn under(parent: &str, item: Item) -> Item {
    Item {
        parent: Some(parent.into()),
        ..item
    }
}

fn state<'a>(states: &'a [ItemState], item: &str, repetition: u16) -> &'a ItemState {
    let mut states = states.iter();
    states
        .find(|state| state.item == item && state.repetition == repetition)
        .unwrap()
}

#[test]
fn a_required_item_without_an_answer_is_missing_only_while_it_is_relevant() {
    let items = [
        Item::new(
            "leak",
            "Fuite ?",
            Asks::YesNo {
                expected: Some(false),
            },
        ),
        when(
            required(Item::new("where", "Où ?", Asks::Text)),
            "leak",
            Predicate::Is(AnswerValue::YesNo(true)),
        ),
    ];
    let leak = |answer| given("leak", 0, AnswerValue::YesNo(answer));

    let dry = review(&items, &[leak(false)]);
    let wet = review(&items, &[leak(true)]);

    assert!(!state(&dry, "where", 0).visible);
    assert_eq!(state(&dry, "where", 0).problem, None);
    assert_eq!(
        state(&wet, "where", 0).problem,
        Some(Problem::AnswerMissing)
    );
    assert_eq!(state(&wet, "leak", 0).verdict, Verdict::Fail);
}

#[test]
fn an_answer_that_a_rule_hides_later_is_not_judged() {
    let items = [
        Item::new("runs", "En marche ?", Asks::YesNo { expected: None }),
        when(
            Item::new(
                "bar",
                "Pression",
                asks_number(Bounds {
                    max: Some(whole(10)),
                    ..Bounds::default()
                }),
            ),
            "runs",
            Predicate::Is(AnswerValue::YesNo(true)),
        ),
    ];
    let answers = [
        number("bar", 0, 99),
        given("runs", 0, AnswerValue::YesNo(false)),
    ];

    let states = review(&items, &answers);

    assert!(!state(&states, "bar", 0).visible);
    assert_eq!(state(&states, "bar", 0).verdict, Verdict::Unjudged);
}

#[test]
fn a_hidden_section_hides_what_it_heads() {
    let items = [
        Item::new("full", "Complète ?", Asks::YesNo { expected: None }),
        when(
            Item::new("s", "Électrique", Asks::Section),
            "full",
            Predicate::Is(AnswerValue::YesNo(true)),
        ),
        under("s", required(Item::new("volt", "Tension", Asks::Outcome))),
    ];

    let states = review(&items, &[]);

    assert!(!state(&states, "volt", 0).visible);
    assert!(!state(&states, "volt", 0).required);
}

#[test]
fn bounds_warn_then_fail_and_belong_to_what_is_allowed() {
    let bounds = Bounds {
        min: Some(whole(1)),
        max: Some(whole(10)),
        warn_max: Some(whole(8)),
        ..Bounds::default()
    };
    let items = [Item::new("bar", "Pression", asks_number(bounds))];
    let verdict = |units| review(&items, &[number("bar", 0, units)])[0].verdict;

    assert_eq!(verdict(0), Verdict::Fail);
    assert_eq!(verdict(1), Verdict::Pass);
    assert_eq!(verdict(8), Verdict::Pass);
    assert_eq!(verdict(9), Verdict::Warn);
    assert_eq!(verdict(10), Verdict::Warn);
    assert_eq!(verdict(11), Verdict::Fail);
}

#[test]
fn a_failure_may_call_for_a_comment_and_a_photo() {
    let mut oil = Item::new("oil", "Huile", Asks::Outcome);
    oil.on_fail = OnFail {
        comment: true,
        photo: true,
        ..OnFail::default()
    };
    let items = [oil];
    let problem = |answered: Answered| review(&items, &[answered])[0].problem;
    let commented = Answered {
        comments: vec![Said {
            text: "fuite".into(),
            witness: crate::document::Witness {
                entry: crate::model::EntryId([0; 8]),
                by: "0190b5c0-0000-7000-8000-000000000001".parse().unwrap(),
                at: crate::model::Timestamp(0),
            },
        }],
        ..outcome("oil", Outcome::Nok)
    };
    let pictured = Answered {
        photos: vec![crate::document::execution::ContentHash([1; 32])],
        ..commented.clone()
    };

    assert_eq!(problem(outcome("oil", Outcome::Ok)), None);
    assert_eq!(
        problem(outcome("oil", Outcome::Nok)),
        Some(Problem::CommentMissing)
    );
    assert_eq!(problem(commented), Some(Problem::PhotoMissing));
    assert_eq!(problem(pictured), None);
}

#[test]
fn a_stop_ends_what_must_be_answered() {
    let mut lock = Item::new("lock", "Consignée", Asks::Outcome);
    lock.on_fail.stop = true;
    let items = [lock, required(Item::new("next", "Suite", Asks::Outcome))];

    let stopped = review(&items, &[outcome("lock", Outcome::Nok)]);
    let goes_on = review(&items, &[outcome("lock", Outcome::Ok)]);

    assert!(!state(&stopped, "next", 0).required);
    assert!(state(&stopped, "next", 0).visible);
    assert_eq!(
        state(&goes_on, "next", 0).problem,
        Some(Problem::AnswerMissing)
    );
}

#[test]
fn a_group_is_asked_as_often_as_it_was_answered() {
    let items = [
        Item::new(
            "bearings",
            "Paliers",
            Asks::Repeat {
                min_count: 1,
                max_count: 5,
            },
        ),
        under(
            "bearings",
            required(Item::new("temp", "T", asks_number(Bounds::default()))),
        ),
        under(
            "bearings",
            when(
                required(Item::new("why", "Cause", Asks::Text)),
                "temp",
                Predicate::AtLeast(whole(80)),
            ),
        ),
    ];

    let none = review(&items, &[]);
    let three = review(&items, &[number("temp", 0, 90), number("temp", 2, 20)]);

    assert_eq!(none.len(), 3, "asked once at least");
    assert_eq!(three.len(), 7);
    assert_eq!(
        state(&three, "temp", 1).problem,
        Some(Problem::AnswerMissing)
    );
    assert!(state(&three, "why", 0).visible);
    assert!(
        !state(&three, "why", 2).visible,
        "the same repetition counts"
    );
}

#[test]
fn calculations_wait_for_their_operands_and_are_judged() {
    let calculated = |operation, operands: &[&str], max| Asks::Calculated {
        operation,
        operands: operands.iter().map(|id| (*id).to_owned()).collect(),
        unit: "bar".into(),
        bounds: Bounds {
            max: Some(whole(max)),
            ..Bounds::default()
        },
    };
    let items = [
        Item::new("in", "Entrée", asks_number(Bounds::default())),
        Item::new("out", "Sortie", asks_number(Bounds::default())),
        Item::new(
            "drop",
            "Perte",
            calculated(Operation::Difference, &["in", "out"], 2),
        ),
        Item::new(
            "twice",
            "Produit",
            calculated(Operation::Product, &["drop", "out"], 100),
        ),
        when(
            Item::new("note", "Note", Asks::Text),
            "drop",
            Predicate::Fails,
        ),
    ];

    let half = review(&items, &[number("in", 0, 9)]);
    let all = review(&items, &[number("in", 0, 9), number("out", 0, 6)]);

    assert_eq!(state(&half, "drop", 0).calculated, None);
    assert_eq!(state(&all, "drop", 0).calculated, Some(whole(3)));
    assert_eq!(state(&all, "drop", 0).verdict, Verdict::Fail);
    assert_eq!(state(&all, "twice", 0).calculated, Some(whole(18)));
    assert!(state(&all, "note", 0).visible);
}

#[test]
fn a_sum_outside_a_group_counts_every_repetition() {
    let items = [
        Item::new(
            "g",
            "Fûts",
            Asks::Repeat {
                min_count: 0,
                max_count: 9,
            },
        ),
        under(
            "g",
            Item::new("litres", "Litres", asks_number(Bounds::default())),
        ),
        Item::new(
            "all",
            "Total",
            Asks::Calculated {
                operation: Operation::Sum,
                operands: vec!["litres".into()],
                unit: "l".into(),
                bounds: Bounds::default(),
            },
        ),
    ];

    let states = review(&items, &[number("litres", 0, 4), number("litres", 1, 5)]);

    assert_eq!(state(&states, "all", 0).calculated, Some(whole(9)));
    let hole = review(&items, &[number("litres", 1, 5)]);
    assert_eq!(state(&hole, "all", 0).calculated, None, "one is missing");
    assert_eq!(
        review(&items, &[]).len(),
        2,
        "nothing asked, nothing summed"
    );
}

#[test]
fn a_calculation_past_the_range_is_a_problem_not_a_panic() {
    let items = [
        Item::new("n", "N", asks_number(Bounds::default())),
        Item::new(
            "sq",
            "N²",
            Asks::Calculated {
                operation: Operation::Product,
                operands: vec!["n".into(), "n".into()],
                unit: String::new(),
                bounds: Bounds::default(),
            },
        ),
    ];
    let huge = given("n", 0, AnswerValue::Number(Quantity(i64::MAX)));

    let states = review(&items, &[huge]);

    assert_eq!(states[1].problem, Some(Problem::CalculationOutOfRange));
}

#[test]
fn an_answer_of_another_kind_or_choice_is_a_problem() {
    let choice = |id: &str, fails| Choice {
        id: id.into(),
        label: id.into(),
        fails,
    };
    let items = [Item::new(
        "c",
        "Couleur",
        Asks::OneChoice {
            choices: vec![choice("clear", false), choice("black", true)],
        },
    )];
    let judged = |value| {
        let state = review(&items, &[given("c", 0, value)]).remove(0);
        (state.verdict, state.problem)
    };

    assert_eq!(
        judged(AnswerValue::One("clear".into())),
        (Verdict::Pass, None)
    );
    assert_eq!(
        judged(AnswerValue::One("black".into())),
        (Verdict::Fail, None)
    );
    assert_eq!(
        judged(AnswerValue::One("red".into())).1,
        Some(Problem::UnknownChoice)
    );
    assert_eq!(
        judged(AnswerValue::Check(true)).1,
        Some(Problem::WrongAnswerType)
    );
}

#[test]
fn a_required_tick_must_be_ticked_and_a_required_photo_taken() {
    let items = [
        required(Item::new("t", "Lu", Asks::Instruction)),
        required(Item::new("p", "Plaque", Asks::Photo)),
    ];
    let unticked = given("t", 0, AnswerValue::Check(false));
    let photo = Answered {
        value: None,
        photos: vec![crate::document::execution::ContentHash([1; 32])],
        ..unticked.clone()
    };
    let photo = Answered {
        item: "p".into(),
        ..photo
    };

    let states = review(&items, &[unticked, photo]);

    assert_eq!(states[0].problem, Some(Problem::AnswerMissing));
    assert_eq!(states[1].problem, None);
}

#[test]
fn items_that_point_in_a_circle_are_reviewed_all_the_same() {
    let items = [
        under("b", Item::new("a", "A", Asks::Section)),
        under("a", Item::new("b", "B", Asks::Section)),
    ];

    assert!(review(&items, &[]).iter().all(|state| !state.visible));
}
