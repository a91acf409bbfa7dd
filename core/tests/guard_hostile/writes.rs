//! Fault 79: writes outside the schema, in the name or above the rank of
//! somebody else.

use automerge::{ActorId, Change, ExpandedChange, ScalarValue, legacy};
use ronde_core::{
    document::Document,
    guard::{Limits, Outcome, parse},
    model::{PersonId, Rank, Role},
};

use crate::fleet::{self, Device, actor, person};
use crate::forge::{self, forged, forged_text, put_entry, raw_entry, verdict, word};
use crate::relay;

#[test]
fn fault_79_operations_no_edit_makes_are_refused() {
    use legacy::{ElementId, Key, ObjectId, OpType};
    type Alter = Box<dyn Fn(&mut ExpandedChange)>;
    let relay = relay();
    let action = |action: OpType| -> Alter {
        Box::new(move |change| change.operations[0].action = action.clone())
    };
    let own = |counter: u64, n: u128| legacy::OpId::new(counter, &ActorId::from(actor(n).bytes()));
    let genesis = |counter: u64| legacy::OpId::new(counter, &ActorId::from([0; 16]));
    let bytes = ScalarValue::Bytes(vec![1]);
    let on_entries: Vec<(&str, Alter)> = vec![
        ("make map", action(OpType::Make(automerge::ObjType::Map))),
        ("make list", action(OpType::Make(automerge::ObjType::List))),
        ("make text", action(OpType::Make(automerge::ObjType::Text))),
        (
            "make table",
            action(OpType::Make(automerge::ObjType::Table)),
        ),
        ("delete", action(OpType::Delete)),
        ("increment", action(OpType::Increment(1))),
        ("float", action(OpType::Put(ScalarValue::F64(f64::NAN)))),
        ("text", action(OpType::Put(ScalarValue::Str("a".into())))),
        ("counter", action(OpType::Put(ScalarValue::counter(1)))),
        ("null", action(OpType::Put(ScalarValue::Null))),
        ("time", action(OpType::Put(ScalarValue::Timestamp(0)))),
        (
            "unknown",
            action(OpType::Put(ScalarValue::Unknown {
                type_code: 15,
                bytes: vec![1],
            })),
        ),
        ("mark end", action(OpType::MarkEnd(false))),
        (
            "mark",
            action(OpType::MarkBegin(legacy::MarkData {
                name: "bold".into(),
                value: ScalarValue::Boolean(true),
                expand: true,
            })),
        ),
        (
            "insert",
            Box::new(|change| change.operations[0].insert = true),
        ),
        (
            "list key",
            Box::new(|change| change.operations[0].key = Key::head()),
        ),
        (
            "root",
            Box::new(|change| change.operations[0].obj = ObjectId::Root),
        ),
        (
            "kind",
            Box::new(move |change| change.operations[0].obj = ObjectId::Id(genesis(1))),
        ),
        (
            "no object",
            Box::new(move |change| change.operations[0].obj = ObjectId::Id(genesis(77))),
        ),
        (
            "itself",
            Box::new(move |change| {
                let start = change.start_op.get();
                change.operations[0].obj = ObjectId::Id(own(start, 1));
            }),
        ),
        (
            "overwrite",
            Box::new(move |change| {
                change.operations[0].pred = vec![genesis(5)].into();
            }),
        ),
        (
            "replace root",
            Box::new(move |change| {
                change.operations[0].obj = ObjectId::Root;
                change.operations[0].key = Key::Map("entries".into());
                change.operations[0].action = OpType::Make(automerge::ObjType::Map);
            }),
        ),
        (
            "twice",
            Box::new(|change| {
                let again = change.operations[0].clone();
                change.operations.push(again);
            }),
        ),
        (
            "second",
            Box::new(move |change| {
                let mut second = change.operations[0].clone();
                second.obj = ObjectId::Root;
                second.action = OpType::Put(bytes.clone());
                change.operations.push(second);
            }),
        ),
    ];
    for (name, alter) in on_entries {
        let bytes = forged(&relay, 1, |change| alter(change));
        assert_eq!(word(&relay, 1, &bytes), "forbidden_operation", "{name}");
    }
    let on_texts: Vec<(&str, &str, Alter)> = vec![
        (
            "empty",
            "forbidden_operation",
            action(OpType::Put(ScalarValue::Str("".into()))),
        ),
        (
            "map key",
            "forbidden_operation",
            Box::new(|change| {
                change.operations.last_mut().unwrap().key = Key::Map("a".into());
            }),
        ),
        (
            "several characters",
            "forbidden_operation",
            Box::new(|change| {
                change.operations.last_mut().unwrap().action =
                    OpType::Put(ScalarValue::Str("ab".into()));
            }),
        ),
        (
            "object",
            "forbidden_operation",
            Box::new(|change| {
                change.operations.last_mut().unwrap().action =
                    OpType::Make(automerge::ObjType::Map);
            }),
        ),
        (
            "number",
            "forbidden_operation",
            Box::new(|change| {
                change.operations.last_mut().unwrap().action = OpType::Put(ScalarValue::Int(1));
            }),
        ),
        (
            "put over",
            "forbidden_operation",
            Box::new(|change| {
                change.operations.last_mut().unwrap().insert = false;
            }),
        ),
        (
            "delete nothing",
            "forbidden_operation",
            Box::new(|change| {
                change.operations[0].pred = vec![].into();
            }),
        ),
        (
            "delete two",
            "forbidden_operation",
            Box::new(move |change| {
                let other = own(99, 1);
                let first = change.operations[0].pred.get(0).unwrap().clone();
                change.operations[0].pred = vec![first, other].into();
            }),
        ),
        (
            "delete another",
            "forbidden_operation",
            Box::new(move |change| {
                change.operations[0].pred = vec![own(99, 1)].into();
            }),
        ),
        (
            "behind nothing",
            "unknown_element",
            Box::new(move |change| {
                change.operations.last_mut().unwrap().key =
                    Key::Seq(ElementId::Id(own(4_000_000, 1)));
            }),
        ),
        (
            "behind itself",
            "unknown_element",
            Box::new(move |change| {
                let last = change.start_op.get() + change.operations.len() as u64 - 1;
                change.operations.last_mut().unwrap().key = Key::Seq(ElementId::Id(own(last, 1)));
            }),
        ),
        (
            "behind an entry",
            "unknown_element",
            Box::new(move |change| {
                // Device 0's first operation put the entry that created the order.
                change.operations.last_mut().unwrap().key = Key::Seq(ElementId::Id(own(5, 0)));
            }),
        ),
        (
            "in another text",
            "unknown_element",
            Box::new(move |change| {
                change.operations[0].obj = ObjectId::Id(genesis(4));
            }),
        ),
    ];
    for (name, expected, alter) in on_texts {
        let bytes = forged_text(&relay, 1, |change| alter(change));
        assert_eq!(word(&relay, 1, &bytes), expected, "{name}");
    }
}

