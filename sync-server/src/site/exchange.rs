//! What a device's frames are answered with, whatever carried them.
//!
//! **Invariant**: a device is answered from one state of the derived files,
//! and only with what its person's window holds.

mod compare;

use std::{collections::BTreeSet, sync::Arc};

use ronde_core::{
    Error,
    clock::World,
    model::{DeviceId, Epoch, PersonId, Roles, Timestamp},
    sync::PUSH_CHANGES_MAX,
    wire::{Cursor, Frame, Hello, Name, PROTOCOL, Page, Problem, Push, Verdicts, Welcome, Window},
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

/// What a frame that reads much weighs, in changes.
const READING: u32 = 50;

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
    /// The message pushes more changes than one message may.
    #[error("too many changes")]
    TooMuch,
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
    /// The roles it was told.
    roles: Option<Roles>,
}

impl Talk {
    /// What a page is made for next.
    pub const fn hello(&self) -> &Hello {
        &self.hello
    }

    fn moved(&mut self, current: &Current, page: &Page) {
        self.hello.cursor = page.cursor;
        self.hello.names = page.names_version;
        self.hello.window = current.window.version;
        self.roles = Some(current.roles.clone());
    }
}

fn says_nothing(page: &Page) -> bool {
    page.items.is_empty() && page.names.is_empty()
}

/// The work a message gives, in changes.
///
/// # Errors
///
/// [`NoAnswer::TooMuch`] past [`PUSH_CHANGES_MAX`] changes, or documents they
/// belong to: what is judged together is held in memory together.
pub fn work(frames: &[Frame]) -> Result<u32, NoAnswer> {
    let (mut documents, mut changes, mut reading) = (0, 0, 0_u32);
    for frame in frames {
        match frame {
            Frame::Push(push) => {
                documents += push.documents.len();
                changes += push
                    .documents
                    .iter()
                    .map(|it| it.changes.len())
                    .sum::<usize>();
            }
            _ => reading = reading.saturating_add(READING),
        }
    }
    let pushed = documents.max(changes);
    if pushed > PUSH_CHANGES_MAX {
        return Err(NoAnswer::TooMuch);
    }
    let pushed = u32::try_from(pushed).unwrap_or(u32::MAX);
    Ok(reading.saturating_add(pushed).max(1))
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
        if let Some(problem) = ahead(&speaker.site, &hello) {
            return Ok(vec![Frame::Problem(problem)]);
        }
        *talk = Some(Talk { hello, roles: None });
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
    let (site, person, asked, now) = (
        Arc::clone(&speaker.site),
        speaker.person,
        talk.clone(),
        world.now(),
    );
    let (welcome, of_page, current) = blocking(move || {
        let hello = &asked.hello;
        let current = current(&site, person, hello)?;
        // A connection that stays is told a new window without asking.
        let told = greeted || current.is_news_to(&asked);
        let welcome = told.then(|| current.welcome(hello, now));
        let of_page = match compared {
            Some(asked) => Some(compare::answer(&site, &current, asked)?),
            None if current.is_new_to(hello) => None,
            None => Some(Frame::Page(read_page(&site, &current, hello)?)),
        };
        Ok::<_, Error>((welcome, of_page, current))
    })
    .await?;
    let told = welcome.is_some();
    if let Some(welcome) = welcome {
        answers.insert(0, Frame::Welcome(welcome));
    }
    if let Some(frame) = of_page {
        // A quiet connection costs nothing: after a push, an empty page only
        // says that the cursor moved, which the next one says too.
        let quiet = match &frame {
            Frame::Page(page) => {
                talk.moved(&current, page);
                !told && pushed && says_nothing(page)
            }
            _ => false,
        };
        if !quiet {
            answers.push(frame);
        }
    }
    Ok(answers)
}

/// What a listening device is sent when the log has moved: nothing, a page, or
/// its new window and rights and a page.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub async fn news(
    speaker: &Speaker,
    world: &Arc<dyn World>,
    talk: &mut Option<Talk>,
) -> Result<Vec<Frame>, Error> {
    let Some(talk) = talk else {
        return Ok(Vec::new());
    };
    let (site, person, asked, now) = (
        Arc::clone(&speaker.site),
        speaker.person,
        talk.clone(),
        world.now(),
    );
    let (welcome, page, current) = blocking(move || {
        let hello = &asked.hello;
        let current = current(&site, person, hello)?;
        let told = current.is_news_to(&asked);
        let welcome = told.then(|| current.welcome(hello, now));
        // While it compares with a new life of the log, a page would be lost.
        let page = (!current.is_new_to(hello)).then(|| read_page(&site, &current, hello));
        Ok::<_, Error>((welcome, page.transpose()?, current))
    })
    .await?;
    let Some(page) = page else {
        return Ok(Vec::new());
    };
    talk.moved(&current, &page);
    let mut frames: Vec<_> = welcome.map(Frame::Welcome).into_iter().collect();
    if !frames.is_empty() || !says_nothing(&page) {
        frames.push(Frame::Page(page));
    }
    Ok(frames)
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
    roles: Roles,
    /// The hello's cursor, in terms of the window as it is now.
    cursor: Cursor,
}

