//! SUBSCRIBE and UNSUBSCRIBE. It does not know how subscriptions are matched.

use std::sync::Arc;

use sluice_event::{Event, SessionSubscribed, SessionUnsubscribed};
use sluice_journal::{Entry, Position, SessionKey};
use sluice_mqtt::{ReasonCode, RetainHandling, Subscribe, SubscribeEntry, Unsubscribe};
use sluice_router::{Subscription, SubscriptionChange};
use sluice_session::{Acknowledgement, Open, SessionSubscription, Violation};
use sluice_topic::TopicFilter;

use super::After;
use super::acknowledge::acknowledge;
use crate::core::{Core, Cx};
use crate::{ConnectionId, Effects, Shared};

pub(super) fn subscribe<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
    packet: &Subscribe<'_>,
) -> Result<After, Violation> {
    let identifier = packet.properties.subscription_identifier().unwrap_or(0);
    let mut reasons = Vec::new();
    let mut changes = Vec::new();
    let mut position = Position::START;
    for entry in packet.entries() {
        let filter = match accept(core, open, &entry) {
            Ok(filter) => filter,
            Err(reason) => {
                reasons.push(reason);
                continue;
            }
        };
        reasons.push(ReasonCode::granted(entry.options.qos));
        let subscription = SessionSubscription { options: entry.options, identifier };
        let Some(reference) = core.session_ref(open.session) else { continue };
        let Some(home) = core.sessions.get_mut(open.session) else { continue };
        let session_key = home.session.key;
        let is_new = home.session.subscribe(filter.clone(), subscription).is_none();
        let options = entry.options;
        changes.push(SubscriptionChange::Subscribe(
            filter.clone(),
            reference,
            Subscription { options, identifier, session_key },
        ));
        if session_key != 0 {
            let session = SessionKey(session_key);
            let filter = entry.filter;
            let entry = Entry::Subscribed { session, filter, options, identifier };
            position = position.max(core.shared.append(&entry));
        }
        match entry.options.retain_handling {
            RetainHandling::Send => home.send_retained(filter, subscription),
            RetainHandling::SendIfNew if is_new => home.send_retained(filter, subscription),
            RetainHandling::SendIfNew | RetainHandling::DoNotSend => {}
        }
    }
    if !changes.is_empty() {
        core.shared.change_subscriptions(&changes);
        core.refresh();
    }
    let failed: Vec<bool> = reasons.iter().map(|reason| reason.is_failure()).collect();
    let suback = Acknowledgement::SubAck(packet.packet_id, reasons.into());
    let after = acknowledge(core, (id, open), suback, position);
    core.feed_retained(open.session, cx.now);
    for (entry, failed) in packet.entries().zip(failed) {
        if !failed {
            let facts = Arc::clone(&open.facts);
            let event = Event::SessionSubscribed(SessionSubscribed {
                client: &facts,
                filter: entry.filter,
                options: entry.options,
                properties: packet.properties,
            });
            core.raise(cx, &event);
        }
    }
    Ok(after)
}

/// The filter, or why the client cannot have it.
fn accept<S: Shared>(
    core: &Core<S>,
    open: &Open,
    entry: &SubscribeEntry<'_>,
) -> Result<TopicFilter, ReasonCode> {
    let filter = TopicFilter::parse(entry.filter).map_err(|_| ReasonCode::TopicFilterInvalid)?;
    if filter.share_name().is_some() {
        // Said in CONNACK too: Shared Subscription Available = 0.
        return Err(ReasonCode::SharedSubscriptionsNotSupported);
    }
    let Some(home) = core.sessions.get(open.session) else {
        return Err(ReasonCode::UnspecifiedError);
    };
    if home.session.subscriptions_len() >= core.limits.max_subscriptions
        && !home.session.is_subscribed(&filter)
    {
        return Err(ReasonCode::QuotaExceeded);
    }
    Ok(filter)
}

pub(super) fn unsubscribe<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
    packet: &Unsubscribe<'_>,
) -> After {
    let mut reasons = Vec::new();
    let mut changes = Vec::new();
    let mut position = Position::START;
    for filter in packet.filters() {
        let Ok(parsed) = TopicFilter::parse(filter) else {
            reasons.push(ReasonCode::TopicFilterInvalid);
            continue;
        };
        let Some(reference) = core.session_ref(open.session) else { continue };
        let Some(home) = core.sessions.get_mut(open.session) else { continue };
        home.retained.remove(&parsed);
        let Some(subscription) = home.session.unsubscribe(&parsed) else {
            reasons.push(ReasonCode::NoSubscriptionExisted);
            continue;
        };
        reasons.push(ReasonCode::Success);
        changes.push(SubscriptionChange::Unsubscribe(parsed, reference));
        let logged =
            core.log_durable(open.session, |session| Entry::Unsubscribed { session, filter });
        position = position.max(logged);
        let facts = Arc::clone(&open.facts);
        let gone = SessionUnsubscribed {
            client: &facts,
            filter,
            qos: subscription.options.qos,
            properties: packet.properties,
        };
        core.raise(cx, &Event::SessionUnsubscribed(gone));
    }
    if !changes.is_empty() {
        core.shared.change_subscriptions(&changes);
        core.refresh();
    }
    let unsuback = Acknowledgement::UnsubAck(packet.packet_id, reasons.into());
    acknowledge(core, (id, open), unsuback, position)
}
