//! Scenes with one worker or two, driven by hand. They do not know sockets or threads.

mod acknowledge;
mod bounds;
mod connect;
mod counters;
#[cfg(test)]
mod events;
mod panics;
#[cfg(test)]
mod rows;
mod rules;
#[cfg(test)]
mod stage;
mod subscribe;
#[cfg(test)]
mod system;
mod timers;
mod wills;
