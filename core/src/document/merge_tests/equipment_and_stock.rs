//! Readings, plain fields, deletion, stock.

use super::fleet::{Fleet, at, codes, field, id, office, person};
use crate::{
    document::{
        Document,
        equipment::{self, Criticality, Equipment, Meter, MeterKind, NewMeter, Reading, State},
        part::{self, Part, Store},
        person::{Person, set as set_person},
        possible_duplicate_movements,
        schema::{OptionalTitle, Title},
        site::{self, Currency, Site, Sla, TimeZone},
        stock_movement::{self, Line, MovementKind, Posted, StockMovement, levels, reversal_id},
    },
    error::Error,
    model::{Kind, Quantity, Role},
};

fn machine(replicas: u8) -> Fleet<Equipment> {
    let created = equipment::Created {
        code: "P-12".into(),
        name: "Pompe".into(),
        meters: vec![NewMeter {
            id: "heures".into(),
            meter: Meter {
                name: "Heures".into(),
                unit: "h".into(),
                kind: MeterKind::Cumulative,
            },
        }],
        ..equipment::Created::default()
    };
    Fleet::new(
        Kind::Equipment,
        id(1),
        replicas,
        Equipment::read,
        |document| {
            equipment::create(document, &created, &office(9, 0)).unwrap();
        },
    )
}

fn read_meter(document: &mut Document, value: i64, by: u128, ms: i64) -> String {
    let reading = Reading {
        value: Quantity::whole(value).unwrap(),
        at: at(ms),
        restarted: false,
    };
    equipment::record_reading(document, "heures", &reading, &field(by, ms)).unwrap()
}

fn shown(equipment: &Equipment) -> Vec<i64> {
    let taken = equipment.readings["heures"].iter();
    taken.map(|taken| taken.value.0 / 1_000_000).collect()
}

#[test]
fn readings_that_arrive_out_of_order_are_sorted_by_when_they_were_taken() {
    let mut fleet = machine(2);
    fleet.edit(0, |document| {
        read_meter(document, 300, 1, 30);
    });
    fleet.edit(1, |document| {
        read_meter(document, 100, 2, 10);
        read_meter(document, 200, 2, 20);
    });

    let merged = fleet.settle();

    assert_eq!(shown(&merged), [100, 200, 300]);
    assert!(merged.life.conflicts.is_empty());
    assert_eq!(merged.last_reading("heures").unwrap().taken_at, at(30));
}

#[test]
fn a_decrease_of_a_cumulative_meter_is_flagged_until_it_is_corrected() {
    let mut fleet = machine(2);
    fleet.edit(0, |document| {
        read_meter(document, 300, 1, 10);
    });
    let mut name = String::new();
    fleet.edit(1, |document| name = read_meter(document, 29, 2, 20));

    let merged = fleet.settle();
    assert_eq!(codes(&merged.life.conflicts), ["reading_decreased"]);
    assert_eq!(shown(&merged), [300, 29], "both are kept");

    fleet.edit(0, |document| {
        let right = Reading {
            value: Quantity::whole(329).unwrap(),
            at: at(20),
            restarted: false,
        };
        equipment::correct_reading(document, "heures", &name, &right, &field(1, 30)).unwrap();
    });
    let corrected = fleet.settle();
    assert!(corrected.life.conflicts.is_empty());
    assert_eq!(shown(&corrected), [300, 329]);
}

#[test]
fn a_replaced_meter_may_start_again() {
    let mut fleet = machine(1);
    fleet.edit(0, |document| {
        read_meter(document, 300, 1, 10);
        let new = Reading {
            value: Quantity::ZERO,
            at: at(20),
            restarted: true,
        };
        equipment::record_reading(document, "heures", &new, &field(1, 20)).unwrap();
    });

    assert!(fleet.settle().life.conflicts.is_empty());
}

