//! How far a device has read.
//!
//! **Invariant**: a cursor never passes what its device has not seen. Within a
//! catch-up the base stays where it was, so a document that changes meanwhile
//! is sent again from the base, never skipped.

use minicbor::{Decode, Encode};

use crate::model::DocumentId;

/// A place in the feed of one window of one life of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Cursor {
    /// Nothing read yet.
    #[default]
    #[n(0)]
    Start,
    /// Filling a new window, stage by stage: stage 0 tells what leaves, stage
    /// n sends the nth channel that the old window did not have.
    #[n(1)]
    Filling {
        /// Position from which the usual feed goes on afterwards.
        #[n(0)]
        base: u64,
        /// The window the device held at the base, all of it; 0 for none.
        #[n(1)]
        from_window: u64,
        /// The stage in progress.
        #[n(2)]
        stage: u16,
        /// The last document sent in this stage.
        #[n(3)]
        after: Option<DocumentId>,
        /// Documents sent so far.
        #[n(4)]
        done: u32,
        /// Channels of which the device may hold anything, because the filling
        /// of another window was broken off; 0 for none.
        #[n(5)]
        unsure_window: u64,
    },
    /// Catching up: documents whose last move lies after the base, in the order
    /// of that move, each with all it has new since the base.
    #[n(2)]
    Catching {
        /// Everything up to here was seen.
        #[n(0)]
        base: u64,
        /// Documents with a last move up to here were sent.
        #[n(1)]
        sent: u64,
        /// Documents sent so far.
        #[n(2)]
        done: u32,
        /// At the end of a filling, the window that was held at the base (0 for
        /// none): what else the window has may have been missed on its way.
        #[n(3)]
        filled_from: Option<u64>,
    },
    /// Everything up to here was seen.
    #[n(3)]
    At(#[n(0)] u64),
}

impl Cursor {
    /// The position up to which everything was surely seen.
    pub const fn base(self) -> u64 {
        match self {
            Self::Start => 0,
            Self::Filling { base, .. } | Self::Catching { base, .. } | Self::At(base) => base,
        }
    }
}
