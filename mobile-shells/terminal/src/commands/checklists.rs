//! `ronde checklist …`
//!
//! **Invariant**: a person at a terminal is led from item to item; a script
//! answers one item per command. Both write the same.

use std::path::{Path, PathBuf};

use ronde_core::{
    document::{
        execution::{ContentHash, State},
        schema::Group,
    },
    model::{DocumentId, Kind},
    replica::{AnswerInput, ExecutionPage, ItemLine},
};
use serde_json::json;

use super::Desk;
use crate::{
    ask,
    cli::{AnswerArgs, ChecklistCommand, RunArgs},
    fault::{self, Fault},
    input, json,
    setting::Setting,
    show::checklists,
};

pub(super) fn run(setting: &Setting, command: ChecklistCommand) -> Result<(), Fault> {
    let mut desk = Desk::open(setting)?;
    match command {
        ChecklistCommand::List => {
            let rows = desk.replica.checklists()?;
            desk.answer(&rows, |paper| checklists::list(paper, &rows))
        }
        ChecklistCommand::Show(args) => show(&desk, &args.name),
        ChecklistCommand::Run(args) => start(&mut desk, &args),
        ChecklistCommand::Answer(args) => answer(&mut desk, &args),
        ChecklistCommand::Finalize(args) => {
            let id = execution(&desk, &args.name)?;
            finalize(&mut desk, id)
        }
        ChecklistCommand::Executions(args) => {
            let runs = desk.replica.executions(args.limit)?;
            let pages = runs.iter().map(|run| desk.replica.execution(run.life.id));
            let pages = pages.collect::<Result<Vec<_>, _>>()?;
            desk.answer(&pages, |paper| checklists::executions(paper, &pages))
        }
    }
}

/// An execution by its id, or the open one of an order.
fn execution(desk: &Desk<'_>, text: &str) -> Result<DocumentId, Fault> {
    let by_id = desk.replica.find(Kind::Execution, text);
    match (by_id, desk.replica.find_order(text)) {
        (Ok(id), _) => Ok(id),
        (Err(_), Ok(order)) => Ok(desk.replica.open_execution_of(order)?),
        (Err(error), Err(_)) => Err(error.into()),
    }
}

fn show(desk: &Desk<'_>, name: &str) -> Result<(), Fault> {
    match desk.replica.find(Kind::Checklist, name) {
        Ok(id) => {
            let checklist = desk.replica.checklist(id)?;
            desk.answer(&checklist, |paper| checklists::checklist(paper, &checklist))
        }
        Err(error) => {
            let Ok(id) = execution(desk, name) else {
                return Err(error.into());
            };
            let page = desk.replica.execution(id)?;
            desk.answer(&page, |paper| checklists::execution(paper, &page))
        }
    }
}

fn start(desk: &mut Desk<'_>, args: &RunArgs) -> Result<(), Fault> {
    let checklist = desk.find(Kind::Checklist, &args.checklist)?;
    let order = desk.find_optional(Kind::WorkOrder, args.work_order.as_ref())?;
    let plan = desk.find_optional(Kind::Plan, args.plan.as_ref())?;
    let started = desk.replica.run_checklist(checklist, order, plan)?;
    let page = desk.replica.execution(started.id)?;
    let value = json!({
        "id": started.id, "resumed": started.resumed, "checklist": page.checklist,
        "work_order": page.work_order, "plan": page.plan, "occurrence": page.occurrence,
        "state": page.state, "items": page.items,
    });
    desk.touched(value, Kind::Execution, Group::Work, |paper| {
        checklists::execution(paper, &page)
    })?;
    if !desk.setting.interactive || page.state != State::Draft {
        return Ok(());
    }
    lead(desk, started.id)
}

