//! What one change of a batch means for the others, and who may offer what.

use std::collections::BTreeSet;

use automerge::ActorId;
use ronde_core::{
    document::{Document, schema::Group, work_order::WorkOrder},
    guard::{Author, Limits, Outcome, Parsed, Refusal, RefusalCode, admit, parse},
    model::{Incarnation, Rank, Role, Roles},
};

use crate::{
    fleet::{Device, actor, empty, every_role, offer, person, stamp},
    forge::{altered, forged, forged_text, put_entry, raw_entry, word_of},
    relay,
};

fn read(bytes: &[u8]) -> Parsed {
    parse(bytes, &Limits::default()).unwrap()
}

fn words(outcomes: &[Outcome]) -> Vec<&'static str> {
    outcomes
        .iter()
        .map(|outcome| word_of(Ok(outcome.clone())))
        .collect()
}

/// Comments of device 1 on the relay's document, each after the last.
fn comments(relay: &Document, count: i64) -> Vec<Vec<u8>> {
    let mut device = Device::with(1, relay.clone());
    for n in 1..=count {
        device.comment(&format!("remarque {n}"), n);
    }
    device.unsent
}

#[test]
fn a_change_offered_twice_is_known_the_second_time() {
    let relay = relay();
    let changes: Vec<_> = comments(&relay, 2)
        .iter()
        .map(|bytes| read(bytes))
        .collect();

    let once = offer(&relay, &[changes.clone(), changes.clone()].concat(), 1);
    let again = offer(once.document.as_ref().unwrap(), &changes, 1);

    assert_eq!(
        words(&once.outcomes),
        ["accepted", "accepted", "known", "known"]
    );
    assert_eq!(words(&again.outcomes), ["known", "known"]);
    assert!(again.document.is_none());
}

#[test]
fn a_change_before_its_dependencies_names_what_is_missing() {
    let relay = relay();
    let changes: Vec<_> = comments(&relay, 3)
        .iter()
        .map(|bytes| read(bytes))
        .collect();

    let admission = offer(&relay, &changes[1..], 1);

    let missing = |change: &Parsed| Outcome::Missing {
        deps: vec![change.hash()],
    };
    assert_eq!(
        admission.outcomes,
        [missing(&changes[0]), missing(&changes[1])]
    );
    assert!(admission.document.is_none());
}

#[test]
fn a_bad_change_falls_with_what_follows_it_and_the_others_stand() {
    let base = relay();
    let good = comments(&base, 1).remove(0);
    let after_good = offer(&base, &[read(&good)], 1).document.unwrap();
    let bad = forged(&after_good, 1, |change| {
        let value = minicbor::to_vec("a\0").unwrap();
        put_entry(change, raw_entry("title", &value, person(1), Rank::Field));
    });
    let follower = altered(&bad, |change| {
        change.deps = vec![automerge::ChangeHash(read(&bad).hash().0)];
        change.seq += 1;
        change.start_op = change.start_op.checked_add(1).unwrap();
    });
    // The same device's other incarnation has not seen the bad one.
    let other = forged(&base, 1, |change| {
        change.actor_id = ActorId::from(actor(7).bytes());
    });
    let roles = every_role();
    let author = Author {
        incarnations: &[actor(1), actor(7)],
        person: person(1),
        roles: &roles,
        relay: false,
        on_behalf: false,
    };
    let batch = [&good, &bad, &follower, &other].map(|bytes| read(bytes));

    let admission = admit(&base, &batch, &author, &Limits::default());

    assert_eq!(
        words(&admission.outcomes),
        [
            "accepted",
            "invalid_value",
            "depends_on_refused",
            "accepted"
        ]
    );
    let mut merged = admission.document.unwrap();
    assert!(merged.contains(&batch[0].hash()) && merged.contains(&batch[3].hash()));
    assert!(!merged.contains(&batch[1].hash()));
}

#[test]
fn a_change_that_only_the_trial_finds_falls_alone_too() {
    let base = relay();
    let long = forged_text(&base, 1, |change| {
        let mut operation = change.operations.pop().unwrap();
        operation.key = automerge::legacy::Key::head();
        change.operations = vec![operation; 5_000];
    });
    let longer = altered(&long, |change| {
        change.deps = vec![automerge::ChangeHash(read(&long).hash().0)];
        change.seq += 1;
        change.start_op = change.start_op.checked_add(5_000).unwrap();
    });
    let other = forged(&base, 1, |change| {
        change.actor_id = ActorId::from(actor(7).bytes());
    });
    let roles = every_role();
    let author = Author {
        incarnations: &[actor(1), actor(7)],
        person: person(1),
        roles: &roles,
        relay: false,
        on_behalf: false,
    };
    let batch = [&long, &longer, &other].map(|bytes| read(bytes));

    let admission = admit(&base, &batch, &author, &Limits::default());

    assert_eq!(
        words(&admission.outcomes),
        ["accepted", "text_long", "accepted"]
    );
    assert!(admission.document.unwrap().contains(&batch[2].hash()));
}

#[test]
fn what_follows_a_fork_on_the_same_actor_is_a_fork() {
    let base = relay();
    let mine = comments(&base, 3);
    let mut relay = offer(&base, &[read(&mine[0])], 1).document.unwrap();
    let mut copy = Device::with(1, base.clone());
    for n in 10..13 {
        copy.comment("depuis une copie", n);
    }

    let admission = offer(&relay, &copy.parsed(), 1);

    assert_eq!(words(&admission.outcomes), ["fork", "fork", "fork"]);
    assert_eq!(relay.heads(), [read(&mine[0]).hash()]);
}

