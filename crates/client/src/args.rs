//! The flags that `pub` and `sub` share, named as mosquitto's clients name them, turned into
//! [`ConnectOptions`]. It does not know how a connection is made.

mod property;
mod url;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use clap::{ArgAction, Args};
use sluice_mqtt::{QoS, Version};

pub(crate) use property::{PacketProperties, PropertyError};

use crate::ClientError;
use crate::options::{ConnectOptions, WillOptions};
use url::BrokerUrl;

/// Where to connect and as whom.
#[derive(Args, Clone, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of the command line")]
pub struct ConnectArgs {
    /// Print this help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Host to connect to
    #[arg(short = 'h', long, default_value = "localhost")]
    host: String,
    /// Port to connect to
    #[arg(short, long, default_value_t = 1883)]
    port: u16,
    /// Host, port, user, password and topic at once:
    /// `mqtt://[user[:password]@]host[:port]/topic`
    #[arg(short = 'L', long, value_name = "URL", value_parser = BrokerUrl::parse,
          conflicts_with_all = ["host", "port"])]
    url: Option<BrokerUrl>,
    /// Client identifier; left out, one is made up (the server's choice with MQTT 5)
    #[arg(short, long, allow_hyphen_values = true)]
    id: Option<String>,
    /// Client identifier is this followed by the process id
    #[arg(short = 'I', long, value_name = "PREFIX", conflicts_with = "id")]
    id_prefix: Option<String>,
    /// User name
    #[arg(short, long)]
    username: Option<String>,
    /// Password
    #[arg(short = 'P', long = "pw", value_name = "PASSWORD", allow_hyphen_values = true)]
    password: Option<String>,
    /// Protocol version: 5, 311, 31, mqttv5, mqttv311 or mqttv31 [default: 311, with -D 5]
    #[arg(short = 'V', long, value_name = "VERSION", value_parser = parse_version)]
    protocol_version: Option<Version>,
    /// Keep alive in seconds
    #[arg(short, long, default_value_t = 60)]
    keepalive: u16,
    /// Keep the session after disconnecting (clean session or clean start off)
    #[arg(short = 'c', long)]
    disable_clean_session: bool,
    /// MQTT 5: seconds until the session expires; -1 for never [default: never with -c, else 0]
    #[arg(short = 'x', long, value_name = "SECONDS", value_parser = parse_expiry,
          allow_hyphen_values = true)]
    session_expiry_interval: Option<u32>,
    /// Topic of the will message
    #[arg(long, value_name = "TOPIC")]
    will_topic: Option<String>,
    /// Payload of the will message
    #[arg(long, value_name = "PAYLOAD", requires = "will_topic", allow_hyphen_values = true)]
    will_payload: Option<OsString>,
    /// QoS of the will message
    #[arg(long, value_name = "QOS", value_parser = parse_qos, requires = "will_topic")]
    will_qos: Option<QoS>,
    /// Retain the will message
    #[arg(long, requires = "will_topic")]
    will_retain: bool,
    /// MQTT 5 property: PACKET NAME VALUE, or PACKET user-property NAME VALUE; may be repeated
    #[arg(short = 'D', long = "property", value_names = ["PACKET", "NAME", "VALUE"],
          num_args = 3..=4)]
    properties: Vec<String>,
    /// Tell on standard error what is sent and received
    #[arg(short, long)]
    debug: bool,
    /// Print no run-time errors
    #[arg(long)]
    quiet: bool,
    /// Accepted for mosquitto's sake: Nagle's algorithm is always off
    #[arg(long)]
    nodelay: bool,
}

/// What a command needs of [`ConnectArgs`].
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// From the URL.
    pub(crate) topic: Option<String>,
    pub(crate) options: ConnectOptions,
    /// Those of packets other than CONNECT.
    pub(crate) properties: PacketProperties,
}

impl ConnectArgs {
    /// Whether to tell what is sent and received.
    pub(crate) fn is_debug(&self) -> bool {
        self.debug
    }

