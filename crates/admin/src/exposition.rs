//! The text format that Prometheus scrapes, version 0.0.4. It does not know what is measured.

/// The media type of the text.
pub(crate) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A text under way.
#[derive(Default)]
pub(crate) struct Exposition {
    text: String,
}

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only grows, until the process restarts.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// Names and values that tell the samples of one family apart.
pub(crate) type Labels<'l> = &'l [(&'static str, &'l str)];

impl Exposition {
    /// One metric with all its samples; one without samples is left out.
    pub(crate) fn family<'l>(
        &mut self,
        (name, kind, help): (&str, Kind, &str),
        samples: impl IntoIterator<Item = (Labels<'l>, u64)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
        for (labels, value) in samples {
            self.sample(name, labels, value);
        }
    }

    /// The whole text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn sample(&mut self, name: &str, labels: Labels<'_>, value: u64) {
        self.text.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            self.text.push(if index == 0 { '{' } else { ',' });
            self.text.push_str(label);
            self.text.push_str("=\"");
            text.chars().for_each(|character| self.push_escaped(character));
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        self.line(format_args!(" {value}"));
    }

    fn push_escaped(&mut self, character: char) {
        match character {
            '\\' => self.text.push_str("\\\\"),
            '"' => self.text.push_str("\\\""),
            '\n' => self.text.push_str("\\n"),
            other => self.text.push(other),
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        self.text.push_str(&line.to_string());
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_have_help_type_and_escaped_labels() {
        let mut exposition = Exposition::default();
        exposition.family(("sluice_up", Kind::Gauge, "Up.\nOr \\ down"), [(&[][..], 1)]);
        let labels = [("id", "a\"b\\c\nd"), ("reason", "ä")];
        exposition.family(("sluice_x_total", Kind::Counter, "X"), [(&labels[..], u64::MAX)]);
        exposition.family(("sluice_none", Kind::Gauge, "Nothing"), []);
        assert_eq!(
            exposition.finish(),
            "# HELP sluice_up Up.\\nOr \\\\ down\n# TYPE sluice_up gauge\nsluice_up 1\n\
             # HELP sluice_x_total X\n# TYPE sluice_x_total counter\n\
             sluice_x_total{id=\"a\\\"b\\\\c\\nd\",reason=\"ä\"} 18446744073709551615\n"
        );
    }
}
