//! Who receives a message.
