//! Reads republish actions as EMQX writes them, `{ function = "republish", args = { … } }`, with
//! EMQX's defaults. It does not know EMQX's other actions.

use sluice_value::Template;

use super::{action::Reading, fields::Fields, republish, tree::Shape};
use crate::action::{Republish, TemplateOr, UserProperties};

/// `None` where the function or its arguments are wrong; that has been reported.
pub(super) fn read(
    fields: &mut Fields<'_>,
    reading: &mut Reading<'_, '_, '_>,
) -> Option<Republish> {
    fields.word("function", &[("republish", ())], reading.findings)?;
    fields.require("args", reading.findings);
    let node = fields.node("args")?;
    let owner = format!("`args` of {}", fields.owner());
    let mut args = Fields::open(owner, node, reading.findings)?;
    let topic = republish::topic(&mut args, reading);
    let qos = republish::qos(&mut args, reading);
    let retain = republish::retain(&mut args, reading);
    // An empty text means the whole row.
    let payload = match args.node("payload").map(|node| &node.shape) {
        Some(Shape::Text(text)) if text.is_empty() => None,
        Some(_) => reading.template(&mut args, "payload"),
        None => reading.column_or("payload", "undefined"),
    };
    let properties = republish::properties(&mut args, "mqtt_properties", reading);
    let user_properties = user_properties(&mut args, reading);
    let is_direct = args.node("direct_dispatch").is_some_and(|node| match &node.shape {
        Shape::Bool(is_direct) => *is_direct,
        Shape::Text(template) => template != "false",
        Shape::Integer(..)
        | Shape::Float(_)
        | Shape::Datetime(_)
        | Shape::Null
        | Shape::List(_)
        | Shape::Table(_) => true,
    });
    if is_direct {
        let span = args.key_span("direct_dispatch").clone();
        let hint = "a rule never fires on its own messages, and chains end after 8";
        reading.findings.warning(
            &span,
            "`direct_dispatch` has no effect: other rules see the message",
            Some(hint.to_owned()),
        );
    }
    args.finish(reading.findings);
    Some(Republish {
        topic: topic?,
        qos: qos.unwrap_or_else(|| fixed_or(reading.column("qos"))),
        retain: retain.unwrap_or_else(|| fixed_or(reading.column("retain"))),
        payload,
        properties,
        user_properties,
    })
}

/// One variable; EMQX ignores anything else.
fn user_properties(args: &mut Fields<'_>, reading: &mut Reading<'_, '_, '_>) -> UserProperties {
    let given = reading.template(args, "user_properties");
    match given.or_else(|| reading.column("user_properties")) {
        Some(template) if template.segments().len() == 1 && template.as_literal().is_none() => {
            UserProperties::Row(template)
        }
        Some(_) => {
            if let Some(span) = args.value_span("user_properties") {
                reading.findings.warning(
                    span,
                    "`user_properties` is ignored: it is not one variable of the row",
                    Some("SELECT the map, and write `\"${its_name}\"`".to_owned()),
                );
            }
            UserProperties::default()
        }
        None => UserProperties::default(),
    }
}

fn fixed_or<T: Default>(column: Option<Template>) -> TemplateOr<T> {
    column.map_or_else(|| TemplateOr::Fixed(T::default()), TemplateOr::Template)
}

/// A default is no text of the file: nobody is warned of columns that SELECT does not give, and
/// what a missing one comes to is put there at once.
impl Reading<'_, '_, '_> {
    fn column(&self, name: &str) -> Option<Template> {
        let is_given = self.columns.as_ref().is_none_or(|columns| columns.may_have(&[name]));
        Template::parse(&format!("${{{name}}}")).ok().filter(|_| is_given)
    }

    fn column_or(&self, name: &str, otherwise: &str) -> Option<Template> {
        self.column(name).or_else(|| Template::parse(otherwise).ok())
    }
}
