//! The people of the story, each with a device of their own.

use std::{path::Path, sync::Arc};

use anyhow::{Context, anyhow};
use ronde_core::{
    clock::{System, World},
    model::{DeviceId, Incarnation, PersonId, Role},
    replica::{Account, Replica},
    sync::Report,
    transport::{self, Client},
    wire::EnrolmentRequest,
};

use super::Teller;
use crate::{admin, site::Site, state::Relay};

/// Somebody with a device.
#[derive(Debug)]
pub(super) struct Hand {
    /// First name, for the story.
    pub(super) called: &'static str,
    /// What is on the device.
    pub(super) replica: Replica,
    client: Client,
}

/// Everybody.
#[derive(Debug)]
pub(super) struct Crew {
    pub(super) amandine: Hand,
    pub(super) bruno: Hand,
    pub(super) chloe: Hand,
    /// The supervisor, who has a network all day.
    pub(super) didier: Hand,
}

impl Crew {
    /// Enrols everybody and lets them sync for the first time.
    pub(super) async fn hire(
        relay: &Arc<Relay>,
        site: &Arc<Site>,
        url: &str,
        folder: &Path,
        teller: &Teller,
    ) -> anyhow::Result<Self> {
        teller
            .chapter(
                "Quatre personnes enrôlent leur appareil et reçoivent leur travail.",
                "Four people enrol their devices and receive their work.",
            )
            .await;
        let technician = [Role::Technician];
        let hire = async |called, name, roles: &[Role]| {
            let code = code(relay, site, name, roles).await?;
            Hand::enrol(url, &code, &folder.join(called), called, teller).await
        };
        Ok(Self {
            amandine: hire("Amandine", "Amandine Lefèvre", &technician).await?,
            bruno: hire("Bruno", "Bruno Marchal", &technician).await?,
            chloe: hire("Chloé", "Chloé Pinto", &technician).await?,
            didier: hire("Didier", "Didier Weiss", &[Role::Supervisor]).await?,
        })
    }
}

/// A one-time code for somebody, as `ronde-server code` makes it.
pub(super) async fn code(
    relay: &Arc<Relay>,
    site: &Arc<Site>,
    name: &str,
    roles: &[Role],
) -> anyhow::Result<String> {
    admin::invite(relay, site, name, roles)
        .await
        .map_err(|refusal| anyhow!("no enrolment code could be made: {}", refusal.code()))
}

impl Hand {
    async fn enrol(
        url: &str,
        code: &str,
        home: &Path,
        called: &'static str,
        teller: &Teller,
    ) -> anyhow::Result<Self> {
        let world = Arc::new(System);
        let request = EnrolmentRequest {
            code: code.to_owned(),
            device_name: format!("Téléphone de {called}"),
            device: DeviceId(world.uuid()),
            incarnation: Incarnation(world.uuid()),
        };
        let enrolled = transport::enrol(url, &request)
            .await
            .with_context(|| format!("{called} cannot enrol"))?;
        let account = Account {
            url: url.to_owned(),
            site: enrolled.site,
            site_code: enrolled.site_code,
            site_name: enrolled.site_name,
            device: enrolled.device,
            person: enrolled.person,
            roles: enrolled.roles,
            token: enrolled.token,
        };
        Replica::enrol(home, &account)?;
        let replica = Replica::open(home, world)?;
        let client = Client::new(replica.account())?;
        let mut hand = Self {
            called,
            replica,
            client,
        };
        let report = hand.sync().await?;
        let kilobytes = report.bytes_down.div_ceil(1024);
        teller
            .line(
                called,
                &format!("reçoit {} documents en {kilobytes} ko", report.pulled),
                &format!("receives {} documents in {kilobytes} kB", report.pulled),
            )
            .await;
        Ok(hand)
    }

    /// Who it is.
    pub(super) fn person(&self) -> PersonId {
        self.replica.person()
    }

    /// Exchanges everything.
    pub(super) async fn sync(&mut self) -> anyhow::Result<Report> {
        transport::sync(&mut self.replica, &self.client, &mut |_| {})
            .await
            .with_context(|| format!("{} cannot sync", self.called))
    }

    /// Comes back from where there was no signal, and says what happened.
    pub(super) async fn come_back(&mut self, teller: &Teller) -> anyhow::Result<()> {
        let waiting = self.replica.status()?.pending;
        let report = self.sync().await?;
        let (pushed, pulled) = (report.pushed, report.pulled);
        teller
            .line(
                self.called,
                &format!("retrouve le réseau : {waiting} actions attendaient, {pushed} reçues par le relais, {pulled} documents mis à jour"),
                &format!("has signal again: {waiting} actions were waiting, the relay has {pushed}, {pulled} documents updated"),
            )
            .await;
        Ok(())
    }
}
