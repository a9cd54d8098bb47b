//! The REST endpoint of a running server, asked by hand. Knows nothing of what is there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use super::{PATIENCE, Server};

/// Whoever is logged in.
pub(crate) struct Rest {
    address: SocketAddr,
    token: String,
}

impl Rest {
    /// The user `admin`, with the password that the server told when it made that user.
    #[track_caller]
    pub(crate) fn log_in(server: &Server) -> Self {
        const TOLD: &str = "made the user `admin` with the password ";
        let line = server.process().wait_for(TOLD);
        let password = line.split(TOLD).nth(1).and_then(|rest| rest.split_whitespace().next());
        let mut rest = Self { address: server.api(), token: String::new() };
        let body = json!({"username": "admin", "password": password.unwrap()});
        let (code, answer) = rest.call("POST", "/login", Some(&body));
        assert_eq!(code, 200, "{answer}");
        answer["token"].as_str().unwrap().clone_into(&mut rest.token);
        rest
    }

    /// Sends one request to a path below `/api/v5`; gives the code and the JSON, null for none.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let login = match self.token.as_str() {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "{method} /api/v5{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{login}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let json = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_str(body) };
        (code, json.unwrap_or_else(|error| panic!("{error}: {answer}")))
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
