//! Who receives a message.
//!
//! Goes in: subscriptions, and topic names. Comes out: [`Route`]s, which name each receiving
//! session once; and retained messages for a new subscription. Start reading at
//! [`SubscriptionTree`]. This crate does not know connections, packets, queues or threads.

mod retained;
mod route;
mod subscription;

pub use retained::{Retain, RetainedLimits, RetainedStore};
pub use route::{Route, RouteCache, Target};
pub use subscription::{SessionRef, Subscription, SubscriptionChange, SubscriptionTree, WorkerId};