#[test]
fn fault_79_an_existing_entry_is_neither_overwritten_nor_deleted() {
    let mut relay = relay();
    let first = Change::try_from(relay.changes_since(&[])[0].raw_bytes()).unwrap();
    let created = first.decode().operations[0].clone();
    let id = legacy::OpId::new(first.start_op().get(), first.actor_id());
    let on_it = |alter: &dyn Fn(&mut legacy::Op)| {
        forged(&relay, 1, |change| {
            let mine = std::mem::replace(&mut change.operations[0], created.clone());
            change.operations[0].action = mine.action;
            alter(&mut change.operations[0]);
        })
    };

    let hidden = on_it(&|_| {});
    let overwritten = on_it(&|op| op.pred = vec![id.clone()].into());
    let repeated = on_it(&|op| {
        op.action = created.action.clone();
        op.pred = vec![id.clone()].into();
    });
    let deleted = on_it(&|op| {
        op.action = legacy::OpType::Delete;
        op.pred = vec![id.clone()].into();
    });

    assert!(created.key.is_map_key());
    assert_eq!(word(&relay, 1, &hidden), "not_an_entry");
    assert_eq!(word(&relay, 1, &overwritten), "forbidden_operation");
    assert_eq!(word(&relay, 1, &repeated), "forbidden_operation");
    assert_eq!(word(&relay, 1, &deleted), "forbidden_operation");
}

#[test]
fn fault_79_a_text_edit_cannot_name_what_its_author_has_not_seen() {
    let mut relay = relay();
    let before = relay.clone();
    let mut device = Device::with(0, relay.clone());
    let text = format!("{} encore", relay.text("description"));
    device
        .copy
        .set_text("description", &text, &fleet::stamp(0, 1))
        .unwrap();
    device.commit(1);
    device.send(&mut relay);
    let unseen = Change::try_from(relay.changes_since(&[]).last().unwrap().raw_bytes())
        .unwrap()
        .start_op()
        .get();

    let bytes = forged_text(&before, 1, |change| {
        let element = legacy::OpId::new(unseen, &ActorId::from(actor(0).bytes()));
        change.operations.last_mut().unwrap().key =
            legacy::Key::Seq(legacy::ElementId::Id(element));
    });

    assert_eq!(word(&relay, 1, &bytes), "unknown_element");
}

#[test]
fn fault_79_nobody_writes_in_anothers_name_or_above_their_rank() {
    let relay = relay();
    let value = minicbor::to_vec("Joint").unwrap();
    let by = |by: PersonId, rank| {
        let entry = raw_entry("title", &value, by, rank);
        forged(&relay, 1, |change| put_entry(change, entry))
    };
    let field = [Role::Technician].into_iter().collect();
    let office = [Role::Planner].into_iter().collect();
    let word = |bytes: &[u8], roles| forge::word_of(forge::verdict_as(&relay, 1, bytes, roles));

    assert_eq!(word(&by(person(2), Rank::Field), &field), "foreign_person");
    assert_eq!(word(&by(person(1), Rank::Office), &field), "rank");
    assert_eq!(word(&by(person(1), Rank::Relay), &office), "rank");
    assert_eq!(word(&by(person(1), Rank::Office), &office), "accepted");
    assert_eq!(word(&by(person(1), Rank::Field), &office), "accepted");
}

#[test]
fn fault_79_an_entry_written_again_without_overwriting_is_harmless() {
    let mut relay = relay();
    let entry = raw_entry(
        "title",
        &minicbor::to_vec("Joint").unwrap(),
        person(1),
        Rank::Field,
    );
    let say = |base: &Document| {
        let entry = entry.clone();
        forged(base, 1, |change| put_entry(change, entry))
    };
    let first = parse(&say(&relay), &Limits::default()).unwrap();
    relay = fleet::offer(&relay, &[first], 1).document.unwrap();

    let again = say(&relay);

    assert!(matches!(
        verdict(&relay, 1, &again),
        Ok(Outcome::Accepted { .. })
    ));
}
