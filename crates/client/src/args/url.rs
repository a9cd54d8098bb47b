//! `mqtt://[user[:password]@]host[:port]/topic`, as `-L` takes it. It does not know what is done
//! there.

/// Where a URL leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokerUrl {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<String>,
    /// Everything behind the first slash; `None` when that is nothing.
    pub(crate) topic: Option<String>,
}

impl BrokerUrl {
    /// User and password are taken as they stand, as mosquitto does: nothing is percent-decoded.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let rest = match text.split_once("://") {
            Some(("mqtt", rest)) => rest,
            Some(("mqtts", _)) => return Err("TLS is not supported yet; use mqtt://".into()),
            Some(_) | None => return Err("a URL begins with mqtt://".into()),
        };
        let (authority, topic) = match rest.split_once('/') {
            Some((authority, topic)) => (authority, (!topic.is_empty()).then(|| topic.to_owned())),
            None => (rest, None),
        };
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, authority),
        };
        let (username, password) = match user.map(|user| user.split_once(':').ok_or(user)) {
            Some(Ok((name, password))) => (Some(name.to_owned()), Some(password.to_owned())),
            Some(Err(name)) => (Some(name.to_owned()), None),
            None => (None, None),
        };
        let (host, port) = split_port(address)?;
        if host.is_empty() {
            return Err("the URL names no host".into());
        }
        Ok(Self { host: host.to_owned(), port, username, password, topic })
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn split_port(address: &str) -> Result<(&str, u16), String> {
    let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or("a port follows `:`")?)),
        None => match address.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        },
    };
    let port = match port {
        Some(port) => port.parse().map_err(|_| format!("`{port}` is no port"))?,
        None => 1883,
    };
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_url_gives_all_its_parts() {
        let url = BrokerUrl::parse("mqtt://bob:s3:cret@broker:1884/a/b").unwrap();
        assert_eq!(url.host, "broker");
        assert_eq!(url.port, 1884);
        assert_eq!(url.username.as_deref(), Some("bob"));
        assert_eq!(url.password.as_deref(), Some("s3:cret"));
        assert_eq!(url.topic.as_deref(), Some("a/b"));
    }

    #[test]
    fn what_a_url_leaves_out_has_its_default() {
        let url = BrokerUrl::parse("mqtt://[::1]/").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("::1", 1883));
        assert_eq!((url.username, url.password, url.topic), (None, None, None));
    }

    #[test]
    fn a_url_that_leads_nowhere_is_refused() {
        for text in ["broker", "http://broker", "mqtts://broker", "mqtt://", "mqtt://broker:x"] {
            assert!(BrokerUrl::parse(text).is_err(), "{text}");
        }
    }
}
