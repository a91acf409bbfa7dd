//! Enrolment codes and device tokens: made here, shown once, kept as hashes.
//!
//! **Invariant**: neither is ever stored, logged or printed by `Debug`.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use ronde_core::{clock::World, error::Invalid};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What is stored of a secret.
#[derive(Clone, Copy)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    /// True when both are the same, in a time that does not tell where not.
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// A device's key to its site: 256 random bits.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    const PREFIX: &'static str = "ronde_";

    /// A fresh token.
    pub fn fresh(world: &dyn World) -> Self {
        let mut bytes = [0; 32];
        world.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a token as a device sends it; `None` where it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(Self::PREFIX)?;
        let bytes = BASE32_NOPAD.decode(digits.to_ascii_uppercase().as_bytes());
        bytes.ok()?.try_into().ok().map(Self)
    }

    /// The text a device keeps: the only way to see it.
    pub fn reveal(&self) -> String {
        let digits = BASE32_NOPAD.encode(&self.0).to_ascii_lowercase();
        format!("{}{digits}", Self::PREFIX)
    }

    /// What is stored of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A one-time enrolment code: 60 random bits that a person can type.
#[derive(Clone)]
pub struct Code([u8; Code::DIGITS]);

impl Code {
    const DIGITS: usize = 12;
    const GROUP: usize = 4;
    /// Crockford's digits: no I, L, O, U.
    const ALPHABET: &'static [u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// A fresh code.
    pub fn fresh(world: &dyn World) -> Self {
        let mut digits = [0; Self::DIGITS];
        world.fill(&mut digits);
        // 256 is a multiple of 32: every digit is equally likely.
        Self(digits.map(|byte| Self::ALPHABET[usize::from(byte % 32)]))
    }

    /// Reads what somebody typed: any case, any grouping, look-alikes allowed.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with code `code_form`; the message does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("code_form", "a code has 12 letters and digits");
        let digits = text
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .map(|c| match c.to_ascii_uppercase() {
                'O' => Some(b'0'),
                'I' | 'L' => Some(b'1'),
                c => u8::try_from(c).ok().filter(|b| Self::ALPHABET.contains(b)),
            })
            .collect::<Option<Vec<u8>>>();
        let digits = digits.ok_or_else(invalid)?;
        Ok(Self(digits.try_into().map_err(|_| invalid())?))
    }

    /// The code in groups of four: the only way to see it.
    pub fn reveal(&self) -> String {
        let groups = self.0.chunks(Self::GROUP);
        let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
        groups.join("-")
    }

    /// What is stored of it.
    pub fn hash(&self) -> SecretHash {
        let hash = Sha256::new_with_prefix("ronde enrolment code");
        SecretHash(hash.chain_update(self.0).finalize().into())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::TestWorld;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is_one() {
        let token = Token::fresh(&TestWorld::new(1));
        let text = token.reveal();

        assert!(Token::parse(&text).unwrap().hash().is(&token.hash()));
        assert_eq!(text.len(), 58);
        for wrong in ["", "ronde_", &text[1..], &text[..57], "Bearer", "ronde_é"] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
        let other = Token::fresh(&TestWorld::new(2));
        assert!(!other.hash().is(&token.hash()));
    }

    #[test]
    fn a_code_survives_being_typed() {
        let code = Code(*b"K7QF01AB9P1T");

        for typed in ["K7QF-01AB-9P1T", "k7qf o1ab 9plt", "K7QFOIAB9PLT"] {
            assert!(
                Code::parse(typed).unwrap().hash().is(&code.hash()),
                "{typed}"
            );
        }
        assert_eq!(code.reveal(), "K7QF-01AB-9P1T");
        for wrong in [
            "",
            "K7QF",
            "K7QF-01AB-9P1TX",
            "K7QF-01AB-9P1U",
            "K7QF-01AB-9P1é",
        ] {
            assert!(Code::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let world = TestWorld::new(1);
        let (token, code) = (Token::fresh(&world), Code::fresh(&world));

        let shown = format!("{token:?} {code:?} {:?}", token.hash());

        assert_eq!(shown, "Token(…) Code(…) SecretHash(…)");
    }
}