#[test]
fn different_plain_fields_edited_at_once_both_stand() {
    let mut fleet = machine(2);
    fleet.edit(0, |document| {
        equipment::set(document, "state", &State::Down, &field(1, 10)).unwrap();
    });
    fleet.edit(1, |document| {
        equipment::set(document, "criticality", &Criticality::A, &office(2, 5)).unwrap();
        let place = OptionalTitle(Some("Atelier 2".into()));
        equipment::set(document, "location", &place, &office(2, 6)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.state, State::Down);
    assert_eq!(merged.criticality, Criticality::A);
    assert_eq!(merged.location.as_deref(), Some("Atelier 2"));
    assert!(merged.life.conflicts.is_empty());
}

#[test]
fn of_one_plain_field_the_supervisors_value_counts_and_the_other_is_shown() {
    let mut fleet = machine(2);
    let name = |name: &str| Title(name.into());
    fleet.edit(0, |document| {
        equipment::set(document, "name", &name("Pompe nord"), &field(1, 99)).unwrap();
    });
    fleet.edit(1, |document| {
        equipment::set(document, "name", &name("Pompe 12"), &office(2, 5)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.name, "Pompe 12");
    assert_eq!(codes(&merged.life.conflicts), ["concurrent_edit"]);
    assert_eq!(merged.life.conflicts[0].entries.len(), 2);

    fleet.edit(0, |document| {
        equipment::set(document, "name", &name("Pompe 12"), &field(1, 120)).unwrap();
    });
    assert!(fleet.settle().life.conflicts.is_empty(), "settled by hand");
}

#[test]
fn the_same_value_set_apart_is_no_conflict() {
    let mut fleet = machine(2);
    for (replica, by) in [(0, 1), (1, 2)] {
        fleet.edit(replica, |document| {
            equipment::set(document, "state", &State::Down, &field(by, 10)).unwrap();
        });
    }

    let merged = fleet.settle();

    assert_eq!(merged.state, State::Down);
    assert!(merged.life.conflicts.is_empty());
}

#[test]
fn an_edit_made_while_it_was_deleted_revives_and_is_flagged() {
    let mut fleet = machine(2);
    fleet.edit(0, |document| {
        document.delete("vendue", &office(1, 10)).unwrap();
    });
    fleet.edit(1, |document| {
        read_meter(document, 5, 2, 11);
    });
    assert!(fleet.see(0).life.deleted);

    let merged = fleet.settle();

    assert!(!merged.life.deleted);
    assert_eq!(codes(&merged.life.conflicts), ["edited_while_deleted"]);
    assert_eq!(shown(&merged), [5], "deletion erases nothing");
}

#[test]
fn a_reading_of_an_unknown_meter_is_refused() {
    let mut fleet = machine(1);
    fleet.edit(0, |document| {
        let reading = Reading {
            value: Quantity::ONE,
            at: at(1),
            restarted: false,
        };
        let refused = equipment::record_reading(document, "km", &reading, &field(1, 1));
        assert!(matches!(refused, Err(Error::Invalid(why)) if why.code == "unknown_meter"));
    });
}

#[test]
fn somebody_sent_away_while_a_colleague_renewed_them_stays_away() {
    let mut fleet = Fleet::new(Kind::Person, id(3), 2, Person::read, |document| {
        let roles = [Role::Technician].into_iter().collect();
        let created = crate::document::person::Created::default();
        crate::document::person::create(document, &created, &roles, &office(9, 0)).unwrap();
        set_person(document, "active", &true, &office(9, 0)).unwrap();
    });
    fleet.edit(0, |document| {
        set_person(document, "active", &false, &office(1, 1)).unwrap();
    });
    fleet.edit(1, |document| {
        set_person(document, "active", &false, &office(2, 2)).unwrap();
        set_person(document, "active", &true, &office(2, 3)).unwrap();
    });

    let merged = fleet.settle();

    assert!(!merged.active);
    assert!(merged.effective_roles().is_empty());
    assert_eq!(codes(&merged.life.conflicts), ["concurrent_edit"]);
}

#[test]
fn service_levels_of_different_priorities_are_different_fields() {
    let created = site::Created {
        name: "Usine".into(),
        time_zone: TimeZone("Europe/Paris".into()),
        currency: Currency("EUR".into()),
    };
    let mut fleet = Fleet::new(Kind::Site, id(4), 2, Site::read, |document| {
        site::create(document, &created, &office(9, 0)).unwrap();
    });
    let sla = |response_minutes| Sla {
        response_minutes,
        resolution_minutes: 480,
    };
    fleet.edit(0, |document| {
        site::set(document, "sla/p1", &sla(30), &office(1, 1)).unwrap();
    });
    fleet.edit(1, |document| {
        site::set(document, "sla/p2", &sla(60), &office(2, 1)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.sla.len(), 2);
    assert_eq!(merged.time_zone, chrono_tz::Europe::Paris);
    assert!(merged.life.conflicts.is_empty());
}

#[test]
fn a_value_of_the_wrong_type_is_refused_where_it_is_typed() {
    let mut fleet = Fleet::new(Kind::Part, id(5), 1, Part::read, |document| {
        let created = part::Created {
            reference: "JT-40".into(),
            name: "Joint torique".into(),
            ..part::Created::default()
        };
        part::create(document, &created, &office(9, 0)).unwrap();
    });
    fleet.edit(0, |document| {
        let code = |result: Result<(), Error>| match result {
            Err(Error::Invalid(why)) => why.code,
            other => panic!("{other:?}"),
        };
        let stamp = office(9, 1);
        assert_eq!(
            code(part::set(document, "min", &true, &stamp)),
            "wrong_type"
        );
        assert_eq!(
            code(part::set(document, "created", &true, &stamp)),
            "unknown_field"
        );
        let below = Some(Quantity(-1));
        assert_eq!(
            code(part::set(document, "min", &below, &stamp)),
            "quantity_negative"
        );
    });
}

fn issue(person_no: u128, ms: i64) -> Posted {
    Posted {
        kind: MovementKind::Issue,
        lines: vec![Line {
            part: id(50),
            quantity: Quantity::ONE,
            from: Some(Store("A".into())),
            to: None,
            unit_cost: Some(Quantity(2_500_000)),
        }],
        work_order: Some(id(60)),
        person: person(person_no),
        at: at(ms),
        reason: None,
        reverses: None,
    }
}

fn movement(name: u128, replicas: u8) -> Fleet<StockMovement> {
    Fleet::new(
        Kind::StockMovement,
        id(name),
        replicas,
        StockMovement::read,
        |_| {},
    )
}

fn post(document: &mut Document, posted: &Posted, by: u128, ms: i64) {
    stock_movement::post(document, posted, &field(by, ms)).unwrap();
}

#[test]
fn two_phones_that_issue_the_last_part_both_stand() {
    let one = movement(70, 1)
        .edit(0, |d| post(d, &issue(1, 10), 1, 10))
        .settle();
    let two = movement(71, 1)
        .edit(0, |d| post(d, &issue(2, 11), 2, 11))
        .settle();
    let entry = Posted {
        kind: MovementKind::Entry,
        lines: vec![Line {
            from: None,
            to: Some(Store("A".into())),
            ..issue(3, 0).lines[0].clone()
        }],
        ..issue(3, 0)
    };
    let entry = movement(72, 1).edit(0, |d| post(d, &entry, 3, 0)).settle();

    for order in [[&one, &two, &entry], [&entry, &two, &one]] {
        let levels = levels(order);
        assert_eq!(levels[&(id(50), Store("A".into()))], Quantity(-1_000_000));
    }
}

#[test]
fn the_same_movement_sent_twice_is_one() {
    let mut fleet = movement(70, 2);
    fleet.edit(0, |d| post(d, &issue(1, 10), 1, 10));
    fleet.edit(1, |d| post(d, &issue(1, 10), 1, 12));

    let merged = fleet.settle();

    assert!(merged.life.conflicts.is_empty());
    assert_eq!(merged.posted, issue(1, 10));
    assert_eq!(levels([&merged, &merged]).len(), 1);
    assert_eq!(merged.cost(), Some(Quantity(2_500_000)));
}

#[test]
fn of_two_movements_under_one_id_the_first_counts_and_the_other_is_flagged() {
    let mut fleet = movement(70, 2);
    fleet.edit(0, |d| post(d, &issue(1, 10), 1, 10));
    fleet.edit(1, |d| post(d, &issue(2, 9), 2, 9));

    let merged = fleet.settle();

    assert_eq!(merged.posted.person, person(2));
    assert_eq!(codes(&merged.life.conflicts), ["posted_twice"]);
}

#[test]
fn a_posted_movement_never_changes() {
    let mut fleet = movement(70, 1);
    fleet.edit(0, |document| {
        post(document, &issue(1, 10), 1, 10);
        post(document, &issue(1, 10), 1, 20);
        let changed = stock_movement::post(document, &issue(2, 10), &field(2, 20));
        assert!(matches!(changed, Err(Error::Invalid(why)) if why.code == "already_posted"));
    });

    assert_eq!(fleet.settle().life.history.len(), 1);
}

#[test]
fn two_people_who_reverse_one_movement_make_one_reversal() {
    let issued = movement(70, 1)
        .edit(0, |d| post(d, &issue(1, 10), 1, 10))
        .settle();
    let name = reversal_id(issued.life.id);
    let mut fleet = Fleet::new(Kind::StockMovement, name, 2, StockMovement::read, |_| {});
    for replica in [0, 1] {
        let stamp = field(5 + replica as u128, 20);
        let posted = stock_movement::reversal(&issued, "erreur", &stamp).unwrap();
        fleet.edit(replica, |d| {
            stock_movement::post(d, &posted, &stamp).unwrap();
        });
    }

    let reversal = fleet.settle();

    let place = (id(50), Store("A".into()));
    assert_eq!(levels([&issued])[&place], Quantity(-1_000_000));
    assert_eq!(levels([&issued, &reversal])[&place], Quantity::ZERO);
    assert!(stock_movement::reversal(&reversal, "encore", &field(1, 30)).is_err());
    movement(99, 1).edit(0, |d| {
        let elsewhere = stock_movement::post(d, &reversal.posted, &field(1, 30));
        assert!(matches!(elsewhere, Err(Error::Invalid(why)) if why.code == "reversal_id"));
    });
}

#[test]
fn a_part_recorded_by_technician_and_storekeeper_is_two_movements_and_suggested() {
    let one = movement(70, 1)
        .edit(0, |d| post(d, &issue(1, 10), 1, 10))
        .settle();
    let two = movement(71, 1)
        .edit(0, |d| post(d, &issue(2, 900), 2, 900))
        .settle();
    let same_hand = movement(72, 1)
        .edit(0, |d| post(d, &issue(1, 20), 1, 20))
        .settle();
    let day_ms = 86_400_000;
    let late = movement(73, 1)
        .edit(0, |d| post(d, &issue(2, day_ms + 11), 2, day_ms + 11))
        .settle();

    assert!(possible_duplicate_movements(&one, &two));
    assert!(possible_duplicate_movements(&two, &one));
    assert!(!possible_duplicate_movements(&one, &same_hand));
    assert!(!possible_duplicate_movements(&one, &late));
    assert!(!possible_duplicate_movements(&one, &one));
}