impl Current {
    fn channels(&self) -> BTreeSet<String> {
        self.window.channels.iter().cloned().collect()
    }

    /// True when the device does not know its window or rights as they are.
    fn is_news_to(&self, talk: &Talk) -> bool {
        self.window.version != talk.hello.window || talk.roles.as_ref() != Some(&self.roles)
    }

    fn welcome(&self, hello: &Hello, now: Timestamp) -> Welcome {
        // A version of another life may name another set of channels.
        let changed = self.window.version != hello.window || self.is_new_to(hello);
        Welcome {
            protocol: PROTOCOL,
            epoch: self.epoch,
            head: self.head,
            window: changed.then(|| self.window.clone()),
            at: now,
            roles: Some(self.roles.clone()),
        }
    }

    /// True when the device has read from another life of the log.
    fn is_new_to(&self, hello: &Hello) -> bool {
        hello.epoch.is_some_and(|epoch| epoch != self.epoch)
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
    let cursor = if hello.window == version {
        hello.cursor
    } else {
        site.write(|tx| feed::refilling(hello.cursor, hello.window, tx))?
    };
    Ok(Current {
        epoch: site.epoch(),
        head: site.head().seq,
        window: Window { version, channels },
        roles,
        cursor,
    })
}

fn read_page(site: &Site, current: &Current, hello: &Hello) -> Result<Page, Error> {
    // What another copy of the device's replica wrote under the same name is
    // news to it: nothing is held back then.
    let forked = site.read(|tx| device::is_forked(tx, hello.incarnation))?;
    let reader = Reader {
        own: (!forked).then_some(hello.incarnation),
        window: current.window.channels.clone(),
        page_bytes_max: usize::try_from(hello.page_bytes_max)
            .unwrap_or(PAGE_BYTES_MAX)
            .clamp(1, PAGE_BYTES_MAX),
    };
    let (mut page, names) = site.reading(|tx, log| {
        Ok((
            feed::page(tx, log, &reader, current.cursor)?,
            name::since(log, hello.names)?,
        ))
    })?;
    page.names_version = hello.names;
    // People without a role on this site learn nobody's name; they learn what
    // they missed when they get one.
    if !reader.window.is_empty() {
        let versions = names.iter().map(|name| name.version);
        page.names_version = versions.max().unwrap_or(hello.names);
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
            return Ok::<_, Error>(Some(owner));
        }
        let bound = site.write(|tx| device::bind(tx, incarnation, device, now))?;
        Ok(bound.then_some(device))
    })
    .await?;
    Ok((owner != Some(speaker.device)).then(|| Problem {
        code: "incarnation_taken".to_owned(),
        message: "this life of the replica belongs to another device: start a new one".to_owned(),
        retry_after_s: 0,
    }))
}

/// A device that has read more of this life of the log than there is of it: the
/// log has lost its end, and going on would use its places twice.
fn ahead(site: &Site, hello: &Hello) -> Option<Problem> {
    let head = site.head().seq;
    let ahead = hello.epoch == Some(site.epoch()) && hello.cursor.base() > head;
    ahead.then(|| {
        tracing::error!(
            site = %site.code(), head, cursor = hello.cursor.base(),
            "the log has lost its end: stop the relay and restore it with `restore`"
        );
        Problem {
            code: "cursor_ahead".to_owned(),
            message: "the relay has lost work it had acknowledged: its administrator must restore it; yours stays here"
                .to_owned(),
            retry_after_s: 0,
        }
    })
}

async fn judged(speaker: &Speaker, mailbox: &Mailbox, push: Push) -> Result<Frame, NoAnswer> {
    let batch = push.batch;
    let verdicts = mailbox.push(speaker.device, speaker.person, push).await?;
    Ok(Frame::Verdicts(Verdicts { batch, verdicts }))
}
