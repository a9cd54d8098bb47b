//! Where the requests of a connector go, and how that is told. It does not know rows.

use reqwest::Url;

/// The URL of a connector, apart from its credentials.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    url: Url,
    shown: String,
    /// The text was read from a secret.
    is_secret: bool,
}

impl Base {
    /// Reads the connector's `url`. The part of it that is a secret, and the whole path where the
    /// text was read from one, is never shown.
    ///
    /// # Errors
    /// What is wrong, without a word of the URL.
    pub(crate) fn parse(text: &str, is_secret: bool) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("`url` is no URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("`url` must begin with http:// or https://".to_owned());
        }
        if url.fragment().is_some() {
            return Err("`url` has a `#`: what follows it is never sent; write %23".to_owned());
        }
        let shown = shown(&url, is_secret);
        Ok(Self { url, shown, is_secret })
    }

    /// The URL with everything that is sent, credentials as reqwest wants them included.
    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// The same place, once the credentials travel in a header.
    pub(crate) fn without_credentials(&self, url: Url) -> Self {
        Self { url, shown: self.shown.clone(), is_secret: self.is_secret }
    }

    /// Scheme, host, port and path, for people.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// What the answer of a server must not be quoted with: the password, the values of the query,
    /// and the path where it is secret, each as written and as it is meant.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = self.url.password().map(str::to_owned).into_iter().collect();
        secrets.extend(self.url.query_pairs().map(|(_, value)| value.into_owned()));
        let written = self.url.query().unwrap_or_default().split('&');
        secrets.extend(written.filter_map(|pair| Some(pair.split_once('=')?.1.to_owned())));
        if self.is_secret {
            secrets.extend(self.url.path_segments().into_iter().flatten().map(str::to_owned));
            secrets.push(self.url.path().to_owned());
        }
        // What holds another is taken out before it.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    /// The URL of one request. Neither part can change the host: they are set as path and query,
    /// not pasted.
    pub(crate) fn join(&self, path: &str, query: Option<&str>) -> Url {
        let mut url = self.url.clone();
        if !path.is_empty() {
            url.set_path(&joined_path(self.url.path(), path));
        }
        if let Some(query) = query {
            match self.url.query() {
                Some(own) => url.set_query(Some(&format!("{own}&{query}"))),
                None => url.set_query(Some(query)),
            }
        }
        url
    }
}

/// `base` and `path` with one slash between them.
pub(crate) fn joined_path(base: &str, path: &str) -> String {
    let base = base.strip_suffix('/').unwrap_or(base);
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    format!("{base}{slash}{path}")
}

fn shown(url: &Url, is_secret: bool) -> String {
    let scheme = url.scheme();
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = match url.path() {
        "/" => "",
        _ if is_secret => "/***",
        path => path,
    };
    format!("{scheme}://{host}{port}{path}")
}
