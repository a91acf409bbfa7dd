//! What each device must hold, read independently from the rules of windows.
//!
//! **Invariant**: nothing here uses the relay's channels, feed or sums.

use ronde_core::{
    document::{Record, execution::State, work_order::Status},
    model::{DocumentId, PersonId, Role, Roles},
    store::{Tx, documents, views},
    wire::{Digest, Holding},
};

use crate::{Device, LocalRelay};

/// The device holds what its person may see, all of it and nothing else, with
/// the relay's heads; nothing waits and the sums say the same.
pub fn assert_settled(relay: &LocalRelay, site: &str, device: &Device) {
    let expected = holdings_of(relay, site, device.person());
    let held = device.holdings();
    assert_eq!(titles(device, &held), titles(device, &expected));
    assert_eq!(held, expected);
    let ids: Vec<_> = expected.iter().map(|it| it.id).collect();
    assert_eq!(device.on_disk(), ids, "outside the window");
    let sum = expected.iter().fold(Digest::default(), |sum, it| {
        sum.plus(Digest::of(it.id, &it.heads))
    });
    let status = device.replica.status().unwrap();
    assert_eq!((status.pending, status.refused), (0, 0));
    assert_eq!(status.digest, sum.to_string());
    assert_eq!(status.last_problem, None);
}

fn titles(device: &Device, held: &[Holding]) -> Vec<String> {
    let title = |it: &Holding| {
        let title = device.replica.read(|tx| views::title(tx, it.id)).unwrap();
        format!("{} {:?} {title:?}", it.id, it.kind)
    };
    held.iter().map(title).collect()
}

/// What a person's devices hold, by the rules of DESIGN.md.
pub fn holdings_of(relay: &LocalRelay, site: &str, person: PersonId) -> Vec<Holding> {
    let site = relay.relay.site_by_code(&site.parse().unwrap()).unwrap();
    let all = site.reading(|tx, _| everything(tx)).unwrap();
    let roles = all.iter().find_map(|(_, record)| match record {
        Record::Person(it) if it.person() == person => Some(it.effective_roles()),
        _ => None,
    });
    let roles: Vec<Role> = roles.iter().flat_map(Roles::iter).collect();
    all.into_iter()
        .filter(|(_, record)| may_see(person, &roles, record))
        .map(|(holding, _)| holding)
        .collect()
}

/// Every document of the relay.
///
/// # Errors
///
/// As reading them.
pub fn everything(tx: &Tx<'_>) -> Result<Vec<(Holding, Record)>, ronde_core::Error> {
    let mut statement = tx.prepare("SELECT id FROM document ORDER BY id")?;
    let ids = statement.query_map([], |row| Ok(DocumentId(row.get(0)?)))?;
    let ids: Vec<_> = ids.collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for id in ids {
        let mut document = documents::load(tx, id)?.unwrap();
        let holding = Holding {
            id,
            kind: document.kind(),
            heads: document.heads(),
        };
        all.push((holding, Record::read(&document)?));
    }
    Ok(all)
}

fn may_see(person: PersonId, roles: &[Role], record: &Record) -> bool {
    let any = |among: &[Role]| roles.iter().any(|role| among.contains(role));
    let office = any(&[Role::Supervisor, Role::Planner, Role::Reader, Role::Admin]);
    let plant = office || any(&[Role::Technician, Role::Storekeeper]);
    let of_status = |finished: bool| if finished { office } else { plant };
    if roles.is_empty() {
        return false;
    }
    match record {
        Record::WorkOrder(order) => {
            let finished = matches!(
                order.status,
                Status::Done | Status::Closed | Status::Cancelled
            );
            of_status(finished)
                || order.life.created_by == person
                || order.assignees.contains(&person)
                || order.contributors.contains(&person)
        }
        Record::Execution(execution) => {
            of_status(execution.state == State::Validated) || execution.life.created_by == person
        }
        Record::StockMovement(movement) => plant || movement.posted.person == person,
        _ => true,
    }
}
