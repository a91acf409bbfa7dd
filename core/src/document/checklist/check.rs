//! Whether items hold together.
//!
//! **Invariant**: a published item refers only to items before it, so a review
//! is one pass and no item depends on itself.

use std::collections::BTreeMap;

use super::{Asks, Choice, Condition, Item, REPETITIONS_MAX, item::Operation};
use crate::{
    document::schema::{Title, Value, at_most, identifier, optional},
    error::Invalid,
    model::{Line, stored_text},
};

const ITEMS_MAX: usize = 300;
const CHOICES_MAX: usize = 100;
const TESTS_MAX: usize = 20;
const OPERANDS_MAX: usize = 50;
/// All texts of a version together: it must fit into one change.
const TEXT_BYTES_MAX: usize = 100_000;

/// Judges items that are still being worked on: bounded, and each id once.
pub(super) fn draft(items: &[Item]) -> Result<(), Invalid> {
    at_most(items, ITEMS_MAX)?;
    items.iter().try_for_each(bounded)?;
    let bytes: usize = items.iter().map(text_bytes).sum();
    if bytes > TEXT_BYTES_MAX {
        return Err(Invalid::new(
            "checklist_too_long",
            "the texts of the checklist are too long together",
        ));
    }
    let mut ids: Vec<_> = items.iter().map(|item| &item.id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Invalid::new("item_twice", "two items have the same id"));
    }
    Ok(())
}

/// Judges items that are published: complete, and only referring backwards.
pub(super) fn published(items: &[Item]) -> Result<(), Invalid> {
    draft(items)?;
    if items.is_empty() {
        return Err(Invalid::new("draft_empty", "there is no item"));
    }
    let mut before = BTreeMap::<&str, &Item>::new();
    for item in items {
        complete(item).map_err(|why| of(item, &why))?;
        references(item, &before).map_err(|why| of(item, &why))?;
        before.insert(&item.id, item);
    }
    Ok(())
}

/// Says which item it is about: ids may be shown, labels not.
fn of(item: &Item, why: &Invalid) -> Invalid {
    Invalid::new(why.code, format!("item {}: {}", item.id, why.message))
}

fn bounded(item: &Item) -> Result<(), Invalid> {
    identifier(&item.id)?;
    stored_text(&item.label, Line::TITLE)?;
    optional(item.help.as_ref(), Line::PROSE)?;
    item.parent.iter().try_for_each(|id| identifier(id))?;
    if let Some(Condition { tests, .. }) = &item.relevant_if {
        at_most(tests, TESTS_MAX)?;
        tests.iter().try_for_each(|test| {
            identifier(&test.item)?;
            test.predicate.check()
        })?;
    }
    match &item.asks {
        Asks::Number { unit, bounds } => {
            stored_text(unit, Line::CODE)?;
            bounds.check()
        }
        Asks::MeterReading { meter, bounds } => {
            identifier(meter)?;
            bounds.check()
        }
        Asks::OneChoice { choices } | Asks::ManyChoices { choices } => {
            at_most(choices, CHOICES_MAX)?;
            choices.iter().try_for_each(|choice| {
                identifier(&choice.id)?;
                stored_text(&choice.label, Line::TITLE)
            })
        }
        Asks::Scan { expected } => optional(expected.as_ref(), Line::TITLE),
        Asks::Calculated {
            operands,
            unit,
            bounds,
            ..
        } => {
            at_most(operands, OPERANDS_MAX)?;
            operands.iter().try_for_each(|id| identifier(id))?;
            stored_text(unit, Line::CODE)?;
            bounds.check()
        }
        _ => Ok(()),
    }
}

fn complete(item: &Item) -> Result<(), Invalid> {
    Title(item.label.clone()).check()?;
    if let Some(condition) = &item.relevant_if
        && condition.tests.is_empty()
    {
        return Err(Invalid::new(
            "condition_empty",
            "the condition tests nothing",
        ));
    }
    match &item.asks {
        Asks::OneChoice { choices } | Asks::ManyChoices { choices } => distinct(choices),
        Asks::Repeat {
            min_count,
            max_count,
        } if *max_count == 0 || min_count > max_count || *max_count > REPETITIONS_MAX => {
            Err(Invalid::new(
                "repetitions",
                format!("a group is asked 1 to {REPETITIONS_MAX} times"),
            ))
        }
        Asks::Calculated {
            operation,
            operands,
            ..
        } if operands.is_empty() || *operation == Operation::Difference && operands.len() < 2 => {
            Err(Invalid::new(
                "operands_missing",
                "the calculation has too few operands",
            ))
        }
        _ => Ok(()),
    }
}

fn distinct(choices: &[Choice]) -> Result<(), Invalid> {
    let mut ids: Vec<_> = choices.iter().map(|choice| &choice.id).collect();
    ids.sort_unstable();
    if choices.is_empty() || ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Invalid::new(
            "choices",
            "there is no choice, or two have the same id",
        ));
    }
    choices
        .iter()
        .try_for_each(|choice| Title(choice.label.clone()).check())
}

fn references(item: &Item, before: &BTreeMap<&str, &Item>) -> Result<(), Invalid> {
    let unknown = || Invalid::new("reference", "it refers to no item before it");
    if let Some(parent) = &item.parent {
        let parent = before.get(parent.as_str()).ok_or_else(unknown)?;
        if !matches!(parent.asks, Asks::Section | Asks::Repeat { .. }) {
            return Err(Invalid::new(
                "parent",
                "it stands under neither a section nor a group",
            ));
        }
        let repeats = matches!(item.asks, Asks::Repeat { .. });
        let repeated = |item: &&Item| matches!(item.asks, Asks::Repeat { .. });
        if repeats && ancestors(item, before).any(|item| repeated(&item)) {
            return Err(Invalid::new("nested_groups", "a group repeats in a group"));
        }
    }
    for test in item.relevant_if.iter().flat_map(|rule| &rule.tests) {
        before.get(test.item.as_str()).ok_or_else(unknown)?;
    }
    if let Asks::Calculated { operands, .. } = &item.asks {
        for operand in operands {
            let operand = before.get(operand.as_str()).ok_or_else(unknown)?;
            if !operand.asks.is_numeric() {
                return Err(Invalid::new("operand", "an operand is not a number"));
            }
        }
    }
    Ok(())
}

fn ancestors<'a>(
    item: &Item,
    before: &'a BTreeMap<&str, &'a Item>,
) -> impl Iterator<Item = &'a Item> {
    let above = |item: &Item| -> Option<&'a Item> { before.get(item.parent.as_deref()?).copied() };
    std::iter::successors(above(item), move |item| above(item))
}

fn text_bytes(item: &Item) -> usize {
    let choices = match &item.asks {
        Asks::OneChoice { choices } | Asks::ManyChoices { choices } => {
            choices.iter().map(|choice| choice.label.len()).sum()
        }
        _ => 0,
    };
    item.label.len() + item.help.as_ref().map_or(0, String::len) + choices
}
