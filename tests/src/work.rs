//! What people do, as one line each.

use ronde_core::{
    clock::World,
    document::{
        Document, Stamp,
        work_order::{self, Created, OrderType, Priority, Status, WorkOrder},
    },
    model::{DocumentId, Kind, PersonId},
    store::views,
};
use ronde_server::site::desk::{Edit, Write};

use crate::{Device, LocalRelay};

/// What a new order says.
pub fn new_order(title: &str, assignees: &[PersonId]) -> Created {
    Created {
        title: title.to_owned(),
        order_type: OrderType::CorrectiveCurative,
        priority: Priority::P2,
        equipment: None,
        plan: None,
        status: Status::Draft,
        provisional: "P-1".to_owned(),
        assignees: assignees.to_vec(),
        due: None,
        imported: None,
    }
}

impl Device {
    /// Opens an order.
    pub fn opens(&mut self, title: &str) -> DocumentId {
        let id = DocumentId(self.world.uuid());
        let created = new_order(title, &[]);
        self.replica
            .act(|act| {
                act.create(Kind::WorkOrder, id, |document, stamp| {
                    work_order::create(document, &created, "", stamp)
                })
            })
            .unwrap();
        id
    }

    /// Comments on an order.
    pub fn comments(&mut self, id: DocumentId, text: &str) {
        self.edits(id, |document, stamp| {
            work_order::comment(document, text, stamp)
        });
    }

    /// Takes a step.
    pub fn steps(&mut self, id: DocumentId, to: Status) {
        self.edits(id, |document, stamp| {
            work_order::step(document, to, Some("essai"), stamp)
        });
    }

    /// Does the work and says so.
    pub fn finishes(&mut self, id: DocumentId) {
        self.steps(id, Status::InProgress);
        self.steps(id, Status::Done);
    }

    /// Assigns an order.
    pub fn assigns(&mut self, id: DocumentId, people: &[PersonId]) {
        let people = people.to_vec();
        self.edits(id, |document, stamp| {
            work_order::set(document, "assignees", &people, stamp)
        });
    }

    /// Marks an order as deleted, which only the office may.
    pub fn deletes(&mut self, id: DocumentId) {
        self.edits(id, |document, stamp| document.delete("doublon", stamp));
    }

    fn edits(
        &mut self,
        id: DocumentId,
        edit: impl FnOnce(&mut Document, &Stamp) -> Result<(), ronde_core::Error>,
    ) {
        self.replica
            .act(|act| act.edit(Kind::WorkOrder, id, edit))
            .unwrap();
    }

    /// An order as the device shows it; `None` when it is not there.
    pub fn order(&self, id: DocumentId) -> Option<WorkOrder> {
        self.replica
            .read(|tx| views::record(tx, Kind::WorkOrder, id))
            .unwrap()
    }

    /// How the comments of an order read.
    pub fn remarks(&self, id: DocumentId) -> Vec<String> {
        let order = self.order(id).unwrap();
        order.comments.into_iter().map(|it| it.text).collect()
    }
}

impl LocalRelay {
    /// Writes as the relay.
    pub async fn writes(&self, site: &str, edits: Vec<Edit>) {
        let site = self.relay.site_by_code(&site.parse().unwrap()).unwrap();
        let mailbox = self.relay.mailbox(&site).unwrap();
        mailbox.write(edits).await.unwrap();
    }

    /// Returns when the relay has done what follows from what it wrote before.
    pub async fn rests(&self, site: &str) {
        self.writes(site, vec![]).await;
    }

    /// Opens an order.
    pub async fn opens(&self, site: &str, title: &str, assignees: &[PersonId]) -> DocumentId {
        let id = DocumentId(self.world.uuid());
        let created = new_order(title, assignees);
        let write: Write =
            Box::new(move |document, stamp| work_order::create(document, &created, "", stamp));
        self.writes(site, vec![order_edit(id, write)]).await;
        id
    }

    /// Opens many orders at once.
    pub async fn opens_many(&self, site: &str, count: usize) -> Vec<DocumentId> {
        let ids: Vec<_> = (0..count).map(|_| DocumentId(self.world.uuid())).collect();
        let edits = ids.iter().enumerate().map(|(n, id)| {
            let created = new_order(&format!("Contrôle {n}"), &[]);
            let write: Write =
                Box::new(move |document, stamp| work_order::create(document, &created, "", stamp));
            order_edit(*id, write)
        });
        self.writes(site, edits.collect()).await;
        ids
    }

    /// Comments on an order.
    pub async fn comments(&self, site: &str, id: DocumentId, text: &str) {
        let text = text.to_owned();
        let write: Write =
            Box::new(move |document, stamp| work_order::comment(document, &text, stamp));
        self.writes(site, vec![order_edit(id, write)]).await;
    }

    /// Finishes an order that is open, or opens one again that is finished.
    pub async fn turns(&self, site: &str, id: DocumentId) {
        let write: Write = Box::new(|document, stamp| {
            if WorkOrder::read(document)?.status == Status::Done {
                return work_order::step(document, Status::InProgress, Some("essai"), stamp);
            }
            if WorkOrder::read(document)?.status != Status::InProgress {
                work_order::step(document, Status::InProgress, None, stamp)?;
            }
            work_order::step(document, Status::Done, None, stamp)
        });
        self.writes(site, vec![order_edit(id, write)]).await;
    }

    /// Assigns an order.
    pub async fn assigns(&self, site: &str, id: DocumentId, people: &[PersonId]) {
        let people = people.to_vec();
        let write: Write =
            Box::new(move |document, stamp| work_order::set(document, "assignees", &people, stamp));
        self.writes(site, vec![order_edit(id, write)]).await;
    }
}

fn order_edit(id: DocumentId, write: Write) -> Edit {
    Edit {
        id,
        kind: Kind::WorkOrder,
        write,
    }
}
