//! Checklists and their executions.

use super::fleet::{Fleet, codes, field, id, office, person};
use crate::{
    document::{
        Document,
        checklist::{
            self, Asks, Bounds, Checklist, Draft, Item, Predicate, Published, publish, set,
        },
        execution::{
            self, Answer, AnswerValue, ContentHash, Created, Execution, Outcome, State, answer,
            finalize, review,
        },
        schema::{Group, Value, judge},
    },
    error::Error,
    model::{EntryId, Kind, Quantity},
};

fn items() -> Vec<Item> {
    let mut oil = Item::new("oil", "Niveau d'huile", Asks::Outcome);
    oil.required = true;
    vec![
        oil,
        Item::new(
            "bar",
            "Pression",
            Asks::Number {
                unit: "bar".into(),
                bounds: Bounds::default(),
            },
        ),
        Item::new("seen", "Vu", Asks::Text),
    ]
}

fn run(replicas: u8) -> Fleet<Execution> {
    let created = Created {
        checklist: id(20),
        version: EntryId([1; 8]),
        work_order: Some(id(21)),
        plan: None,
    };
    Fleet::new(
        Kind::Execution,
        id(1),
        replicas,
        Execution::read,
        |document| {
            execution::create(document, &created, &field(1, 0)).unwrap();
        },
    )
}

fn say(document: &mut Document, item: &str, value: AnswerValue, by: u128, ms: i64) {
    answer(document, item, 0, Answer::new(value), &field(by, ms)).unwrap();
}

fn outcome(outcome: Outcome) -> AnswerValue {
    AnswerValue::Outcome(outcome)
}

fn text(words: &str) -> AnswerValue {
    AnswerValue::Text(words.into())
}

fn number(units: i64) -> AnswerValue {
    AnswerValue::Number(Quantity::whole(units).unwrap())
}

fn many(ids: &[&str]) -> AnswerValue {
    AnswerValue::Many(ids.iter().map(|id| (*id).to_owned()).collect())
}

/// What two replicas make of two answers to one item given apart.
fn apart(left: (AnswerValue, i64), right: (AnswerValue, i64)) -> Execution {
    let mut fleet = run(2);
    fleet.edit(0, |d| say(d, "x", left.0, 1, left.1));
    fleet.edit(1, |d| say(d, "x", right.0, 2, right.1));
    fleet.settle()
}

