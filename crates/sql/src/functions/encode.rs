//! Digests, Base64 and JSON. It does not know compression.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use sluice_value::{TEXT_BYTES_MAX, Value};

use crate::functions::argument::{any, bytes, text};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "md5",
        ONE,
        "The MD5 digest in hexadecimal.",
        ("md5('hello')", "\"5d41402abc4b2a76b9719d911017c592\""),
        |_, args| Ok(hex(&Md5::digest(bytes(args, 0)?))),
    ),
    Function::pure(
        "sha",
        ONE,
        "The SHA-1 digest in hexadecimal.",
        ("sha('hello')", "\"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d\""),
        |_, args| Ok(hex(&Sha1::digest(bytes(args, 0)?))),
    ),
    Function::pure(
        "sha256",
        ONE,
        "The SHA-256 digest in hexadecimal.",
        ("sha256('hello')", "\"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\""),
        |_, args| Ok(hex(&Sha256::digest(bytes(args, 0)?))),
    ),
    Function::pure(
        "hash",
        Arity::exactly(2),
        "The digest by name: md5, sha, sha1, sha224, sha256, sha384, sha512.",
        ("hash('sha1', 'hello')", "\"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d\""),
        hash,
    ),
    Function::pure(
        "base64_encode",
        Arity::between(1, 3),
        "Base64 text; options `no_padding`, `urlsafe`.",
        ("base64_encode('hi', 'no_padding')", "\"aGk\""),
        base64_encode,
    ),
    Function::pure(
        "base64_decode",
        Arity::between(1, 3),
        "Bytes from Base64 text; options `no_padding`, `urlsafe`.",
        ("base64_decode('aGk=')", "\"hi\""),
        base64_decode,
    ),
    Function::pure(
        "json_encode",
        ONE,
        "The value as JSON text.",
        ("json_encode([1, 'a'])", r#""[1,\"a\"]""#),
        json_encode,
    ),
    Function::pure(
        "json_decode",
        ONE,
        "The value of JSON text.",
        ("json_decode('{\"a\": [1]}')", r#"{"a":[1]}"#),
        |_, args| {
            Value::from_json(bytes(args, 0)?).map_err(|error| FunctionError::new(error.to_string()))
        },
    ),
];

const ONE: Arity = Arity::exactly(1);

fn json_encode(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let mut out = Vec::new();
    any(args, 0).write_json_within(TEXT_BYTES_MAX, &mut out)?;
    Ok(Value::from(out))
}

fn hash(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let source = bytes(args, 1)?;
    match text(args, 0)? {
        "md5" => Ok(hex(&Md5::digest(source))),
        "sha" | "sha1" => Ok(hex(&Sha1::digest(source))),
        "sha224" => Ok(hex(&Sha224::digest(source))),
        "sha256" => Ok(hex(&Sha256::digest(source))),
        "sha384" => Ok(hex(&Sha384::digest(source))),
        "sha512" => Ok(hex(&Sha512::digest(source))),
        other => Err(FunctionError::new(format!("there is no digest `{other}`"))),
    }
}

fn hex(digest: &[u8]) -> Value {
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    Value::from(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect::<String>())
}

fn base64_encode(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    Ok(Value::from(engine(args)?.encode(bytes(args, 0)?)))
}

fn base64_decode(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let source = bytes(args, 0)?.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    let decoded = engine(args)?.decode(source.collect::<Vec<u8>>());
    decoded.map(Value::from).map_err(|error| FunctionError::new(format!("not Base64: {error}")))
}

fn engine(args: &[Value]) -> Result<GeneralPurpose, FunctionError> {
    let (mut alphabet, mut padding) = (&STANDARD, true);
    for at in 1..args.len() {
        match text(args, at)? {
            "urlsafe" => alphabet = &URL_SAFE,
            "no_padding" => padding = false,
            other => return Err(FunctionError::new(format!("there is no option `{other}`"))),
        }
    }
    let mode =
        if padding { DecodePaddingMode::RequireCanonical } else { DecodePaddingMode::Indifferent };
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(padding)
        .with_decode_padding_mode(mode)
        .with_decode_allow_trailing_bits(true);
    Ok(GeneralPurpose::new(alphabet, config))
}
