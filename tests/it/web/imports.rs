//! How far imports are, and letting go what they hold.

use cardex::demo::cardex::Size;
use cardex::import::gate;
use cardex::model::{OperatorRole, SystemId};
use reqwest::StatusCode;

use super::site::Site;
use crate::import::rig::{by_interface, import};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::Pair;

on_both_databases!(import_is_shown_and_let_go);

async fn import_is_shown_and_let_go(backend: Backend) {
    let pair = Pair::open(backend, Size::SMALL).await;
    let site = Site::open(pair.hub.clone()).await;
    let mut administrator = site.of(OperatorRole::Administrator).await;
    assert_eq!(administrator.get("/desk/imports").await.texts("table.runs"), Vec::<String>::new());
    let report = import(&pair, by_interface(&pair)).await.expect("an import");

    let page = administrator.get("/desk/imports").await;
    let cells = page.texts("table.runs td");
    assert_eq!((cells[0].as_str(), cells[2].as_str()), ("pms", "done"), "{cells:?}");
    assert_eq!((&cells[3], &cells[5]), (&report.tally.rows.to_string(), &report.tally.applied.to_string()));
    assert!(page.texts(".system li")[0].starts_with("crm: "), "{:?}", page.texts(".system li"));
    let form = page.attribute("main form", "action");
    assert_eq!(form, "/desk/imports/pms/release");
    let mut operator = site.of(OperatorRole::Operator).await;
    assert_eq!(operator.get("/desk/imports").await.texts("main form"), Vec::<String>::new());
    assert_eq!(operator.send(&form, &[]).await.status, StatusCode::FORBIDDEN);
    let held = async || gate::held(&pair.hub, &SystemId::new("pms")).await.expect("the store");
    assert!(!held().await.is_empty());
    assert_eq!(administrator.send(&form, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(held().await.is_empty());
    assert_eq!(administrator.get("/desk/imports").await.texts("main form"), Vec::<String>::new());
}
