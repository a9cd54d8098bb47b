//! Makes secrets and tells whether one is right. It does not know whose they are.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The system gives no random bytes, or no memory to hash a password.
#[derive(Debug, thiserror::Error)]
#[error("no secret can be made: {0}")]
pub(crate) struct SecretError(String);

/// 256 random bits as text that needs no quoting in a URL or a shell.
pub(crate) fn random() -> Result<String, SecretError> {
    random_bytes::<32>().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

/// The public half of an API key.
pub(crate) fn random_name() -> Result<String, SecretError> {
    random_bytes::<12>().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A password that can be read aloud: 125 bits without letters that look alike.
pub(crate) fn random_password() -> Result<String, SecretError> {
    let letter = |byte: u8| LETTERS.get(usize::from(byte) % LETTERS.len()).copied();
    let letters = random_bytes::<25>()?.into_iter().filter_map(letter);
    Ok(letters.map(char::from).collect())
}

/// Argon2id with a random salt. Takes tens of milliseconds and 19 MiB on purpose.
pub(crate) fn hash_password(password: &str) -> Result<String, SecretError> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|cause| SecretError(cause.to_string()))?;
    Ok(hash.to_string())
}

/// Whether `password` made `hash`; as slow as [`hash_password`]. Without a hash it takes the same
/// time to say no, so that the time does not tell which users there are.
pub(crate) fn is_password(password: &str, hash: Option<&str>) -> bool {
    let verified = PasswordHash::new(hash.unwrap_or(NOBODYS))
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
    hash.is_some() && verified
}

/// SHA-256, for secrets of 256 random bits. Comparing such hashes byte by byte is safe: who does
/// not have the secret cannot steer its hash.
pub(crate) fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn random_bytes<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|cause| SecretError(cause.to_string()))?;
    Ok(bytes)
}

/// 32 of them, so that a byte chooses evenly.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
/// A hash as [`hash_password`] makes them, of a password that nobody knows.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2x1aWNlc2x1aWNlc2x1aQ$\
                       q3mV0JbqS3ZJ0yYcC1H8o3b4cJ6sQm8cN0sY5mV7x9A";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(is_password("correct horse", Some(&hash)));
        assert!(!is_password("wrong horse", Some(&hash)));
        assert!(!is_password("correct horse", Some("no hash")));
        assert!(!is_password("correct horse", None));
        assert_ne!(hash, hash_password("correct horse").unwrap());
    }

    #[test]
    fn the_hash_of_nobody_costs_as_much_as_one_of_somebody() {
        assert!(PasswordHash::new(NOBODYS).is_ok());
    }

    #[test]
    fn secrets_differ_and_need_no_quoting() {
        for make in [random, random_name, random_password] {
            let (one, other) = (make().unwrap(), make().unwrap());
            assert_ne!(one, other);
            assert!(one.len() >= 24);
            assert!(one.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it)));
        }
    }
}
