//! Scenes with one worker or two, driven by hand. They do not know sockets or threads.

mod connect;
mod stage;
mod subscribe;
mod timers;
mod wills;
