//! Numbers, dates and labels as people write them.

use crate::import::date::date;
use crate::import::label::{Labelled, same_word};
use crate::import::quantity::micro;
use crate::import::{OrderStatus, OrderType, PeriodUnit, Priority, Reason};

#[test]
fn numbers_are_read_with_comma_or_point_and_spaces_between_thousands() {
    let right = [
        ("0", 0),
        ("7", 7_000_000),
        ("007", 7_000_000),
        ("1,5", 1_500_000),
        ("1.5", 1_500_000),
        ("0.000001", 1),
        ("2.50000000", 2_500_000),
        ("-0,25", -250_000),
        ("\u{2212}3", -3_000_000),
        ("1 234,5", 1_234_500_000),
        ("1\u{202f}234\u{a0}567", 1_234_567_000_000),
        ("999999999999,999999", 999_999_999_999_999_999),
    ];
    for (written, value) in right {
        assert_eq!(micro(written), Ok(value), "{written}");
    }
}

#[test]
fn what_is_not_quite_a_number_is_refused() {
    let wrong = [
        "", "-", "abc", "1,", ",5", "1.2.3", "1,234.5", "1.234,5", "12 34", "1234 567", "1e3",
        "+5", "0x10", "NaN", "inf", "١", "1 ", "--1", "5 bar",
    ];
    for written in wrong {
        assert!(
            matches!(micro(written), Err(Reason::NotANumber(_))),
            "{written}"
        );
    }
    assert_eq!(micro("0,1234567"), Err(Reason::TooManyDecimals(6)));
    assert!(matches!(
        micro("1000000000000"),
        Err(Reason::OutOfRange { .. })
    ));
    assert!(matches!(
        micro(&"9".repeat(5_000)),
        Err(Reason::OutOfRange { .. })
    ));
}

#[test]
fn dates_are_read_in_both_orders_with_a_time_dropped() {
    let right = [
        "2024-02-29",
        "29/02/2024",
        "29/2/2024",
        "29.02.2024",
        "29-02-2024",
        "2024/02/29",
        "2024-02-29 23:59",
        "2024-02-29T00:00:00",
        "29/02/2024 08:30:00.000",
    ];
    for written in right {
        assert_eq!(
            date(written).map(|day| day.to_string()),
            Ok("2024-02-29".to_owned()),
            "{written}"
        );
    }
}

#[test]
fn what_is_not_a_day_is_refused() {
    let wrong = [
        "",
        "2023-02-29",
        "31/04/2024",
        "12/31/2024",
        "29/02/24",
        "24-02-29",
        "2024-02",
        "20240229",
        "29/02-2024",
        "1899-12-30",
        "2200-01-01",
        "29 février 2024",
        "45351",
        "+2024-02-29",
        "2024-02-29 25:00",
        "2024-02-29 demain",
        "2024-2-29-1",
    ];
    for written in wrong {
        assert!(
            matches!(date(written), Err(Reason::NotADate(_))),
            "{written}"
        );
    }
}

#[test]
fn labels_are_read_in_both_languages() {
    let types = [
        ("préventif systématique", OrderType::PreventiveSystematic),
        ("Preventive", OrderType::PreventiveSystematic),
        ("PM01", OrderType::CorrectiveCurative),
        ("pm 02", OrderType::PreventiveSystematic),
        ("PM03", OrderType::PreventiveSystematic),
        ("PM04", OrderType::Improvement),
        ("PM13", OrderType::CorrectiveCurative),
        ("PALLIATIF", OrderType::CorrectivePalliative),
        ("Réglementaire", OrderType::Regulatory),
        ("preventive_conditional", OrderType::PreventiveConditional),
    ];
    for (written, value) in types {
        assert_eq!(OrderType::from_label(written), Some(value), "{written}");
    }
    assert_eq!(Priority::from_label("Urgente"), Some(Priority::P1));
    assert_eq!(Priority::from_label("low"), Some(Priority::P4));
    assert_eq!(
        OrderStatus::from_label("A planifier"),
        Some(OrderStatus::ToPlan)
    );
    assert_eq!(
        OrderStatus::from_label("IN_PROGRESS"),
        Some(OrderStatus::InProgress)
    );
    assert_eq!(OrderStatus::from_label("en retard"), None);
    assert_eq!(PeriodUnit::from_label("Années"), Some(PeriodUnit::Year));
    assert_eq!(PeriodUnit::from_label(""), None);
}

#[test]
fn joined_letters_are_the_two_that_they_join() {
    assert!(same_word("Œuvre", "OEUVRE") && same_word("cœliaque", "Coeliaque"));
    assert!(!same_word("Œuvre", "Ouvre") && !same_word("Œuvre", "oe"));
}

#[test]
fn no_label_stands_for_two_values() {
    fn check<T: Labelled + PartialEq + std::fmt::Debug>() {
        for (value, labels) in T::LABELS {
            for label in *labels {
                assert_eq!(T::from_label(label), Some(*value), "{label}");
            }
        }
    }

    check::<crate::import::Criticality>();
    check::<crate::import::EquipmentState>();
    check::<crate::import::MeterKind>();
    check::<crate::import::ItemKind>();
    check::<crate::import::OnFail>();
    check::<crate::import::label::Flag>();
    check::<OrderType>();
    check::<OrderStatus>();
    check::<Priority>();
    check::<PeriodUnit>();
}
