//! Any document as what its kind makes of it.
//!
//! **Invariant**: the kind stands outside; a record is never guessed from its
//! fields.

use super::{
    Conflict, Document, Life, checklist::Checklist, equipment::Equipment, execution::Execution,
    part::Part, person::Person, plan::Plan, plan_execution::PlanExecution, site::Site,
    stock_movement::StockMovement, work_order::WorkOrder,
};
use crate::{error::Error, model::Kind};

macro_rules! record {
    ($($kind:ident($title:expr)),* $(,)?) => {
        /// A document of any kind, read.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "each variant is the kind of its name")]
        pub enum Record {
            $($kind(Box<$kind>),)*
        }

        impl Record {
            /// Folds the document's entries into what counts now.
            ///
            /// # Errors
            ///
            /// [`Error::Malformed`] when the document was never created, or
            /// this program cannot read its kind.
            pub fn read(document: &Document) -> Result<Self, Error> {
                match document.kind() {
                    $(Kind::$kind => $kind::read(document).map(|it| Self::$kind(Box::new(it))),)*
                    _ => Err(Error::Malformed("kind")),
                }
            }

            /// The kind of the document.
            pub const fn kind(&self) -> Kind {
                match self {
                    $(Self::$kind(_) => Kind::$kind,)*
                }
            }

            /// The part all documents have in common.
            pub const fn life(&self) -> &Life {
                match self {
                    $(Self::$kind(it) => &it.life,)*
                }
            }

            /// The record as JSON, as views keep it.
            ///
            /// # Errors
            ///
            /// [`Error::Malformed`] when it cannot be written as JSON.
            pub fn to_json(&self) -> Result<String, Error> {
                let json = match self {
                    $(Self::$kind(it) => serde_json::to_string(it),)*
                };
                json.map_err(|_| Error::Malformed("record"))
            }

            /// What a list shows; empty where the kind has no words of its own
            /// (names of people are not in documents).
            pub fn title(&self) -> &str {
                match self {
                    $(Self::$kind(it) => {
                        let title: fn(&$kind) -> &str = $title;
                        title(it)
                    })*
                }
            }
        }
    };
}

record! {
    Site(|it| &it.name),
    Person(|_| ""),
    Equipment(|it| &it.name),
    Plan(|it| &it.name),
    PlanExecution(|it| &it.occurrence),
    Checklist(|it| &it.name),
    Execution(|_| ""),
    WorkOrder(|it| &it.title),
    Part(|it| &it.name),
    StockMovement(|it| it.posted.reason.as_deref().unwrap_or("")),
}

impl Record {
    /// What somebody should look at.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.life().conflicts
    }
}
