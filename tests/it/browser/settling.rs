//! Conflicts, holds and postponements in a window, with two systems behind the desk.

use cardex::capture::poll;
use cardex::model::{OperatorRole, SystemId};
use serde_json::json;

use super::window::{Window, key};
use crate::support::hub::Backend;
use crate::web::settling::{conflict, hold, surnames};
use crate::web::site::PASSWORD;

/// The value of a system is chosen, or another one typed, and both systems have it then.
async fn settled(scripts: bool, typed: Option<&str>) {
    let (pair, guest, site, path) = conflict(Backend::Sqlite).await;
    let window = Window::open(site.address, "en", scripts).await;
    window.sign_in("operator", PASSWORD).await;
    window.click("table.list a").await;
    window.see(".tag", "Conflict").await;
    assert_eq!(window.path().await, path);
    let expected = if let Some(typed) = typed {
        window.click("input[name=side][value=typed]").await;
        window.write("input[name=typed]", typed).await;
        window.click("input[name=pin]").await;
        typed
    } else {
        window.click("input[name=side][value='at crm']").await;
        "García-Pérez"
    };
    window.click("button[value=settle]").await;
    window.see("[role=status]", "operator decided this on").await;
    pair.settle().await;
    assert_eq!(surnames(&pair, &guest), [json!(expected), json!(expected)]);
    assert_eq!(window.complaints().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn conflict_is_settled_by_mouse() {
    settled(true, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conflict_is_settled_with_a_typed_value_without_scripts() {
    settled(false, Some("García y Pérez")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn review_is_postponed_by_keys_and_found_again() {
    let (_pair, _guest, site, path) = conflict(Backend::Sqlite).await;
    let window = Window::of(site.address, OperatorRole::Operator).await;
    window.press("j").await;
    window.press(key::ENTER).await;
    window.see(".tag", "Open").await;
    window.press("p").await;
    window.see("[role=status]", "operator does not want to be asked before").await;
    window.go("/desk/queue").await;
    window.see("main p", "Nothing waits for a decision.").await;
    window.go("/desk/queue?kind=postponed").await;
    window.click("table.list a").await;
    window.see(".tag", "Open").await;
    assert_eq!(window.path().await, path);
    assert_eq!(window.complaints().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hold_is_looked_at_and_released() {
    let (pair, guests, site, path) = hold(Backend::Sqlite).await;
    let window = Window::of(site.address, OperatorRole::Operator).await;
    window.go(&path).await;
    window.see("main table td", "").await;
    window.click("button[value=accept]").await;
    window.see("[role=status]", "operator decided this on").await;
    let taken = poll::sweep(&pair.hub, &pair.hub.systems[&SystemId::new("pms")]).await;
    assert_eq!(taken.expect("an operator has let it through").observed, guests.len());
    assert_eq!(window.complaints().await, [""; 0]);
}
