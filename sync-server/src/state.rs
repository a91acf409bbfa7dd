//! What all handlers share: the open sites, the clock, limits and counts.
//!
//! **Invariant**: a site that cannot be opened or is damaged keeps no other
//! site from working.

mod enrolment;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use ronde_core::{
    Error,
    clock::World,
    model::{DeviceId, SiteId, Timestamp},
};
use tokio::sync::{Semaphore, watch};

use crate::{
    data::{Data, SiteCode},
    error::ApiError,
    log,
    metrics::Metrics,
    rate::{Bucket, Rate, TryLater},
    registry::device,
    site::{
        Founding, Site,
        desk::{self, Mailbox},
        hold,
    },
};

pub use enrolment::{Enrolled, Refused};

/// How long and how much a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From a connection's first byte, or its last answer, to the end of the
    /// next request's headers.
    pub headers: Duration,
    /// From the end of the headers to the answer.
    pub request: Duration,
    /// Requests worked on at once; more are told to come back.
    pub requests_max: usize,
    /// Open connections; more wait to be accepted.
    pub connections_max: u32,
    /// Open requests at shutdown are cut after this.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(10),
            request: Duration::from_secs(30),
            requests_max: 1_024,
            connections_max: 4_096,
            farewell: Duration::from_secs(10),
        }
    }
}

/// Bytes of a JSON body.
pub const JSON_BYTES_MAX: usize = 64 << 10;
/// Bytes of any body.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Buckets kept before the full ones are forgotten.
const BUCKETS_KEPT_MAX: usize = 4_096;

/// The running relay.
#[derive(Debug)]
pub struct Relay {
    /// Time and randomness.
    pub world: Arc<dyn World>,
    /// What requests may take.
    pub limits: Limits,
    /// What was counted.
    pub metrics: Metrics,
    /// One permit per request being worked on.
    pub(crate) room: Semaphore,
    data: Data,
    sites: RwLock<BTreeMap<SiteId, (Arc<Site>, Mailbox)>>,
    broken: Vec<(SiteCode, log::Error)>,
    closing: watch::Sender<bool>,
    paces: Mutex<HashMap<DeviceId, Pace>>,
}

/// How much of its rates one device has used up.
#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    syncs: Bucket,
    work: Bucket,
}

impl Relay {
    /// Opens every site of `data` that can be opened, see [`Relay::broken`].
    ///
    /// # Errors
    ///
    /// [`log::Error::Store`] when the folder cannot be read.
    pub fn open(data: Data, world: Arc<dyn World>, limits: Limits) -> Result<Self, log::Error> {
        let (mut sites, mut broken) = (BTreeMap::new(), Vec::new());
        for code in data.sites()? {
            match Self::open_site(&data, code.clone(), &world) {
                Ok((site, mailbox)) => drop(sites.insert(site.id(), (site, mailbox))),
                Err(error) => broken.push((code, error)),
            }
        }
        Ok(Self {
            world,
            room: Semaphore::new(limits.requests_max),
            limits,
            metrics: Metrics::default(),
            data,
            sites: RwLock::new(sites),
            broken,
            closing: watch::Sender::new(false),
            paces: Mutex::default(),
        })
    }

    /// Makes a new site and opens it. `None` where the code is taken.
    ///
    /// # Errors
    ///
    /// As [`Site::found`] and [`Site::open`].
    pub fn found(&self, founding: &Founding) -> Result<Option<Arc<Site>>, log::Error> {
        let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        if self.data.site(&founding.code).exists() {
            return Ok(None);
        }
        Site::found(&self.data, founding, &*self.world)?;
        let (site, mailbox) = Self::open_site(&self.data, founding.code.clone(), &self.world)?;
        sites.insert(site.id(), (Arc::clone(&site), mailbox));
        Ok(Some(site))
    }

    /// The data folder.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// One site; `None` where there is no such site.
    pub fn site(&self, id: SiteId) -> Option<Arc<Site>> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        sites.get(&id).map(|(site, _)| Arc::clone(site))
    }

    /// The way to the desk of `site`.
    ///
    /// # Errors
    ///
    /// [`ApiError::NotFound`] when the site is not this relay's.
    pub fn mailbox(&self, site: &Site) -> Result<Mailbox, ApiError> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        sites
            .get(&site.id())
            .map(|(_, mailbox)| mailbox.clone())
            .ok_or(ApiError::NotFound)
    }

    fn open_site(
        data: &Data,
        code: SiteCode,
        world: &Arc<dyn World>,
    ) -> Result<(Arc<Site>, Mailbox), log::Error> {
        let (site, store) = Site::open(data, code)?;
        let site = Arc::new(site);
        let mailbox = desk::open(Arc::clone(&site), store, Arc::clone(world)).map_err(
            |refused| match refused {
                desk::Refused::Log(cause) => cause,
                desk::Refused::Document(cause) => cause.into(),
                other => Error::Storage(other.into()).into(),
            },
        )?;
        Ok((site, mailbox))
    }

    /// Tells connections that stay to end.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Ready when the relay shuts down.
    pub async fn closing(&self) {
        // The sender lives as long as `self`: this only fails when it is over.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    /// True when a device that was let in has been revoked since.
    ///
    /// # Errors
    ///
    /// [`ApiError::Internal`] when the disk fails.
    pub async fn is_revoked(&self, site: &Arc<Site>, id: DeviceId) -> Result<bool, ApiError> {
        let site = Arc::clone(site);
        let known = blocking(move || site.read(|tx| device::get(tx, id))).await?;
        Ok(known.is_none_or(|device| device.revoked_at.is_some()))
    }

    /// The sites that could not be opened, and why.
    pub fn broken(&self) -> &[(SiteCode, log::Error)] {
        &self.broken
    }

    /// The site with this code.
    pub fn site_by_code(&self, code: &SiteCode) -> Option<Arc<Site>> {
        self.sites().into_iter().find(|site| site.code() == code)
    }

    /// Every site, in order of their ids.
    pub fn sites(&self) -> Vec<Arc<Site>> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        sites.values().map(|(site, _)| Arc::clone(site)).collect()
    }

    /// Counts one sync of `device`.
    ///
    /// # Errors
    ///
    /// [`TryLater`] when it syncs more often than [`Rate::SYNC`].
    pub fn pace(&self, device: DeviceId) -> Result<(), TryLater> {
        self.paced(device, |pace, now| pace.syncs.take(Rate::SYNC, now))
    }

    /// Counts the work a message of `device` gives.
    ///
    /// # Errors
    ///
    /// [`TryLater`] when it is more than [`Rate::WORK`] has left.
    pub fn pace_work(&self, device: DeviceId, work: u32) -> Result<(), TryLater> {
        self.paced(device, |pace, now| {
            pace.work.take_many(work, Rate::WORK, now)
        })
    }

    fn paced<T>(&self, device: DeviceId, take: impl FnOnce(&mut Pace, Timestamp) -> T) -> T {
        let now = self.world.now();
        let mut paces = hold(&self.paces);
        if paces.len() >= BUCKETS_KEPT_MAX {
            paces.retain(|_, pace| !(pace.syncs.is_full(now) && pace.work.is_full(now)));
        }
        take(paces.entry(device).or_default(), now)
    }
}

/// Runs `work`, which blocks, beside the async threads.
///
/// # Errors
///
/// What `work` returns; [`Error::Storage`] when it panicked.
pub async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panic) => Err(Error::Storage(panic.into()).into()),
    }
}
