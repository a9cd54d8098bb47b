//! Topic aliases that a client set on its connection [MQTT5-3.3.2.3.4]. It does not know packets.

/// Alias → topic name. Empty, and without memory, until the client sets one.
#[derive(Debug, Default)]
pub struct InboundAliases(Vec<Option<Box<str>>>);

impl InboundAliases {
    /// Sets or replaces an alias. The caller has checked it against the Topic Alias Maximum.
    pub fn set(&mut self, alias: u16, topic: &str) {
        let index = usize::from(alias);
        if self.0.len() <= index {
            self.0.resize_with(index + 1, || None);
        }
        if let Some(place) = self.0.get_mut(index)
            && place.as_deref() != Some(topic)
        {
            *place = Some(topic.into());
        }
    }

    /// The topic an alias stands for.
    #[must_use]
    pub fn topic(&self, alias: u16) -> Option<&str> {
        self.0.get(usize::from(alias))?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_can_be_set_anew() {
        let mut aliases = InboundAliases::default();
        assert_eq!(aliases.topic(3), None);
        aliases.set(3, "a");
        aliases.set(3, "b");
        assert_eq!(aliases.topic(3), Some("b"));
        assert_eq!(aliases.topic(4), None);
    }
}
