//! Why a change was not merged.
//!
//! **Invariant**: a code, once released, keeps its name and meaning: verdicts
//! are stored and translated by it. No detail carries what a person typed.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident => $name:literal, $says:literal;)*) => {
        /// The reasons, each with a stable name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum RefusalCode {
            $($(#[$doc])* $code,)*
        }

        impl RefusalCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The name in JSON, SQL and translations.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }

            const fn says(self) -> &'static str {
                match self {
                    $(Self::$code => $says,)*
                }
            }
        }
    };
}

codes! {
    /// More bytes than a change may have.
    Oversized => "oversized", "the change is too large";
    /// A compressed change: its true size cannot be known before inflating.
    Compressed => "compressed", "compressed changes are not taken";
    /// A document or bundle chunk, or no chunk at all.
    NotAChange => "not_a_change", "this is not a single change";
    /// The bytes are not what was sent.
    Checksum => "checksum", "the checksum is wrong";
    /// The chunk cannot be read.
    Malformed => "malformed", "the change cannot be read";
    /// It does nothing.
    Empty => "empty", "the change does nothing";
    /// It does too much at once.
    TooManyOperations => "too_many_operations", "the change has too many operations";
    /// No dependency, too many, or not sorted.
    Dependencies => "dependencies", "the dependencies are missing, too many or not in order";
    /// An actor id that is not an incarnation.
    ActorLength => "actor_length", "an actor id has 16 bytes";
    /// A message longer than allowed.
    MessageLong => "message_long", "the message is too long";
    /// Bytes behind the operations, such as an author's name.
    ExtraBytes => "extra_bytes", "the change carries extra bytes";
    /// A time no honest clock shows.
    ImplausibleTime => "implausible_time", "the time is before 2000 or after 2200";
    /// Written in the name of another device.
    ForeignActor => "foreign_actor", "the change is written in another device's name";
    /// A sequence number too far.
    SequenceGap => "sequence_gap", "the sequence number does not follow the last one";
    /// An operation counter that does not follow from what its author had seen.
    StartOp => "start_op", "the operation counter does not follow from the dependencies";
    /// The device's own earlier change is not among the dependencies.
    OwnHistory => "own_history", "the change does not follow its own device's last one";
    /// An operation that no edit makes.
    ForbiddenOperation => "forbidden_operation", "the change has an operation that no edit makes";
    /// An entry whose key is not the hash of what it says.
    NotAnEntry => "not_an_entry", "an entry's key is not the hash of what it says";
    /// An entry about a key the kind does not have.
    UnknownField => "unknown_field", "the field is not known here";
    /// An entry whose value the schema refuses; the detail names the reason.
    InvalidValue => "invalid_value", "a value has the wrong type or is out of bounds";
    /// An entry in another person's name.
    ForeignPerson => "foreign_person", "an entry is written in another person's name";
    /// An entry that claims more weight than its author's roles give.
    Rank => "rank", "an entry claims a rank its author does not have";
    /// The roles do not allow it; the detail names the field group.
    NotPermitted => "not_permitted", "the author's roles do not allow this";
    /// The roles allow it on assigned orders only.
    NotAssigned => "not_assigned", "the order is not assigned to the author";
    /// A long text would grow past its limit.
    TextLong => "text_long", "the text would be too long";
    /// Characters that hide or reorder what a reader sees.
    TextCharacters => "text_characters", "the text has control or reordering characters";
    /// A text edit at a place its author cannot have seen.
    UnknownElement => "unknown_element", "the text edit is at a place that does not exist";
    /// The document's first change does not create it.
    NotCreated => "not_created", "the document's first change must create it";
    /// The document has as many operations as it may have.
    DocumentFull => "document_full", "the document has too many operations";
    /// A change it depends on was refused.
    DependsOnRefused => "depends_on_refused", "a change this one depends on was refused";
    /// Merging it would make the document unreadable.
    Unsound => "unsound", "the change cannot be merged safely";
}

/// Why one change was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// The stable reason.
    pub code: RefusalCode,
    /// What more can be said without quoting anybody.
    pub detail: Option<String>,
}

impl Refusal {
    /// A refusal that says where or how.
    pub fn because(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: Some(detail.into()),
        }
    }
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self { code, detail: None }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)?;
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}
