//! Fault 79, exhaustively: every role, kind and field through real changes,
//! judged a second time by rules written here as sentences (DOMAIN.md, roles).

use std::collections::BTreeSet;

use ronde_core::{
    document::{Document, Entry, schema},
    guard::{Author, Limits, admit, parse},
    model::{DocumentId, EntryId, Kind, Quantity, Rank, Role, Roles},
};
use uuid::Uuid;

use crate::{
    fleet::{actor, created, person, stamp},
    forge::{altered, put_entry, raw_entry, verdict_as, word_of},
};
use schema::Group;

/// May somebody with this one role do it, on an order not assigned to them?
fn may(role: Role, kind: Kind, group: Group) -> bool {
    let about_people = matches!(kind, Kind::Site | Kind::Person);
    let done_in_the_field = matches!(kind, Kind::Execution | Kind::PlanExecution)
        && matches!(group, Group::Describe | Group::Work);
    let acknowledges = kind == Kind::Alert && group == Group::Work;
    let posts = kind == Kind::StockMovement && group == Group::Post;
    match role {
        // Only the relay writes what is the relay's.
        _ if group == Group::Relay => false,
        Role::Reader => false,
        Role::Admin => true,
        Role::Supervisor => !about_people,
        Role::Planner => match kind {
            Kind::WorkOrder
            | Kind::Plan
            | Kind::PlanExecution
            | Kind::Checklist
            | Kind::Equipment => true,
            Kind::Part => matches!(group, Group::Describe | Group::Schedule),
            _ => done_in_the_field || acknowledges,
        },
        Role::Technician => {
            let on_orders = matches!(group, Group::Describe | Group::Schedule | Group::Work);
            (kind == Kind::WorkOrder && on_orders)
                || (kind == Kind::Equipment && group == Group::Work)
                || done_in_the_field
                || acknowledges
                || posts
        }
        Role::Storekeeper => {
            matches!(kind, Kind::Part | Kind::StockMovement)
                || (kind == Kind::WorkOrder && group == Group::Describe)
                || acknowledges
        }
        Role::Requester => kind == Kind::WorkOrder && group == Group::Describe,
        // Orders only where assigned, and these are not.
        Role::Contractor => done_in_the_field || posts,
    }
}

fn cbor<V: minicbor::Encode<()>>(value: V) -> Vec<u8> {
    minicbor::to_vec(value).unwrap()
}

/// Encoded values of every simple shape a field may want; the schema picks.
fn simple_values() -> Vec<Vec<u8>> {
    let at = stamp(0, 0).at;
    let mut values = vec![
        cbor(true),
        cbor("Joint"),
        cbor("EUR"),
        cbor("Europe/Paris"),
        cbor(1_u8),
        cbor(2_000_000_i64),
        cbor(some_document()),
        cbor(Option::<u8>::None),
        cbor(Vec::<u8>::new()),
        cbor([1_u8]),
        cbor(["A1"]),
        cbor([60_u8, 120]),
        cbor([at, at]),
        cbor((2_000_000_i64, at, false)),
        cbor(("Heures", "h", 0_u8)),
        cbor((person(0), at, Some(at), 0_u8)),
        cbor(("parce que", 1_u8)),
        cbor((Option::<u8>::None, Some("vu"), [0_u8; 0])),
        // An empty map, for values that have nothing but optional parts.
        vec![0xa0],
    ];
    // A status step and other pairs of a small number and an optional reason.
    values.extend((0..8_u8).map(|step| cbor((step, Some("raison")))));
    values.extend((0..8_u8).map(|step| cbor([step])));
    values
}

fn some_document() -> DocumentId {
    DocumentId(Uuid::from_u128(5))
}

/// The values with which documents begin, and others no simple shape fits.
fn typed_values(kind: Kind) -> Vec<Vec<u8>> {
    use ronde_core::document as d;
    match kind {
        Kind::Site => vec![
            cbor(d::site::Created {
                name: "Usine".into(),
                time_zone: d::site::TimeZone("Europe/Paris".into()),
                currency: d::site::Currency("EUR".into()),
            }),
            cbor(d::site::WorkingCalendar::default()),
        ],
        Kind::Person => vec![cbor(d::person::Created {
            team: None,
            language: d::person::Language::French,
        })],
        Kind::Equipment => vec![cbor(d::equipment::Created {
            code: "P-12".into(),
            name: "Pompe".into(),
            parent: None,
            location: None,
            criticality: d::equipment::Criticality::A,
            tags: vec![],
            meters: vec![],
        })],
        Kind::Plan => vec![cbor(d::plan::Created::new("PM-1", "Graissage"))],
        Kind::PlanExecution => vec![cbor(d::plan_execution::Created {
            plan: some_document(),
            occurrence: "7".into(),
            due: None,
        })],
        Kind::Checklist => vec![cbor(d::checklist::Created {
            code: "C-1".into(),
            name: "Graissage".into(),
            plans: vec![],
        })],
        Kind::Execution => vec![
            cbor(d::execution::Created {
                checklist: some_document(),
                version: EntryId([1; 8]),
                work_order: None,
                plan: None,
            }),
            cbor(d::execution::Answer::new(d::execution::AnswerValue::Check(
                true,
            ))),
        ],
        Kind::WorkOrder => vec![cbor(created())],
        Kind::Part => vec![cbor(d::part::Created {
            reference: "J-40".into(),
            name: "Joint".into(),
            unit: "pce".into(),
            decimals: 0,
            stores: vec![],
            min: None,
            max: None,
            reorder_point: None,
            reorder_quantity: None,
            critical: false,
        })],
        Kind::StockMovement => vec![cbor(d::stock_movement::Posted {
            kind: d::stock_movement::MovementKind::Entry,
            lines: vec![d::stock_movement::Line {
                part: some_document(),
                quantity: Quantity::ONE,
                from: None,
                to: Some(d::part::Store("M1".into())),
                unit_cost: None,
            }],
            work_order: None,
            person: person(1),
            at: stamp(1, 0).at,
            reason: None,
            reverses: None,
        })],
        Kind::Alert => vec![],
    }
}

