//! Scenes written by hand, each played on one worker and on several, so that clients meet at home
//! and across workers. They do not know sockets or threads.

mod connection;
mod late;
mod publish;
mod resume;
mod retained;
mod slow;
#[cfg(test)]
mod stage;
mod subscribe;
mod takeover;
mod wills;
mod window;
