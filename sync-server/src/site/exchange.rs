//! What a device's frames are answered with, whatever carried them.
//!
//! **Invariant**: a device is answered from one state of the derived files,
//! and only with what its person's window holds.

mod compare;

use std::{collections::BTreeSet, sync::Arc};

use ronde_core::{
    Error,
    clock::World,
    model::{DeviceId, Epoch, PersonId},
    wire::{Frame, Hello, Name, PROTOCOL, Page, Problem, Push, Verdicts, Welcome, Window},
};

use super::{
    Site, channel,
    desk::{Mailbox, Refused},
    feed::{self, Reader},
};
use crate::{
    registry::{device, name, window},
    state::blocking,
};

/// Most bytes of one page, whatever the device asks for.
const PAGE_BYTES_MAX: usize = 4 << 20;

/// Who speaks.
#[derive(Clone, Debug)]
pub struct Speaker {
    /// The site.
    pub site: Arc<Site>,
    /// The device.
    pub device: DeviceId,
    /// Who uses it.
    pub person: PersonId,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The frames are not what the protocol says.
    #[error("{0}")]
    Protocol(&'static str),
    /// The device speaks an older protocol than this relay still knows.
    #[error("the protocol is too old")]
    Version,
    /// The desk or the disk could not.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl From<Error> for NoAnswer {
    fn from(cause: Error) -> Self {
        Self::Refused(cause.into())
    }
}

/// What the relay remembers of a device between its messages: on a connection
/// that stays, the last hello with the cursor moved on.
#[derive(Clone, Debug)]
pub struct Talk {
    hello: Hello,
}

impl Talk {
    /// What a page is made for next.
    pub const fn hello(&self) -> &Hello {
        &self.hello
    }
}

/// Answers one message.
///
/// `talk` is what an earlier message on the same connection left; a single
/// request has none and must begin with a hello.
///
/// # Errors
///
/// See [`NoAnswer`].
pub async fn answer(
    speaker: &Speaker,
    mailbox: &Mailbox,
    world: &Arc<dyn World>,
    talk: &mut Option<Talk>,
    frames: Vec<Frame>,
) -> Result<Vec<Frame>, NoAnswer> {
    let mut frames = frames.into_iter().peekable();
    let mut answers = Vec::new();
    let greeted = if let Some(Frame::Hello(_)) = frames.peek() {
        let Some(Frame::Hello(hello)) = frames.next() else {
            return Err(NoAnswer::Protocol("no hello"));
        };
        if hello.protocol < PROTOCOL {
            return Err(NoAnswer::Version);
        }
        if let Some(problem) = recognise(speaker, world, &hello).await? {
            return Ok(vec![Frame::Problem(problem)]);
        }
        *talk = Some(Talk { hello });
        true
    } else {
        false
    };
    let Some(talk) = talk else {
        return Err(NoAnswer::Protocol("a message begins with a hello"));
    };
    let mut compared = None;
    let mut pushed = false;
    for frame in frames {
        match frame {
            Frame::Push(push) => {
                pushed = true;
                answers.push(judged(speaker, mailbox, push).await?);
            }
            Frame::Sums(sums) => compared = Some(Asked::Sums(sums.0)),
            Frame::Holdings(holdings) => compared = Some(Asked::Holdings(holdings)),
            _ => return Err(NoAnswer::Protocol("a frame only relays send")),
        }
    }
    let (site, person, hello, now) = (
        Arc::clone(&speaker.site),
        speaker.person,
        talk.hello.clone(),
        world.now(),
    );
    let answered = blocking(move || {
        let current = current(&site, person, &hello)?;
        let welcome = greeted.then(|| current.welcome(&site, &hello, now));
        let of_page = match compared {
            Some(asked) => Some(compare::answer(&site, &current, asked)?),
            None if hello.epoch.is_some_and(|epoch| epoch != current.epoch) => None,
            None => Some(Frame::Page(read_page(&site, &current, &hello)?)),
        };
        Ok::<_, Error>((welcome, of_page, current.window))
    })
    .await?;
    let (welcome, of_page, window) = answered;
    if let Some(welcome) = welcome {
        answers.insert(0, Frame::Welcome(welcome));
    }
    if let Some(frame) = of_page {
        if let Frame::Page(page) = &frame {
            talk.hello.cursor = page.cursor;
            talk.hello.names = page.names_version;
            talk.hello.window = window.version;
        }
        // A quiet connection costs nothing: after a push, an empty page only
        // says that the cursor moved, which the next one says too.
        let says_nothing =
            matches!(&frame, Frame::Page(page) if page.items.is_empty() && page.names.is_empty());
        if greeted || !(pushed && says_nothing) {
            answers.push(frame);
        }
    }
    Ok(answers)
}

/// The page a listening device is sent when the log has moved; `None` when
/// there is nothing for it.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub async fn news(speaker: &Speaker, talk: &mut Option<Talk>) -> Result<Option<Page>, Error> {
    let Some(talk) = talk else {
        return Ok(None);
    };
    let (site, person, hello) = (
        Arc::clone(&speaker.site),
        speaker.person,
        talk.hello.clone(),
    );
    let (page, changed) = blocking(move || {
        let current = current(&site, person, &hello)?;
        let changed = current.window.version != hello.window;
        Ok::<_, Error>((read_page(&site, &current, &hello)?, changed))
    })
    .await?;
    if changed {
        // A new window is told in a welcome: the device has to ask.
        return Ok(None);
    }
    talk.hello.cursor = page.cursor;
    talk.hello.names = page.names_version;
    let says_nothing = page.items.is_empty() && page.names.is_empty();
    Ok((!says_nothing).then_some(page))
}