    /// Whether errors at run time stay untold.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Checks what the flags cannot check one by one. `unique` makes up a client identifier.
    pub(crate) fn target(&self, unique: &str) -> Result<Target, ClientError> {
        let properties = PacketProperties::parse(&self.properties)?;
        let default = if self.properties.is_empty() { Version::V3_1_1 } else { Version::V5 };
        let version = self.protocol_version.unwrap_or(default);
        if version != Version::V5 && !self.properties.is_empty() {
            return Err(ClientError::usage("-D needs MQTT 5 (-V 5)"));
        }
        let url = self.url.as_ref();
        let username = self.username.clone().or_else(|| url.and_then(|url| url.username.clone()));
        let password = self.password.clone().or_else(|| url.and_then(|url| url.password.clone()));
        if password.is_some() && username.is_none() && version != Version::V5 {
            return Err(ClientError::usage("-P needs -u before MQTT 5"));
        }
        let options = ConnectOptions {
            version,
            client_id: self.client_id(version, unique)?,
            clean_start: !self.disable_clean_session,
            keep_alive: self.keepalive,
            username,
            password: password.map(String::into_bytes),
            will: self.will(&properties),
            session_expiry: self.session_expiry(version),
            properties: properties.connect.clone(),
        };
        Ok(Target {
            host: url.map_or_else(|| self.host.clone(), |url| url.host.clone()),
            port: url.map_or(self.port, |url| url.port),
            topic: url.and_then(|url| url.topic.clone()),
            options,
            properties,
        })
    }

    fn client_id(&self, version: Version, unique: &str) -> Result<String, ClientError> {
        let named = match (&self.id, &self.id_prefix) {
            (Some(id), _) => Some(id.clone()),
            (None, Some(prefix)) => Some(format!("{prefix}{}", std::process::id())),
            (None, None) => None,
        };
        match named {
            Some(id) => Ok(id),
            // Nobody could ever resume it.
            None if self.disable_clean_session => {
                Err(ClientError::usage("-c needs a client identifier (-i)"))
            }
            None if version == Version::V5 => Ok(String::new()),
            // 23 bytes: the longest that every 3.1 server accepts [MQTT3-3.1.3-5].
            None => Ok(format!("sluice-{unique}")),
        }
    }

    fn session_expiry(&self, version: Version) -> Option<u32> {
        if version != Version::V5 {
            return None;
        }
        let kept = self.disable_clean_session.then_some(u32::MAX);
        self.session_expiry_interval.or(kept)
    }

    fn will(&self, properties: &PacketProperties) -> Option<WillOptions> {
        let topic = self.will_topic.clone()?;
        Some(WillOptions {
            topic,
            payload: self
                .will_payload
                .as_deref()
                .map(OsStrExt::as_bytes)
                .unwrap_or_default()
                .into(),
            qos: self.will_qos.unwrap_or_default(),
            retain: self.will_retain,
            properties: properties.will.clone(),
        })
    }
}

/// `0`, `1` or `2`.
pub(crate) fn parse_qos(text: &str) -> Result<QoS, String> {
    match text {
        "0" => Ok(QoS::AtMostOnce),
        "1" => Ok(QoS::AtLeastOnce),
        "2" => Ok(QoS::ExactlyOnce),
        _ => Err("QoS is 0, 1 or 2".into()),
    }
}

/// As mosquitto's `-V`, and the numbers with dots.
pub(crate) fn parse_version(text: &str) -> Result<Version, String> {
    match text {
        "5" | "5.0" | "mqttv5" => Ok(Version::V5),
        "311" | "3.1.1" | "mqttv311" => Ok(Version::V3_1_1),
        "31" | "3.1" | "mqttv31" => Ok(Version::V3_1),
        _ => Err("the protocol version is 5, 311 or 31".into()),
    }
}

/// Seconds with an optional fraction, or a number with the unit `ms`, `s` or `m`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" => 60.0,
        _ => return Err("use ms, s or m".into()),
    };
    let number: f64 = number.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(number * scale).map_err(|cause| cause.to_string())
}

fn parse_expiry(text: &str) -> Result<u32, String> {
    match text {
        "-1" | "∞" => Ok(u32::MAX),
        _ => text.parse().map_err(|_| "seconds from 0 to 4294967295, or -1".into()),
    }
}

#[cfg(test)]
mod tests;
