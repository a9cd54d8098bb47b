//! A template as text that parses to the same template. It does not know what templates are for.

use sluice_value::{Placeholder, Segment, Template};

/// How a file would have `template`.
pub(super) fn text(template: &Template) -> String {
    let mut text = String::new();
    for segment in template.segments() {
        match segment {
            Segment::Literal(literal) => text.push_str(&literal.replace("${", "${$}{")),
            Segment::Placeholder(placeholder) => push(placeholder, &mut text),
        }
    }
    text
}

fn push(Placeholder { path, default }: &Placeholder, text: &mut String) {
    text.push_str("${");
    if path.first().is_none_or(|first| first.is_empty()) {
        // One dot before a path counts for nothing.
        text.push('.');
    }
    text.push_str(&path.join("."));
    if let Some(default) = default {
        text.push_str(":-");
        text.push_str(default);
    }
    text.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_parses_to_the_same() {
        for written in [
            "",
            "a",
            "${a}",
            "${.a.b}",
            "${}",
            "${.}",
            "x${a:-}y",
            "${a.b:-c d}",
            "${$}{a}",
            "$${a}",
            "${a-b}",
            "${a",
            "${a${b}}",
            "${..a}",
            "${..}",
            "${:-x}",
            "${a.}",
            "${$}",
            "é${é}$",
        ] {
            let template = Template::parse(written).expect(written);
            let text = text(&template);
            assert_eq!(Template::parse(&text).expect(&text), template, "{written}: {text}");
        }
    }
}
