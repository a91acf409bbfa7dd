//! A relay in this process, on a real socket, over real files.

use std::{net::SocketAddr, path::Path, sync::Arc};

use ronde_core::{
    clock::World,
    document::person,
    model::{Kind, PersonId, Role, SiteId},
};
use ronde_server::{
    data::Data,
    registry::{
        code::{self, Invitation},
        name,
    },
    secret::Code,
    serve::serve,
    site::{Founding, desk::Edit},
    state::{Limits, Relay},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::TestWorld;

/// A running relay.
#[derive(Debug)]
pub struct LocalRelay {
    /// Its state, to look behind the curtain.
    pub relay: Arc<Relay>,
    /// Its clock.
    pub world: Arc<TestWorld>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<usize>>,
}

impl LocalRelay {
    /// Starts a relay over `folder` with the sites NORD and EST.
    pub async fn start(folder: &Path, world: &Arc<TestWorld>) -> Self {
        Self::start_at(folder, world, "127.0.0.1:0").await
    }

    /// Starts a relay on this address.
    pub async fn start_at(folder: &Path, world: &Arc<TestWorld>, address: &str) -> Self {
        Self::start_with(folder, world, address, Limits::default()).await
    }

    /// Starts a relay that is as patient as this.
    pub async fn start_with(
        folder: &Path,
        world: &Arc<TestWorld>,
        address: &str,
        limits: Limits,
    ) -> Self {
        let data = Data::at(folder);
        data.make().unwrap();
        let relay = Arc::new(Relay::open(data, Arc::clone(world) as _, limits).unwrap());
        for code in ["NORD", "EST"] {
            let founding = Founding {
                code: code.parse().unwrap(),
                name: format!("Usine {code}"),
                time_zone: chrono_tz::Europe::Paris,
                url: None,
            };
            relay.found(&founding).unwrap();
        }
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, Arc::clone(&relay), async move {
            let _ = stopped.await;
        }));
        Self {
            relay,
            world: Arc::clone(world),
            address,
            stop: Some(stop),
            served: Some(served),
        }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The site with this code.
    pub fn site(&self, code: &str) -> SiteId {
        self.relay
            .site_by_code(&code.parse().unwrap())
            .unwrap()
            .id()
    }

    /// Makes a person of the site with these roles.
    pub async fn person(&self, site: &str, called: &str, roles: &[Role]) -> PersonId {
        let person = PersonId(self.world.uuid());
        let site_code = site.parse().unwrap();
        let site = self.relay.site_by_code(&site_code).unwrap();
        site.write(|tx| name::set(tx, person, called)).unwrap();
        self.set_roles(site.id(), person, roles).await;
        person
    }

    /// Gives a person these roles, as an administrator would.
    pub async fn set_roles(&self, site: SiteId, person: PersonId, roles: &[Role]) {
        let roles: ronde_core::model::Roles = roles.iter().copied().collect();
        let site = self.relay.site(site).unwrap();
        let write = Edit {
            id: person.into(),
            kind: Kind::Person,
            write: Box::new(move |document, stamp| {
                if person::Person::read(document).is_ok() {
                    return person::set(document, "roles", &roles, stamp);
                }
                let created = person::Created::default();
                person::create(document, &created, &roles, stamp)
            }),
        };
        self.relay
            .mailbox(&site)
            .unwrap()
            .write(vec![write])
            .await
            .unwrap();
    }

    /// A one-time code for a person.
    pub fn code(&self, site: &str, person: PersonId) -> String {
        let site = self.relay.site_by_code(&site.parse().unwrap()).unwrap();
        let code = Code::fresh(&*self.world);
        let invitation = Invitation {
            person,
            roles: ronde_core::model::Roles::default(),
            expires_at: self.world.now().plus_ms(600_000),
        };
        site.write(|tx| code::issue(tx, &code, &invitation))
            .unwrap();
        code.reveal()
    }

    /// Shuts down as on SIGTERM.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(served) = self.served.take() {
            served.await.unwrap();
        }
    }
}
