//! An enrolled device with a real replica.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ronde_core::{
    clock::World,
    model::{DeviceId, DocumentId, Incarnation, PersonId, SiteId},
    replica::{Account, Replica},
    store::documents,
    sync::{Answer, Effect, Input, Outcome, Report, Session, Stored},
    transport::{self, Client, Failure},
    wire::{self, EnrolmentRequest, Frame, Holding},
};

use crate::{LocalRelay, TestWorld};

/// A device.
#[derive(Debug)]
pub struct Device {
    /// Its replica.
    pub replica: Replica,
    /// Its way to the relay.
    pub client: Client,
    /// The folder it lives in.
    pub home: PathBuf,
    /// Where it takes time and randomness from.
    pub world: Arc<TestWorld>,
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
        Self {
            replica,
            client,
            home: home.to_owned(),
            world: Arc::clone(world),
        }
    }

    /// Ends the program and starts it again.
    #[must_use]
    pub fn reopened(self) -> Self {
        let Self {
            replica,
            home,
            world,
            ..
        } = self;
        drop(replica);
        Self::open(&home, &world)
    }

    /// Who uses it.
    pub fn person(&self) -> PersonId {
        self.replica.person()
    }

    /// Exchanges everything, a little later than the last time.
    ///
    /// # Errors
    ///
    /// As [`transport::sync`].
    pub async fn sync(&mut self) -> Result<Report, Failure> {
        self.world.move_ms(10_000);
        transport::sync(&mut self.replica, &self.client, &mut |_| {}).await
    }

    /// Exchanges everything, and the relay agrees that it is everything, with
    /// nothing to repair and nothing refused.
    pub async fn sync_well(&mut self) -> Report {
        let report = self.sync().await.unwrap();
        let clean = (report.complete, report.repairs, report.refused);
        assert_eq!(clean, (true, 0, 0), "{report:?}");
        report
    }

    /// One request and its answer, stored; then the exchange stops as if the
    /// program had been killed. True when nothing more was to do.
    pub async fn one_round(&mut self) -> bool {
        self.world.move_ms(2_000);
        let mut session = Session::new();
        let mut input = Input::Begin;
        let mut sent = false;
        loop {
            let mut next = None;
            for effect in session.handle(input) {
                match effect {
                    Effect::Send(_) if sent => return false,
                    Effect::Send(frames) => {
                        sent = true;
                        next = Some(Input::Received(self.post(&frames).await));
                    }
                    Effect::Progress(_) => {}
                    Effect::Finish(outcome) => {
                        assert_eq!(outcome, Outcome::Complete);
                        return true;
                    }
                    of_the_replica => next = self.replica.carry_out(&of_the_replica).unwrap(),
                }
            }
            input = next.unwrap();
        }
    }

    /// The frames this device would send now.
    pub fn request(&mut self) -> Vec<Frame> {
        let mut session = Session::new();
        let [Effect::ReadState] = &session.handle(Input::Begin)[..] else {
            panic!("a session begins by reading")
        };
        let state = self.replica.carry_out(&Effect::ReadState).unwrap().unwrap();
        match session.handle(state).pop() {
            Some(Effect::Send(frames)) => frames,
            other => panic!("{other:?}"),
        }
    }

    /// Sends a message and reads the answer, without storing it.
    pub async fn post(&self, frames: &[Frame]) -> Vec<Frame> {
        let (status, body) = self.post_bytes(wire::encode(frames).unwrap()).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        wire::decode(&body, &wire::Limits::ANSWER).unwrap()
    }

    /// Sends bytes as a message.
    pub async fn post_bytes(&self, message: Vec<u8>) -> (u16, Vec<u8>) {
        self.post_to(self.replica.account().site, message).await
    }

    /// Sends bytes as a message to a site, with this device's token.
    pub async fn post_to(&self, site: SiteId, message: Vec<u8>) -> (u16, Vec<u8>) {
        self.world.move_ms(2_000);
        let account = self.replica.account();
        let answer = reqwest::Client::new()
            .post(format!("{}/v1/sites/{site}/sync", account.url))
            .bearer_auth(&account.token)
            .header("content-type", "application/vnd.ronde.sync")
            .body(message)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.bytes().await.unwrap().to_vec())
    }

    /// Stores an answer.
    pub fn take(&mut self, frames: Vec<Frame>) -> Stored {
        let (mut welcome, mut page) = (None, None);
        for frame in frames {
            match frame {
                Frame::Welcome(it) => welcome = Some(Box::new(it)),
                Frame::Page(it) => page = Some(Box::new(it)),
                other => panic!("{other:?}"),
            }
        }
        let answer = Answer::Round {
            welcome,
            verdicts: vec![],
            page,
        };
        match self.replica.carry_out(&Effect::Store(answer)).unwrap() {
            Some(Input::Stored(stored)) => stored,
            other => panic!("{other:?}"),
        }
    }

    /// Everything of the window, with its heads.
    pub fn holdings(&self) -> Vec<Holding> {
        self.replica.read(documents::holdings).unwrap()
    }

    /// Everything that is on the device, in its window or not.
    pub fn on_disk(&self) -> Vec<DocumentId> {
        let all = |tx: &ronde_core::store::Tx<'_>| {
            let mut statement = tx.prepare("SELECT id FROM document ORDER BY id")?;
            let ids = statement.query_map([], |row| Ok(DocumentId(row.get(0)?)))?;
            Ok(ids.collect::<Result<_, _>>()?)
        };
        self.replica.read(all).unwrap()
    }
}
