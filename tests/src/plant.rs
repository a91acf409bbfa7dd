//! A relay and the devices of its people, in one folder that goes away.

use std::sync::Arc;

use ronde_core::model::{PersonId, Role};
use tempfile::TempDir;

use crate::{Device, LocalRelay, TestWorld, oracle::assert_settled};

/// The site most things happen on.
pub const NORD: &str = "NORD";

/// A plant.
#[derive(Debug)]
pub struct Plant {
    /// Where everything lies: `relay`, and one home for each device.
    pub folder: TempDir,
    /// Time and randomness of all of them.
    pub world: Arc<TestWorld>,
    /// Its relay.
    pub relay: LocalRelay,
}

impl Plant {
    /// A plant whose ids and times follow from `seed`.
    pub async fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(TestWorld::new(seed));
        let relay = LocalRelay::start(&folder.path().join("relay"), &world).await;
        Self {
            folder,
            world,
            relay,
        }
    }

    /// A new person with a device.
    pub async fn device(&self, called: &str, roles: &[Role]) -> Device {
        let person = self.relay.person(NORD, called, roles).await;
        self.device_of(person, called).await
    }

    /// Another device of a person, with its home in the folder `home`.
    pub async fn device_of(&self, person: PersonId, home: &str) -> Device {
        let home = self.folder.path().join(home);
        Device::enrol(&self.relay, NORD, person, &home, &self.world).await
    }

    /// Changes what the person of a device may do.
    pub async fn gives_roles(&self, device: &Device, roles: &[Role]) {
        let site = self.relay.site(NORD);
        self.relay.set_roles(site, device.person(), roles).await;
        // What was refused for want of them is judged again.
        self.relay.rests(NORD).await;
    }

    /// Everybody holds exactly what they should, and nothing waits.
    pub fn assert_settled(&self, devices: &[&Device]) {
        for device in devices {
            assert_settled(&self.relay, NORD, device);
        }
    }

    /// Lets every device exchange until the last one's work is at the first
    /// one's, and sees that nothing had to be repaired.
    pub async fn settle(&self, devices: &mut [&mut Device]) {
        for _ in 0..2 {
            for device in devices.iter_mut() {
                device.sync_well().await;
            }
        }
        for device in devices {
            assert_settled(&self.relay, NORD, device);
        }
    }
}