/// What a device wants to compare.
enum Asked {
    Sums(Vec<ronde_core::wire::Digest>),
    Holdings(ronde_core::wire::Holdings),
}

/// What holds for the speaker now.
struct Current {
    epoch: Epoch,
    head: u64,
    window: Window,
    roles: ronde_core::model::Roles,
    before: Option<BTreeSet<String>>,
}

impl Current {
    fn channels(&self) -> BTreeSet<String> {
        self.window.channels.iter().cloned().collect()
    }

    fn welcome(&self, _: &Site, hello: &Hello, now: ronde_core::model::Timestamp) -> Welcome {
        let changed = self.window.version != hello.window;
        Welcome {
            protocol: PROTOCOL,
            epoch: self.epoch,
            head: self.head,
            window: changed.then(|| self.window.clone()),
            at: now,
            roles: changed.then(|| self.roles.clone()),
        }
    }
}

fn current(site: &Site, person: PersonId, hello: &Hello) -> Result<Current, Error> {
    let roles = site.reading(|tx, _| Site::roles_in(tx, person))?;
    let channels = channel::window(person, &roles);
    let set: BTreeSet<String> = channels.iter().cloned().collect();
    // A window nobody has held yet is written down; every other one is read.
    let version = match site.read(|tx| window::find(tx, &set))? {
        Some(version) => version,
        None => site.write(|tx| window::version(tx, &set))?,
    };
    let before = match hello.window {
        0 => None,
        same if same == version => None,
        other => Some(
            site.read(|tx| window::channels(tx, other))?
                .unwrap_or_default(),
        ),
    };
    let head = site.head();
    Ok(Current {
        epoch: site.epoch(),
        head: head.seq,
        window: Window { version, channels },
        roles,
        before,
    })
}

fn read_page(site: &Site, current: &Current, hello: &Hello) -> Result<Page, Error> {
    let reader = Reader {
        incarnation: hello.incarnation,
        window: current.window.channels.clone(),
        before: current.before.clone(),
        before_version: hello.window,
        page_bytes_max: usize::try_from(hello.page_bytes_max)
            .unwrap_or(PAGE_BYTES_MAX)
            .min(PAGE_BYTES_MAX),
    };
    let (mut page, names) = site.reading(|tx, log| {
        Ok((
            feed::page(tx, log, &reader, hello.cursor)?,
            name::since(log, hello.names)?,
        ))
    })?;
    page.names_version = names
        .iter()
        .map(|name| name.version)
        .max()
        .unwrap_or(hello.names);
    // People without a role on this site learn nobody's name.
    if !reader.window.is_empty() {
        page.names = names
            .into_iter()
            .map(|it| Name {
                person: it.person,
                name: it.name,
            })
            .collect();
    }
    Ok(page)
}

/// Binds the incarnation to the device, the first time it is seen.
async fn recognise(
    speaker: &Speaker,
    world: &Arc<dyn World>,
    hello: &Hello,
) -> Result<Option<Problem>, NoAnswer> {
    let (site, device, incarnation, now) = (
        Arc::clone(&speaker.site),
        speaker.device,
        hello.incarnation,
        world.now(),
    );
    let owner = blocking(move || {
        if let Some(owner) = site.read(|tx| device::of_incarnation(tx, incarnation))? {
            return Ok::<_, Error>(owner);
        }
        site.write(|tx| device::bind(tx, incarnation, device, now))?;
        Ok(device)
    })
    .await?;
    Ok((owner != speaker.device).then(|| Problem {
        code: "incarnation_taken".to_owned(),
        message: "this life of the replica belongs to another device: start a new one".to_owned(),
        retry_after_s: 0,
    }))
}

async fn judged(speaker: &Speaker, mailbox: &Mailbox, push: Push) -> Result<Frame, NoAnswer> {
    let batch = push.batch;
    let verdicts = mailbox.push(speaker.device, speaker.person, push).await?;
    Ok(Frame::Verdicts(Verdicts { batch, verdicts }))
}
