//! The shell with real sockets. It does not know more of the protocol than a few bytes.

#[cfg(test)]
mod node;
mod scenes;
