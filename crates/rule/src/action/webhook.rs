//! `type = "webhook"`: one HTTP request for each row. It does not know sockets.

use sluice_value::Template;

/// Own keys of a `webhook` action.
#[derive(Clone, Debug)]
pub struct WebhookCall {
    /// POST where the file says nothing.
    pub method: HttpMethod,
    /// Joined to the connector's URL; nothing where left out.
    pub path: Option<Template>,
    /// Names and values, in the order of the file.
    pub headers: Vec<(String, Template)>,
    /// The row as JSON where left out.
    pub body: Option<Template>,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpMethod {
    /// `POST`
    #[default]
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `GET`, without a body.
    Get,
    /// `DELETE`, without a body.
    Delete,
}

impl HttpMethod {
    /// As the request line has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Get => "GET",
            Self::Delete => "DELETE",
        }
    }
}
