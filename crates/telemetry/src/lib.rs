//! Metric names, log events and the one way to spawn a task.
