//! A CRM that already has people is not written to before an operator says so; a live change is.

use serde_json::json;

use super::rig::{by_interface, import, pms, wish};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{Pair, fields};
use cardex::demo::cardex::Size;
use cardex::import::{gate, run};
use cardex::model::{OperatorId, SystemId};

on_both_databases!(a_crm_with_people_waits_for_the_operator, a_released_import_holds_nothing);

async fn a_crm_with_people_waits_for_the_operator(backend: Backend) {
    let pair = Pair::open(backend, Size::SMALL).await;
    let report = import(&pair, by_interface(&pair)).await.expect("an import");
    let crm = SystemId::new("crm");
    let [(system, n_held)] = &report.held[..] else { panic!("{:?}", report.held) };
    assert_eq!((system, *n_held >= pair.hotel().rows("person").len() as u64), (&crm, true));
    pair.settle().await;
    assert_eq!(pair.crm().ledger().n_writes(), 0, "history went out before anybody said so");

    // What happens now does not wait, and takes along what it needs.
    let stay = pair.hotel().rows("reservation").remove(0);
    assert!(pair.hotel().edit("reservation", &stay.id, "reception", fields(json!({"status": "cancelled"}))));
    pair.settle().await;
    let there = pair.crm().rows("reservation");
    assert_eq!((there.len(), &there[0].fields["status"]), (1, &json!("cancelled")));
    assert!(pair.crm().rows("person").len() < pair.hotel().rows("person").len());

    let released = gate::release(&pair.hub, &SystemId::new("pms"), &OperatorId::new("ana")).await;
    assert!(released.expect("a release") > 0);
    assert!(gate::held(&pair.hub, &SystemId::new("pms")).await.expect("an answer").is_empty());
    pair.settle().await;
    let guests = pair.hotel().rows("person").len();
    assert_eq!(pair.crm().rows("person").len(), guests.max(pair.crm().rows("person").len()));
    assert_eq!(pair.crm().rows("reservation").len(), pair.hotel().rows("reservation").len());
    assert_eq!(pair.crm().ledger().duplicate_creates(), Vec::<String>::new());
}

async fn a_released_import_holds_nothing(backend: Backend) {
    let pair = Pair::open(backend, Size::SMALL).await;
    let wish = run::Wish { is_released: true, ..wish(&pair) };
    let report = run::run(&pair.hub, &pms(&pair), by_interface(&pair), &wish, &mut |_| {}).await;
    assert!(report.expect("an import").held.is_empty());
    pair.settle().await;
    assert_eq!(pair.crm().rows("reservation").len(), pair.hotel().rows("reservation").len());
}