#[test]
fn the_document_offered_to_is_never_touched() {
    let mut base = relay();
    let before = base.save();
    let change = comments(&base, 1).remove(0);

    let admission = offer(&base, &[read(&change)], 1);

    assert!(admission.document.is_some());
    assert_eq!(base.save(), before);
}

#[test]
fn the_first_change_of_a_document_must_create_it() {
    let relay = relay();
    let mut device = Device::with(1, empty());
    device.comment("rien autour", 1);
    let mut creator = Device::create(2);
    creator.comment("après", 2);

    let comment = offer(&empty(), &device.parsed(), 1);
    let created = offer(&empty(), &creator.parsed(), 2);
    let beside = offer(&relay, &device.parsed(), 1);

    assert_eq!(words(&comment.outcomes), ["not_created"]);
    assert_eq!(words(&created.outcomes), ["accepted", "accepted"]);
    assert_eq!(words(&beside.outcomes), ["accepted"], "it exists there");
}

#[test]
fn an_accepted_change_says_which_groups_it_touched() {
    let mut device = Device::create(1);
    device
        .copy
        .set_text("note", "remis en service", &stamp(1, 1))
        .unwrap();
    device.commit(1);

    let admission = offer(&empty(), &device.parsed(), 1);

    let groups = |groups: &[Group]| Outcome::Accepted {
        groups: groups.iter().copied().collect::<BTreeSet<_>>(),
    };
    assert_eq!(
        admission.outcomes,
        [
            groups(&[Group::Describe]),
            groups(&[Group::Describe, Group::Work])
        ]
    );
}

#[test]
fn a_courier_brings_back_what_others_wrote_but_not_what_is_wrong() {
    let base = relay();
    let nobody = Roles::default();
    let courier = Author {
        incarnations: &[actor(3)],
        person: person(3),
        roles: &nobody,
        relay: false,
        on_behalf: true,
    };
    let say = |text: &str, rank| {
        let value = minicbor::to_vec(text).unwrap();
        let entry = raw_entry("title", &value, person(1), rank);
        read(&forged(&base, 1, |change| put_entry(change, entry)))
    };
    let offered = |change: Parsed, author: &Author<'_>| {
        let admission = admit(&base, &[change], author, &Limits::default());
        word_of(Ok(admission.outcomes[0].clone()))
    };
    let strict = Author {
        on_behalf: false,
        ..courier
    };

    assert_eq!(offered(say("Joint", Rank::Office), &courier), "accepted");
    assert_eq!(offered(say("Joint", Rank::Relay), &courier), "accepted");
    assert_eq!(offered(say("a\0", Rank::Field), &courier), "invalid_value");
    assert_eq!(
        offered(say("Joint", Rank::Office), &strict),
        "foreign_actor"
    );
}

#[test]
fn from_the_relay_a_newer_programs_fields_are_taken_and_read_over() {
    let base = relay();
    let newer = |key: &str, value: &[u8]| {
        let entry = raw_entry(key, value, person(1), Rank::Relay);
        read(&forged(&base, 1, |change| put_entry(change, entry)))
    };
    let offered = |change: &Parsed| {
        admit(
            &base,
            std::slice::from_ref(change),
            &Author::relay(),
            &Limits::default(),
        )
    };

    for change in [newer("colour", &[0x00]), newer("title", &[0x00])] {
        let merged = offered(&change).document.unwrap();
        assert_eq!(WorkOrder::read(&merged).unwrap().title, "Fuite");
    }
    let hidden = newer("title", &minicbor::to_vec("a\u{202e}").unwrap());
    assert_eq!(words(&offered(&hidden).outcomes), ["invalid_value"]);
}

#[test]
fn a_contractor_works_only_on_what_is_assigned() {
    // The order is assigned to person 1.
    let relay = relay();
    let contractor: Roles = [Role::Contractor].into_iter().collect();
    let comment = |n: u128| {
        let change = read(&forged(&relay, n, |_| {}));
        let admission = crate::fleet::offer_as(&relay, &[change], n, &contractor);
        admission.outcomes.into_iter().next().unwrap()
    };

    assert!(matches!(comment(1), Outcome::Accepted { .. }));
    assert_eq!(
        comment(2),
        Outcome::Refused(Refusal::because(RefusalCode::NotAssigned, "describe"))
    );
}

#[test]
fn a_contractor_cannot_assign_an_order_to_themselves_by_creating_it() {
    let contractor: Roles = [Role::Contractor].into_iter().collect();
    let device = Device::create(1);

    let admission = crate::fleet::offer_as(&empty(), &device.parsed(), 1, &contractor);

    assert_eq!(words(&admission.outcomes), ["not_assigned"]);
}

#[test]
fn every_refusal_code_has_one_name() {
    let names: BTreeSet<_> = RefusalCode::ALL.iter().map(|code| code.name()).collect();

    assert_eq!(names.len(), RefusalCode::ALL.len());
    assert!(
        RefusalCode::ALL
            .iter()
            .all(|code| !code.to_string().is_empty())
    );
    let nil = Incarnation(uuid::Uuid::nil());
    assert_ne!(actor(0), nil);
}

#[test]
fn whatever_honest_devices_do_offline_is_accepted_everywhere() {
    for seed in 0..8 {
        let (mut relay, mut devices) = crate::fleet::work_together(seed, 60, |_, _| {});

        let expected = WorkOrder::read(&relay).unwrap();
        for device in &mut devices {
            device.receive(&mut relay);
            assert_eq!(device.copy.heads(), relay.heads(), "seed {seed}");
            assert_eq!(WorkOrder::read(&device.copy).unwrap(), expected);
        }
    }
}
