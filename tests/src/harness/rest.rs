//! The REST endpoint of a running server, asked by hand. Knows nothing of what is there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use super::{PATIENCE, Server};

/// A visitor: someone who has logged in, a program with its key, or nobody in particular.
#[derive(Clone)]
pub(crate) struct Rest {
    address: SocketAddr,
    /// The header `Authorization`.
    authorization: Option<String>,
}

impl Rest {
    /// Whoever does not say who they are.
    pub(crate) fn anonymous(server: &Server) -> Self {
        Self { address: server.api(), authorization: None }
    }

    /// Who sends this header `Authorization`.
    pub(crate) fn with(server: &Server, authorization: &str) -> Self {
        Self { address: server.api(), authorization: Some(authorization.to_owned()) }
    }

    /// The user `admin`, with the password that the server told when it made that user.
    #[track_caller]
    pub(crate) fn log_in(server: &Server) -> Self {
        Self::log_in_as(server, "admin", &Self::told_password(server))
    }

    /// The password that the server told when it made the user `admin`.
    #[track_caller]
    pub(crate) fn told_password(server: &Server) -> String {
        const TOLD: &str = "made the user `admin` with the password ";
        let line = server.process().wait_for(TOLD);
        let password = line.split(TOLD).nth(1).and_then(|rest| rest.split_whitespace().next());
        password.unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn log_in_as(server: &Server, user: &str, password: &str) -> Self {
        let body = json!({"username": user, "password": password});
        let answer = Self::anonymous(server).expect(200, "POST", "/login", Some(&body));
        Self::with(server, &format!("Bearer {}", answer["token"].as_str().unwrap()))
    }

    /// Sends one request to a path below `/api/v5`; gives the code and the JSON, null for none.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let (code, answer) = self.ask(method, &format!("/api/v5{path}"), "application/json", &body);
        let json = if answer.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&answer) };
        (code, json.unwrap_or_else(|error| panic!("{error}: {answer}")))
    }

    /// Sends one request as it is; gives the code and the text.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> (u16, String) {
        let login = match &self.authorization {
            None => String::new(),
            Some(value) => format!("Authorization: {value}\r\n"),
        };
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{login}\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (code, body.to_owned())
    }

    /// The same, which must be answered with this code.
    #[track_caller]
    pub(crate) fn expect(
        &self,
        code: u16,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        let (found, answer) = self.call(method, path, body);
        assert_eq!(found, code, "{method} {path}: {answer}");
        answer
    }

    /// Makes an API key; gives it with its secret.
    #[track_caller]
    pub(crate) fn make_key(&self) -> (String, String) {
        let made = self.call("POST", "/api_key", Some(&json!({"name": "tests"}))).1;
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        (text("api_key"), text("api_secret"))
    }
}