/// Leads from item to item; an empty line passes one over.
fn lead(desk: &mut Desk<'_>, id: DocumentId) -> Result<(), Fault> {
    let mut passed = Vec::new();
    // Each answer may show or hide items behind it, so it is asked again what
    // is to be answered; every item is met at most once.
    while let Some(line) = next_item(&desk.replica.execution(id)?, &passed) {
        let prompt = checklists::prompt(&desk.paper()?, &line);
        passed.push((line.item.clone(), line.repetition));
        let Some(text) = ask::line(desk.setting, &prompt)? else {
            continue;
        };
        let args = AnswerArgs {
            execution: id.to_string(),
            item: line.item.clone(),
            value: Some(text),
            repetition: line.repetition,
            comment: None,
            photo: Vec::new(),
            part: None,
            from: None,
            clear: false,
        };
        match answered(desk, id, &args) {
            Ok(line) => {
                if let Some(told) = checklists::verdict(&desk.paper()?, &line) {
                    json::write(&format!("{told}\n"));
                }
                if line.problem.is_some() {
                    let label = desk.setting.words.say("ask.comment");
                    if let Some(comment) = ask::line(desk.setting, label)? {
                        let input = AnswerInput {
                            comment: Some(comment),
                            ..AnswerInput::default()
                        };
                        desk.replica
                            .answer_item(id, &line.item, line.repetition, &input)?;
                    }
                }
            }
            Err(error) => {
                passed.pop();
                let told = error.told(desk.setting.words);
                fault::complain(&format!("{}\n", told.message));
            }
        }
    }
    let page = desk.replica.execution(id)?;
    json::write(&checklists::summary(&desk.paper()?, &page));
    if page.missing == 0 {
        let wanted = ask::line(desk.setting, desk.setting.words.say("ask.finalize"))?;
        if wanted.is_some_and(|text| text.to_lowercase().starts_with(['o', 'y'])) {
            return finalize(desk, id);
        }
    }
    Ok(())
}

/// The next item that is asked and not answered.
fn next_item(page: &ExecutionPage, passed: &[(String, u16)]) -> Option<ItemLine> {
    let open = page.items.iter().find(|line| {
        let asks = line.asks.as_ref().is_some_and(|asks| {
            asks.is_answered() && !matches!(asks, ronde_core::document::checklist::Asks::Photo)
        });
        let place = (line.item.clone(), line.repetition);
        line.visible && asks && line.value.is_none() && !passed.contains(&place)
    });
    open.cloned()
}

fn answer(desk: &mut Desk<'_>, args: &AnswerArgs) -> Result<(), Fault> {
    let id = execution(desk, &args.execution)?;
    let line = answered(desk, id, args)?;
    let page = desk.replica.execution(id)?;
    let value = json!({
        "id": id, "item": line.item, "repetition": line.repetition, "value": line.value,
        "verdict": line.verdict, "problem": line.problem, "calls_for": line.calls_for,
        "missing": page.missing, "failed": page.failed,
    });
    desk.touched(value, Kind::Execution, Group::Work, |paper| {
        let mut text = checklists::verdict(paper, &line).unwrap_or_default();
        text.push('\n');
        text.push_str(&checklists::summary(paper, &page));
        text
    })
}

/// Writes one answer.
fn answered(desk: &mut Desk<'_>, id: DocumentId, args: &AnswerArgs) -> Result<ItemLine, Fault> {
    let page = desk.replica.execution(id)?;
    let asks = page
        .items
        .iter()
        .find(|line| line.item == args.item)
        .and_then(|line| line.asks.as_ref());
    let part = desk.find_optional(Kind::Part, args.part.as_ref())?;
    let (me, today) = (desk.replica.person(), desk.today());
    let value = match (&args.value, asks) {
        (Some(text), Some(asks)) => Some(input::answer(asks, text, me, today, part)?),
        // The replica says that there is no such item.
        (Some(text), None) => Some(ronde_core::document::execution::AnswerValue::Text(
            text.clone(),
        )),
        (None, _) => None,
    };
    let photos = args.photo.iter().map(|path| photo(desk.setting, path));
    let input = AnswerInput {
        value,
        comment: args.comment.clone(),
        photos: photos.collect::<Result<_, _>>()?,
        take_back: args.clear,
        issue_from: args.from.clone(),
    };
    Ok(desk
        .replica
        .answer_item(id, &args.item, args.repetition, &input)?)
}

/// Keeps a photo in the device's folder under the hash of its bytes.
fn photo(setting: &Setting, path: &Path) -> Result<ContentHash, Fault> {
    let unread = |_| Fault::Usage("file_unreadable", path.display().to_string());
    let bytes = std::fs::read(path).map_err(unread)?;
    let hash = ContentHash::of(&bytes);
    let folder: PathBuf = setting.home.join("photos");
    let unwritten = |cause: std::io::Error| Fault::Replica(cause.into());
    std::fs::create_dir_all(&folder).map_err(unwritten)?;
    std::fs::write(folder.join(hash.to_string()), bytes).map_err(unwritten)?;
    Ok(hash)
}

fn finalize(desk: &mut Desk<'_>, id: DocumentId) -> Result<(), Fault> {
    desk.replica.finalize_execution(id)?;
    let page = desk.replica.execution(id)?;
    let value = json!({
        "id": id, "state": page.state, "failed": page.failed, "work_order": page.work_order,
    });
    desk.touched(value, Kind::Execution, Group::Work, |paper| {
        let name = page.checklist_name.as_deref().unwrap_or_default();
        format!("{}\n", paper.words.fill("checklist.finalized", &[&name]))
    })
}
