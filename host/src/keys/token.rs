//! Tokens that open the management calls on one instance, and nothing else.
//!
//! A token is computed from the instance's id with a secret of the hub, so nothing is kept per instance, all hosts of
//! the hub agree, and links outlive restarts:
//!
//! ```text
//! token = hex( blake3 keyed with the secret over ( version byte ‖ instance id ) )
//! ```

use fnhost_protocol::ids::InstanceId;
use subtle::ConstantTimeEq;

/// Part of what is hashed: another way to make tokens gets another number, and both can be told apart.
const VERSION: u8 = 1;

/// Makes and checks the tokens of one hub.
#[derive(Clone)]
pub struct InstanceTokens {
    secret: [u8; 32],
}

impl InstanceTokens {
    /// With the secret of the hub.
    pub fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// The token of an instance: 64 hex digits.
    pub fn token(&self, id: &InstanceId) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        hasher.update(&[VERSION]).update(id.as_str().as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// Whether this is the token of that instance, found out in a time that does not tell how near it is.
    pub fn opens(&self, id: &InstanceId, presented: &str) -> bool {
        self.token(id).as_bytes().ct_eq(presented.as_bytes()).into()
    }
}

impl std::fmt::Debug for InstanceTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstanceTokens(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> InstanceId {
        InstanceId::parse(text).unwrap()
    }

    #[test]
    fn a_token_opens_its_instance_on_every_host_of_the_hub_and_no_other() {
        let here = InstanceTokens::new([7; 32]);
        let (there, elsewhere) = (InstanceTokens::new([7; 32]), InstanceTokens::new([8; 32]));
        let token = here.token(&id("order-1"));
        assert!(there.opens(&id("order-1"), &token));
        for other in ["order-2", "Order-1", "order-", "order-1 "] {
            assert!(!there.opens(&id(other), &token), "{other}");
        }
        assert!(!elsewhere.opens(&id("order-1"), &token));
        for wrong in ["", &token[1..], &token.to_uppercase(), &format!("{token}0")] {
            assert!(!here.opens(&id("order-1"), wrong), "{wrong}");
        }
    }

    #[test]
    fn tokens_never_change() {
        // Links are kept by callers: a change here breaks all that were given out.
        let token = InstanceTokens::new([7; 32]).token(&id("order-1"));
        assert_eq!(token, "8ff8f55d5239b78b2e57fce6f9bdf08a4d0817b068e1df629ce9a51567d124ea");
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", InstanceTokens::new([7; 32])), "InstanceTokens(***)");
    }
}
