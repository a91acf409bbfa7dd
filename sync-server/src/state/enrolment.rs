//! Enrolment: from a one-time code to a device token.
//!
//! A code does not name its site, so it is tried at each; so is the limit on
//! wrong ones.
//!
//! **Invariant**: a try is counted before it is judged, so that many at once
//! guess no more than one after the other.

use std::sync::Arc;

use ronde_core::Error;

use super::Relay;
use crate::{
    data::SiteCode,
    rate::{Rate, TryLater},
    registry::code::{self, Applicant, Invitation},
    secret::{Code, Token},
    site::{Site, hold},
};

/// A device that was let in.
#[derive(Debug)]
pub struct Enrolled {
    /// Where.
    pub site: Arc<Site>,
    /// As whom.
    pub invitation: Invitation,
    /// Its key from now on.
    pub token: Token,
}

/// Why a device was not let in.
#[derive(Debug)]
pub enum Refused {
    /// Too many wrong codes of late.
    TooMany(TryLater),
    /// The code, or the device, is not in order.
    Code(code::Refused),
    /// The disk failed.
    Store(Error),
}

impl From<Error> for Refused {
    fn from(cause: Error) -> Self {
        Self::Store(cause)
    }
}

impl Relay {
    /// Lets `applicant` in with `code`, at `site` or wherever the code is from.
    /// Blocks.
    ///
    /// # Errors
    ///
    /// [`Refused`]; nothing was written then.
    pub fn enrol(
        &self,
        site: Option<&SiteCode>,
        code: &Code,
        applicant: &Applicant,
    ) -> Result<Enrolled, Refused> {
        let sites: Vec<_> = self
            .sites()
            .into_iter()
            .filter(|known| site.is_none_or(|code| known.code() == code))
            .collect();
        self.count_try(&sites)?;
        for site in &sites {
            let token = Token::fresh(&*self.world);
            let now = self.world.now();
            let answer = site.write(|tx| code::redeem(tx, code, applicant, &token, now))?;
            match answer {
                Err(code::Refused::Wrong) => {}
                Err(refused) => return Err(Refused::Code(refused)),
                Ok(invitation) => {
                    refund(&sites);
                    let site = Arc::clone(site);
                    return Ok(Enrolled {
                        site,
                        invitation,
                        token,
                    });
                }
            }
        }
        Err(Refused::Code(code::Refused::Wrong))
    }

    fn count_try(&self, sites: &[Arc<Site>]) -> Result<(), Refused> {
        let now = self.world.now();
        for (counted, site) in sites.iter().enumerate() {
            let taken = hold(&site.wrong_codes).take(Rate::WRONG_CODE, now);
            if let Err(later) = taken {
                refund(&sites[..counted]);
                return Err(Refused::TooMany(later));
            }
        }
        Ok(())
    }
}

fn refund(sites: &[Arc<Site>]) {
    for site in sites {
        hold(&site.wrong_codes).refund(Rate::WRONG_CODE);
    }
}
