//! Reads the own keys of `type = "republish"`. It does not render anything.

use sluice_mqtt::QoS;
use sluice_topic::TopicName;
use sluice_value::Template;

use super::{
    action::Reading,
    fields::{Fields, shortened},
    findings::FINDINGS_MAX,
    tree::Shape,
};
use crate::{
    action::{ForwardedProperty, Republish, TemplateOr, UserProperties},
    nearest::nearest,
};

pub(super) fn read(
    fields: &mut Fields<'_>,
    reading: &mut Reading<'_, '_, '_>,
) -> Option<Republish> {
    let topic = topic(fields, reading);
    let qos = qos(fields, reading).unwrap_or(TemplateOr::Fixed(QoS::AtMostOnce));
    let retain = retain(fields, reading).unwrap_or(TemplateOr::Fixed(false));
    let payload = reading.template(fields, "payload");
    let properties = properties(fields, "properties", reading);
    let user_properties = user_properties(fields, reading);
    Some(Republish { topic: topic?, qos, retain, payload, properties, user_properties })
}

pub(super) fn topic(
    fields: &mut Fields<'_>,
    reading: &mut Reading<'_, '_, '_>,
) -> Option<Template> {
    let topic = reading.required_template(fields, "topic")?;
    if let Some(literal) = topic.as_literal()
        && let Err(error) = TopicName::parse(literal)
        && let Some(span) = fields.value_span("topic")
    {
        reading.findings.error(span, format!("`topic` of {}: {error}", fields.owner()));
    }
    Some(topic)
}

/// `None` where it is left out.
pub(super) fn qos(
    fields: &mut Fields<'_>,
    reading: &mut Reading<'_, '_, '_>,
) -> Option<TemplateOr<QoS>> {
    let template = reading.number_or_template(fields, "qos")?;
    let Some(literal) = template.as_literal() else { return Some(TemplateOr::Template(template)) };
    let qos = literal.parse().ok().and_then(QoS::from_bits);
    if let (None, Some(span)) = (qos, fields.value_span("qos")) {
        reading.findings.error(
            span,
            format!("`qos` of {} must be 0, 1, 2 or a template such as `${{qos}}`", fields.owner()),
        );
    }
    Some(TemplateOr::Fixed(qos.unwrap_or_default()))
}

/// `None` where it is left out.
pub(super) fn retain(
    fields: &mut Fields<'_>,
    reading: &mut Reading<'_, '_, '_>,
) -> Option<TemplateOr<bool>> {
    let template = reading.number_or_template(fields, "retain")?;
    let Some(literal) = template.as_literal() else { return Some(TemplateOr::Template(template)) };
    let retain = literal.parse().ok();
    if let (None, Some(span)) = (retain, fields.value_span("retain")) {
        reading.findings.error(
            span,
            format!(
                "`retain` of {} must be true, false or a template such as `${{flags.retain}}`",
                fields.owner()
            ),
        );
    }
    Some(TemplateOr::Fixed(retain.unwrap_or_default()))
}

pub(super) fn properties(
    fields: &mut Fields<'_>,
    key: &'static str,
    reading: &mut Reading<'_, '_, '_>,
) -> Vec<(ForwardedProperty, Template)> {
    let mut properties = Vec::new();
    let mut unknown = 0;
    for (name, template) in reading.templates(fields, key) {
        let folded = name.replace('_', "-");
        let known = ForwardedProperty::ALL.into_iter();
        match known.clone().find(|known| known.name().eq_ignore_ascii_case(&folded)) {
            Some(property) => properties.push((property, template)),
            // Each is looked for among the keys, and no more than that are told.
            None if unknown == FINDINGS_MAX => break,
            None => {
                unknown += 1;
                let names = known.map(ForwardedProperty::name);
                let hint = match nearest(&folded, names.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known ones: {}", names.collect::<Vec<_>>().join(", ")),
                };
                let span = fields.entry_span(key, &name);
                reading.findings.error_with_hint(
                    span,
                    format!("`{}` is no property that a rule can set", shortened(&name)),
                    hint,
                );
            }
        }
    }
    properties
}

fn user_properties(fields: &mut Fields<'_>, reading: &mut Reading<'_, '_, '_>) -> UserProperties {
    let from_row =
        fields.node("user_properties").filter(|node| matches!(node.shape, Shape::Text(_)));
    let Some(node) = from_row else {
        return UserProperties::Pairs(reading.templates(fields, "user_properties"));
    };
    let template = reading.text_of("user_properties", node, fields);
    match template {
        Some(template) if template.segments().len() == 1 && template.as_literal().is_none() => {
            UserProperties::Row(template)
        }
        Some(_) => {
            reading.findings.error_with_hint(
                &node.span,
                format!("`user_properties` of {} must be one placeholder", fields.owner()),
                "write `\"${user_properties}\"` for a selected map, or a table of texts",
            );
            UserProperties::default()
        }
        None => UserProperties::default(),
    }
}
