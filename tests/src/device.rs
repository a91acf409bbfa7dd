//! An enrolled device with a real replica.

use std::{path::Path, sync::Arc};

use ronde_core::{
    clock::World,
    model::{DeviceId, Incarnation, PersonId},
    replica::{Account, Replica},
    sync::Report,
    transport::{self, Client, Failure},
    wire::EnrolmentRequest,
};

use crate::{LocalRelay, TestWorld};

/// A device.
#[derive(Debug)]
pub struct Device {
    /// Its replica.
    pub replica: Replica,
    /// Its way to the relay.
    pub client: Client,
}

impl Device {
    /// Enrols a device for `person` with its home in `home`.
    pub async fn enrol(
        relay: &LocalRelay,
        site: &str,
        person: PersonId,
        home: &Path,
        world: &Arc<TestWorld>,
    ) -> Self {
        let request = EnrolmentRequest {
            code: relay.code(site, person),
            device_name: "essai".to_owned(),
            device: DeviceId(world.uuid()),
            incarnation: Incarnation(world.uuid()),
        };
        let enrolled = transport::enrol(&relay.url(), &request).await.unwrap();
        let account = Account {
            url: relay.url(),
            site: enrolled.site,
            site_code: enrolled.site_code,
            site_name: enrolled.site_name,
            device: enrolled.device,
            person: enrolled.person,
            roles: enrolled.roles,
            token: enrolled.token,
        };
        Replica::enrol(home, &account).unwrap();
        Self::open(home, world)
    }

    /// Opens the device that lives in `home`.
    pub fn open(home: &Path, world: &Arc<TestWorld>) -> Self {
        let replica = Replica::open(home, Arc::clone(world) as _).unwrap();
        let client = Client::new(replica.account()).unwrap();
        Self { replica, client }
    }

    /// Exchanges everything.
    ///
    /// # Errors
    ///
    /// As [`transport::sync`].
    pub async fn sync(&mut self) -> Result<Report, Failure> {
        transport::sync(&mut self.replica, &self.client, &mut |_| {}).await
    }

    /// Everything held, with its heads.
    pub fn holdings(&self) -> Vec<ronde_core::wire::Holding> {
        self.replica
            .read(ronde_core::store::documents::holdings)
            .unwrap()
    }
}