fn refused(result: Result<(), Error>) -> &'static str {
    match result {
        Err(Error::Invalid(why)) => why.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_given_after_having_seen_another_replaces_it_and_the_history_is_kept() {
    let mut fleet = run(2);
    fleet.edit(0, |d| say(d, "oil", outcome(Outcome::Nok), 1, 50));
    fleet.deliver(0, 1);
    // An earlier clock does not matter: causality decides.
    fleet.edit(1, |d| say(d, "oil", outcome(Outcome::Ok), 2, 10));

    let merged = fleet.settle();

    let oil = merged.answer("oil", 0).unwrap();
    assert_eq!(oil.value, Some(outcome(Outcome::Ok)));
    assert!(oil.others.is_empty() && merged.life.conflicts.is_empty());
    let said = merged.life.history.iter();
    assert_eq!(
        said.filter(|event| event.field == "answer/oil/0").count(),
        2
    );
}

#[test]
fn the_same_answer_given_apart_is_one_answer_with_two_witnesses() {
    let merged = apart((number(5), 10), (number(5), 20));

    let answered = merged.answer("x", 0).unwrap();
    assert_eq!(answered.witnesses.len(), 2);
    assert!(answered.others.is_empty() && merged.life.conflicts.is_empty());
}

#[test]
fn of_ok_and_nok_given_apart_nok_counts_and_is_flagged() {
    for (ok_ms, nok_ms) in [(10, 20), (20, 10)] {
        let merged = apart(
            (outcome(Outcome::Ok), ok_ms),
            (outcome(Outcome::Nok), nok_ms),
        );

        let answered = merged.answer("x", 0).unwrap();
        assert_eq!(answered.value, Some(outcome(Outcome::Nok)));
        assert_eq!(answered.others[0].value, outcome(Outcome::Ok));
        assert_eq!(codes(&merged.life.conflicts), ["concurrent_answer"]);
    }
}

#[test]
fn of_two_numbers_given_apart_the_later_is_shown_both_are_kept_and_flagged() {
    let merged = apart((number(5), 20), (number(7), 10));

    let answered = merged.answer("x", 0).unwrap();
    assert_eq!(answered.value, Some(number(5)));
    assert_eq!(answered.others[0].value, number(7));
    assert_eq!(answered.others[0].witness.by, person(2));
    assert_eq!(codes(&merged.life.conflicts), ["concurrent_answer"]);
}

#[test]
fn two_texts_given_apart_both_stand_attributed() {
    let merged = apart((text("bruit"), 10), (text("odeur"), 20));

    let answered = merged.answer("x", 0).unwrap();
    assert_eq!(answered.value, Some(text("odeur")));
    assert_eq!(answered.others[0].value, text("bruit"));
    assert_eq!(answered.others[0].witness.by, person(1));
    assert!(merged.life.conflicts.is_empty());
}

#[test]
fn photos_and_multiple_choices_given_apart_are_united() {
    let photo = |n| ContentHash([n; 32]);
    let mut fleet = run(2);
    let with = |choices: &[&str], photos: &[u8], comment: &str| Answer {
        value: Some(many(choices)),
        comment: Some(comment.into()),
        photos: photos.iter().map(|n| photo(*n)).collect(),
    };
    fleet.edit(0, |d| {
        answer(d, "x", 0, with(&["c", "a"], &[2, 1], "un"), &field(1, 10)).unwrap();
    });
    fleet.edit(1, |d| {
        answer(d, "x", 0, with(&["b", "a"], &[3, 1], "deux"), &field(2, 20)).unwrap();
    });

    let merged = fleet.settle();

    let answered = merged.answer("x", 0).unwrap();
    assert_eq!(answered.value, Some(many(&["a", "b", "c"])));
    assert_eq!(answered.photos, [photo(1), photo(2), photo(3)]);
    assert_eq!(answered.comments.len(), 2);
    assert!(merged.life.conflicts.is_empty());

    // Who has seen both may take a photo out again.
    fleet.edit(0, |d| {
        answer(d, "x", 0, with(&["a"], &[1], "trois"), &field(1, 30)).unwrap();
    });
    assert_eq!(fleet.settle().answer("x", 0).unwrap().photos, [photo(1)]);
}

#[test]
fn an_answer_taken_back_by_one_stays_where_the_other_gave_it_again() {
    let mut fleet = run(2);
    fleet.edit(0, |d| say(d, "x", number(1), 1, 10));
    fleet.settle();
    fleet.edit(0, |d| {
        answer(d, "x", 0, Answer::default(), &field(1, 30)).unwrap();
    });
    fleet.edit(1, |d| say(d, "x", number(2), 2, 20));

    let merged = fleet.settle();

    assert_eq!(merged.answer("x", 0).unwrap().value, Some(number(2)));
    assert!(merged.life.conflicts.is_empty());
}

#[test]
fn an_answer_hidden_later_by_a_relevance_rule_is_kept_but_not_judged() {
    let mut items = items();
    items[1].relevant_if = Some(checklist::Condition {
        any: false,
        tests: vec![checklist::Test {
            item: "oil".into(),
            predicate: Predicate::Is(outcome(Outcome::Ok)),
            negated: false,
        }],
    });
    let mut fleet = run(2);
    fleet.edit(0, |d| {
        say(d, "oil", outcome(Outcome::Ok), 1, 10);
        say(d, "bar", number(5), 1, 11);
    });
    fleet.edit(1, |d| say(d, "oil", outcome(Outcome::Nok), 2, 5));

    let merged = fleet.settle();

    let states = review(&items, &merged.answers);
    assert!(!states[1].visible);
    assert_eq!(merged.answer("bar", 0).unwrap().value, Some(number(5)));
}

#[test]
fn two_who_finalize_one_execution_leave_two_signatures_each_on_its_own_hash() {
    let mut fleet = run(2);
    fleet.edit(0, |d| say(d, "oil", outcome(Outcome::Ok), 1, 10));
    fleet.settle();
    fleet.edit(0, |d| finalize(d, &items(), &field(1, 20)).unwrap());
    fleet.edit(1, |d| {
        say(d, "seen", text("bruit"), 2, 15);
        finalize(d, &items(), &field(2, 21)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.state, State::Finalized);
    assert_eq!(merged.signatures.len(), 2);
    assert_ne!(merged.signatures[0].content, merged.signatures[1].content);
    assert!(!merged.signatures[0].current);
    assert!(merged.signatures[1].current, "the second signed everything");
    assert!(merged.life.conflicts.is_empty());
}

#[test]
fn an_answer_that_arrives_after_the_signature_is_kept_and_flagged() {
    let mut fleet = run(2);
    fleet.edit(0, |d| {
        say(d, "oil", outcome(Outcome::Ok), 1, 10);
        finalize(d, &items(), &field(1, 20)).unwrap();
    });
    fleet.edit(1, |d| say(d, "bar", number(9), 2, 5));

    let merged = fleet.settle();
    assert_eq!(merged.answer("bar", 0).unwrap().value, Some(number(9)));
    assert_eq!(codes(&merged.life.conflicts), ["changed_after_signature"]);

    fleet.edit(0, |d| execution::sign(d, &field(1, 40)).unwrap());
    assert!(fleet.settle().life.conflicts.is_empty(), "signed again");
}

#[test]
fn an_execution_is_finalized_only_when_it_is_complete_then_frozen() {
    let mut fleet = run(1);
    fleet.edit(0, |d| {
        assert_eq!(
            refused(finalize(d, &items(), &field(1, 5))),
            "answer_missing"
        );
        assert_eq!(
            refused(execution::validate(d, &office(2, 6))),
            "not_finalized"
        );
        say(d, "oil", outcome(Outcome::Nok), 1, 10);
        finalize(d, &items(), &field(1, 20)).unwrap();
        assert_eq!(refused(finalize(d, &items(), &field(1, 21))), "not_draft");
        let late = answer(d, "oil", 0, Answer::new(number(1)), &field(1, 22));
        assert_eq!(refused(late), "finalized");
        assert_eq!(
            refused(execution::reopen(d, " ", &office(2, 23))),
            "reason_missing"
        );
        execution::validate(d, &office(2, 24)).unwrap();
    });
    assert_eq!(fleet.settle().state, State::Validated);

    fleet.edit(0, |d| {
        execution::reopen(d, "photo manquante", &office(2, 30)).unwrap();
        say(d, "oil", outcome(Outcome::Ok), 1, 31);
    });
    assert_eq!(fleet.settle().state, State::Draft);
}

#[test]
fn who_did_it_finalizes_and_the_office_validates_and_reopens() {
    let mut fleet = run(1);
    let mut groups = Vec::new();
    fleet.edit(0, |d| {
        say(d, "oil", outcome(Outcome::Ok), 1, 10);
        finalize(d, &items(), &field(1, 20)).unwrap();
        execution::validate(d, &office(2, 30)).unwrap();
        execution::reopen(d, "photo", &office(2, 40)).unwrap();
        let entries = d.entries();
        let state = entries.about("state").iter();
        groups.extend(state.map(|entry| judge(Kind::Execution, entry).unwrap()));
    });

    assert_eq!(groups, [Group::Work, Group::Decide, Group::Decide]);
}

#[test]
fn an_execution_that_two_devices_started_is_one_and_stays_on_the_first_version() {
    let name = execution::id_for(id(21), id(20), "7");
    assert_eq!(name, execution::id_for(id(21), id(20), "7"));
    let mut fleet = Fleet::new(Kind::Execution, name, 2, Execution::read, |_| {});
    for (replica, version, item) in [(0, 1, "oil"), (1, 2, "bar")] {
        let created = Created {
            checklist: id(20),
            version: EntryId([version; 8]),
            work_order: None,
            plan: None,
        };
        let by = 1 + replica as u128;
        let ms = i64::from(version);
        fleet.edit(replica, |d| {
            execution::create(d, &created, &field(by, ms)).unwrap();
            say(d, item, number(3), by, 10);
        });
    }

    let merged = fleet.settle();

    assert_eq!(merged.version, EntryId([1; 8]));
    assert_eq!(merged.answers.len(), 2);
    assert_eq!(codes(&merged.life.conflicts), ["two_versions"]);
}

fn template(replicas: u8) -> Fleet<Checklist> {
    let created = checklist::Created {
        code: "CL-1".into(),
        name: "Graissage".into(),
        plans: vec![id(30)],
    };
    Fleet::new(
        Kind::Checklist,
        id(2),
        replicas,
        Checklist::read,
        |document| {
            checklist::create(document, &created, &office(9, 0)).unwrap();
            set(document, "draft", &Draft(items()), &office(9, 1)).unwrap();
            publish(document, &office(9, 2)).unwrap();
        },
    )
}

fn draft(document: &mut Document, count: usize, by: u128, ms: i64) {
    let draft = Draft(items()[..count].to_vec());
    set(document, "draft", &draft, &office(by, ms)).unwrap();
}

#[test]
fn two_who_edit_one_template_leave_two_drafts_and_publishing_needs_one() {
    let mut fleet = template(2);
    fleet.edit(0, |d| draft(d, 1, 1, 10));
    fleet.edit(1, |d| draft(d, 2, 2, 20));

    let merged = fleet.settle();
    let counts: Vec<_> = merged
        .drafts
        .iter()
        .map(|draft| draft.items.len())
        .collect();
    assert_eq!(counts, [2, 1], "the later first, both kept");
    assert_eq!(codes(&merged.life.conflicts), ["draft_has_two_heads"]);
    fleet.edit(0, |d| {
        let two = publish(d, &office(1, 30)).map(drop);
        assert_eq!(refused(two), "draft_has_two_heads");
        draft(d, 2, 1, 31);
        publish(d, &office(1, 32)).unwrap();
    });

    let published = fleet.settle();
    assert_eq!(published.drafts.len(), 1);
    assert_eq!(published.current().unwrap().number, 2);
    assert!(published.life.conflicts.is_empty());
}

#[test]
fn a_checklist_edited_while_it_runs_leaves_the_execution_on_its_version() {
    let mut fleet = template(2);
    let pinned = fleet.see(0).current().unwrap().witness.entry;
    fleet.edit(1, |d| {
        draft(d, 2, 2, 10);
        publish(d, &office(2, 11)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.version(pinned).unwrap().items.len(), 3);
    assert_eq!(merged.version(pinned).unwrap().number, 1);
    assert_eq!(merged.newer_than(pinned).unwrap().number, 2);
    assert!(
        merged
            .newer_than(merged.current().unwrap().witness.entry)
            .is_none()
    );
}

#[test]
fn versions_published_apart_are_both_kept_and_flagged() {
    let mut fleet = template(2);
    for (replica, count) in [(0, 1), (1, 2)] {
        fleet.edit(replica, |d| {
            draft(d, count, 1, 10);
            publish(d, &office(1, 10 + count as i64)).unwrap();
        });
    }

    let merged = fleet.settle();

    let numbers: Vec<_> = merged
        .versions
        .iter()
        .map(|version| version.number)
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(
        codes(&merged.life.conflicts),
        ["draft_has_two_heads", "concurrent_versions"]
    );
}

#[test]
fn the_same_version_is_not_published_twice() {
    let mut fleet = template(1);
    fleet.edit(0, |d| {
        assert_eq!(refused(publish(d, &office(9, 9)).map(drop)), "nothing_new");
    });
    assert_eq!(fleet.settle().versions.len(), 1);
}

#[test]
fn items_that_refer_to_nothing_may_be_drafted_but_not_published() {
    let mut lost = Item::new("a", "A", Asks::Text);
    lost.parent = Some("gone".into());
    let calculated = Item::new(
        "c",
        "C",
        Asks::Calculated {
            operation: checklist::Operation::Sum,
            operands: vec!["t".into()],
            unit: String::new(),
            bounds: Bounds::default(),
        },
    );
    let words = Item::new("t", "T", Asks::Text);
    let twice = vec![words.clone(), words.clone()];
    let code = |items: Vec<Item>| Published(items).check().unwrap_err().code;

    assert!(Draft(vec![lost.clone()]).check().is_ok());
    assert_eq!(code(vec![lost]), "reference");
    assert_eq!(code(vec![words.clone(), calculated.clone()]), "operand");
    assert_eq!(code(vec![calculated, words]), "reference");
    assert_eq!(code(vec![]), "draft_empty");
    let mut later = Item::new("l", "L", Asks::Text);
    later.relevant_if = Some(checklist::Condition {
        any: false,
        tests: vec![checklist::Test {
            item: "l".into(),
            predicate: Predicate::Answered,
            negated: true,
        }],
    });
    assert_eq!(code(vec![later]), "reference", "not on itself either");
    assert_eq!(Draft(twice).check().unwrap_err().code, "item_twice");
}