/// A value for each key of the kind that the pool knows, with its group.
fn samples(kind: Kind) -> Vec<(String, Vec<u8>, Group)> {
    let common = [("edited", true), ("deleted", false)];
    let own = schema::fields(kind)
        .iter()
        .map(|field| (field.key, field.many));
    let mut samples = vec![];
    for (key, many) in common.into_iter().chain(own) {
        let key = if many {
            format!("{key}/x")
        } else {
            key.to_owned()
        };
        let mut groups = BTreeSet::new();
        for value in typed_values(kind).into_iter().chain(simple_values()) {
            let bytes = raw_entry(&key, &value, person(0), Rank::Field);
            let map_key = EntryId::of(&bytes).to_string();
            let entry = Entry::read(&map_key, &bytes).unwrap();
            if let Ok(group) = schema::judge(kind, &entry)
                && groups.insert(group)
            {
                samples.push((key.clone(), value, group));
            }
        }
        if groups.is_empty() {
            println!("no value for {} {key}", kind.name());
        }
    }
    samples
}

/// A document of the kind as the relay has it; `None` where this program does
/// not know yet how to create one.
fn existing(kind: Kind) -> Option<Document> {
    let is_first = |key: &str| matches!(key, "created" | "posted");
    let first = samples(kind).into_iter().find(|(key, ..)| is_first(key))?;
    let fresh = Document::new(DocumentId(Uuid::from_u128(9)), kind);
    let bytes = saying_on(&fresh, 0, &first.0, &first.1);
    let change = parse(&bytes, &Limits::default()).unwrap();
    let admission = admit(&fresh, &[change], &Author::relay(), &Limits::default());
    Some(admission.document.unwrap())
}

/// A change of device `n` that holds one entry.
fn saying_on(base: &Document, n: u128, key: &str, value: &[u8]) -> Vec<u8> {
    let mut document = base.clone();
    document.act_as(actor(n));
    document.write("edited/x", &true, &stamp(n, 0)).unwrap();
    let honest = document.commit(stamp(n, 0).at).unwrap();
    let entry = raw_entry(key, value, person(n), Rank::Field);
    altered(&honest.bytes, |change| put_entry(change, entry))
}

/// What the guard answers device 2, whose person has these roles and no order.
fn answer(base: &Document, key: &str, value: &[u8], roles: &Roles) -> &'static str {
    answer_to(2, base, key, value, roles)
}

fn answer_to(n: u128, base: &Document, key: &str, value: &[u8], roles: &Roles) -> &'static str {
    let bytes = saying_on(base, n, key, value);
    word_of(verdict_as(base, n, &bytes, roles))
}

#[test]
fn fault_79_every_role_kind_and_group_through_real_changes() {
    let (mut tried, mut unknown) = (BTreeSet::new(), vec![]);
    for kind in Kind::ALL {
        let Some(base) = existing(kind) else {
            unknown.push(kind.name());
            continue;
        };
        for (key, value, group) in samples(kind) {
            for role in Role::ALL {
                let said = answer(&base, &key, &value, &[role].into_iter().collect());
                let expected: &[_] = match may(role, kind, group) {
                    true => &["accepted"],
                    false => &["not_permitted", "not_assigned"],
                };
                assert!(
                    expected.contains(&said),
                    "{role:?} {kind:?} {key} {group:?}: {said}"
                );
                tried.insert((role, kind, group));
            }
            assert_eq!(
                answer(&base, &key, &value, &Roles::default()),
                "not_permitted"
            );
        }
    }
    println!(
        "{} combinations of role, kind and group tried; no document of {unknown:?}",
        tried.len()
    );
    assert!(tried.len() >= 184, "only {}", tried.len());
}

#[test]
fn fault_79_several_roles_allow_what_one_of_them_allows() {
    let base = existing(Kind::WorkOrder).unwrap();
    for (key, value, group) in samples(Kind::WorkOrder) {
        for one in Role::ALL {
            for other in Role::ALL {
                let said = answer(&base, &key, &value, &[one, other].into_iter().collect());
                let allowed =
                    may(one, Kind::WorkOrder, group) || may(other, Kind::WorkOrder, group);
                assert_eq!(
                    said == "accepted",
                    allowed,
                    "{one:?} {other:?} {key}: {said}"
                );
            }
        }
    }
}

#[test]
fn fault_79_a_contractor_describes_and_works_on_an_order_assigned_to_them() {
    // The order is assigned to person 1.
    let base = existing(Kind::WorkOrder).unwrap();
    let contractor: Roles = [Role::Contractor].into_iter().collect();
    for (key, value, group) in samples(Kind::WorkOrder) {
        let expected = match group {
            Group::Describe | Group::Work => "accepted",
            _ => "not_permitted",
        };
        let said = answer_to(1, &base, &key, &value, &contractor);
        assert_eq!(said, expected, "{key} {group:?}");
    }
}
