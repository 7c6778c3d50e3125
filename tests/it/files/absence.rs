//! What an export does not show: nothing, unless it is a full one.

use super::rig::{MAPPING, Rig};
use cardex::model::LinkLife;
use cardex::model::RecordKind::{Person, Reservation};

const GUEST: &str = "id,name,given,at\nG1,García,Ana,\n";
const HEADER: &str = "id,st,from,to,guest\n";

fn stay(id: &str, days: u32) -> String {
    format!("{id},OK,2099-02-01,2099-02-{:02},G1\n", 2 + days)
}

#[tokio::test]
async fn exports_of_changes_prove_no_absence() {
    let rig = Rig::watching(&format!("stable_s = 0\n{MAPPING}")).await;
    rig.export("guests.csv", GUEST);
    rig.export("stays1.csv", format!("{HEADER}{}{}", stay("R1", 1), stay("R2", 1)));
    rig.cycle().await.expect("a cycle");
    for days in 2..5 {
        rig.export("stays2.csv", format!("{HEADER}{}", stay("R1", days)));
        rig.cycle().await.expect("a cycle");
        rig.sweep().await;
    }
    assert_eq!(rig.life(Reservation, "R2").await, Some(LinkLife::Live));
    assert_eq!(rig.text(Reservation, "R2", "status").await.as_deref(), Some("confirmed"));
}

#[tokio::test]
async fn what_two_full_exports_do_not_have_is_gone() {
    let rig = Rig::watching(&format!("stable_s = 0\nfull = [\"stays*\"]\n{MAPPING}")).await;
    rig.export("guests.csv", GUEST);
    rig.export("stays.csv", format!("{HEADER}{}{}{}", stay("R1", 1), stay("R2", 1), stay("R3", 1)));
    rig.cycle().await.expect("a cycle");
    rig.export("stays.csv", format!("{HEADER}{}{}", stay("R1", 2), stay("R3", 1)));
    rig.cycle().await.expect("a cycle");
    rig.sweep().await;
    rig.sweep().await;
    assert_eq!(rig.life(Reservation, "R2").await, Some(LinkLife::Live), "one export is not enough");

    // An export that broke off is no full one, and neither is one with a row that tells nobody's id.
    rig.export("stays.csv", format!("{HEADER}{}\"R3,OK", stay("R1", 3)));
    rig.cycle().await.expect("a cycle");
    rig.sweep().await;
    assert_eq!(rig.life(Reservation, "R2").await, Some(LinkLife::Live), "it broke off");

    // A bad row that tells its id shows that its record is there.
    rig.export("stays.csv", format!("{HEADER}{}R3,??,2099-02-01,2099-02-03,G1\n", stay("R1", 4)));
    rig.cycle().await.expect("a cycle");
    rig.sweep().await;
    assert_eq!(rig.life(Reservation, "R2").await, Some(LinkLife::Suspect(1)));
    rig.sweep().await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while rig.life(Reservation, "R2").await != Some(LinkLife::Gone) {
        assert!(std::time::Instant::now() < deadline, "{:?}", rig.life(Reservation, "R2").await);
        cardex::daemon::once::cycle(&rig.hub, &[rig.system()]).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(rig.text(Reservation, "R2", "status").await.as_deref(), Some("cancelled"));
    for id in ["R1", "R3"] {
        assert_eq!(rig.life(Reservation, id).await, Some(LinkLife::Live), "{id}");
    }

    rig.export("stays.csv", format!("{HEADER}{}{}{}", stay("R1", 5), stay("R2", 1), stay("R3", 1)));
    rig.cycle().await.expect("a cycle");
    assert_eq!(rig.life(Reservation, "R2").await, Some(LinkLife::Live), "it shows again");
    assert_eq!(rig.text(Reservation, "R2", "status").await.as_deref(), Some("confirmed"));
    assert_eq!(rig.life(Person, "G1").await, Some(LinkLife::Live));
}
