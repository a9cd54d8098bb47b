//! Rules: plans with actions, found by topic and evaluated.
