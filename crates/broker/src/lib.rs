//! The shell around the hub: worker threads and their sockets.
