//! Links come and go, and are watched. Nothing here knows sinks.

use super::*;
use crate::fake::{TYPES, connector};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

fn plain(text: &Unresolved) -> Result<String, String> {
    Ok(text.expose().to_owned())
}

#[tokio::test(start_paused = true)]
async fn equal_settings_give_the_same_link() {
    let connectors = Connectors::new(TYPES);
    let first = connectors.put(&connector("hooks", "http://one"), &plain).unwrap();
    let mut described = connector("hooks", "http://one");
    described.description = "for people".to_owned();
    let second = connectors.put(&described, &plain).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    let third = connectors.put(&connector("hooks", "http://two"), &plain).unwrap();
    assert!(!Arc::ptr_eq(&first, &third));
    assert!(Arc::ptr_eq(&connectors.get("hooks").unwrap(), &third));
    assert_eq!((third.name(), third.type_name()), ("hooks", "webhook"));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_reads_differently_gives_a_new_link() {
    let connectors = Connectors::new(TYPES);
    let named = connector("hooks", "${ENV:HOOKS_URL}");
    let first = connectors.put(&named, &|_| Ok("http://one".to_owned())).unwrap();
    let same = connectors.put(&named, &|_| Ok("http://one".to_owned())).unwrap();
    assert!(Arc::ptr_eq(&first, &same));
    let other = connectors.put(&named, &|_| Ok("http://two".to_owned())).unwrap();
    assert!(!Arc::ptr_eq(&first, &other));

    let gone = connectors.put(&named, &|_| Err("HOOKS_URL is not set".to_owned())).unwrap_err();
    assert_eq!(gone.to_string(), "connector `hooks`: HOOKS_URL is not set");
    assert!(Arc::ptr_eq(&connectors.get("hooks").unwrap(), &other));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_setting_or_type_makes_no_link() {
    let connectors = Connectors::new(TYPES);
    let error = connectors.put(&connector("hooks", "nonsense"), &plain).unwrap_err();
    assert_eq!(error.to_string(), "connector `hooks`: `url` is no URL");
    assert!(connectors.get("hooks").is_none());
    let none = Connectors::new(&[]);
    let error = none.put(&connector("hooks", "http://one"), &plain).unwrap_err();
    assert_eq!(error.detail, "this build has no connectors of type `webhook`");
}

#[tokio::test(start_paused = true)]
async fn a_link_is_checked_by_itself_and_when_asked() {
    let connectors = Connectors::new(TYPES);
    let well = connectors.put(&connector("well", "http://one"), &plain).unwrap();
    let down = connectors.put(&connector("down", "http://down"), &plain).unwrap();
    assert_eq!(well.health().status, Status::Connecting);
    tokio::time::sleep(SECONDS(1)).await;
    assert_eq!(well.health().status, Status::Connected);
    assert!(well.health().latency.unwrap() >= Duration::from_millis(5));
    let health = down.health();
    assert_eq!(health.status, Status::Disconnected);
    assert_eq!(health.reason.as_deref(), Some("there does not serve: refused"));
    // However often it is tried, it is down since the first time.
    tokio::time::sleep(SECONDS(60)).await;
    assert!(down.health().since.elapsed() > SECONDS(60));
    assert_eq!(down.check().await.status, Status::Disconnected);
    assert_eq!(well.check().await.status, Status::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_link_that_nobody_holds_ends() {
    let connectors = Connectors::new(TYPES);
    let link = connectors.put(&connector("hooks", "http://one"), &plain).unwrap();
    tokio::time::sleep(SECONDS(1)).await;
    connectors.retain(&|_| false);
    assert!(connectors.get("hooks").is_none());
    let watch = link.watch.lock().unwrap().clone().unwrap();
    let weak = Arc::downgrade(&link);
    assert!(!watch.is_finished());
    drop(link);
    tokio::time::sleep(SECONDS(1)).await;
    assert!(weak.upgrade().is_none() && watch.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_probe_tells_how_long_it_took_or_why_not() {
    let probe =
        |url| async move { Connectors::probe(TYPES, &connector("hooks", url), &plain).await };
    assert!(probe("http://one").await.unwrap() >= Duration::from_millis(5));
    assert!(matches!(probe("nonsense").await, Err(ProbeError::Build(_))));
    let error = probe("http://down").await.unwrap_err();
    assert_eq!(chain(&error), "there does not serve: refused");
}

#[tokio::test(start_paused = true)]
async fn calls_get_more_time_than_the_settings_grant() {
    let mut patient = connector("hooks", "http://one");
    let connectors = Connectors::new(TYPES);
    let link = connectors.put(&patient, &plain).unwrap();
    assert_eq!(link.call_deadline(), CALL_GRACE);
    if let ConnectorKind::Webhook(webhook) = &mut patient.kind {
        webhook.request_timeout = Some(SECONDS(300));
    }
    let link = connectors.put(&patient, &plain).unwrap();
    assert_eq!(link.call_deadline(), CALL_GRACE + SECONDS(600));
}
