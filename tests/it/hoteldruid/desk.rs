//! The front desk works on while cardex reads and writes as fast as it can.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cardex::model::{
    Action, Document, RecordId, RecordKind, RemoteRef, Seen, Value, WriteOp, WriteOutcome, keys,
};

use super::date;
use super::rig::Rig;
use crate::support::hoteldruid::{BookedBy, Flavour, NewBooking, NewGuest};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn desk_loses_no_booking_to_our_reads_and_writes_on_sqlite() {
    // Enough to meet the moment in which two are about to write.
    desk_loses_no_booking_to_our_reads_and_writes(Flavour::Sqlite, 24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn desk_loses_no_booking_to_our_reads_and_writes_on_postgres() {
    desk_loses_no_booking_to_our_reads_and_writes(Flavour::Postgres, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn desk_loses_no_booking_to_our_reads_and_writes_on_mariadb() {
    desk_loses_no_booking_to_our_reads_and_writes(Flavour::Mariadb, 6).await;
}

async fn desk_loses_no_booking_to_our_reads_and_writes(flavour: Flavour, n_bookings: u32) {
    let rig = Rig::start(flavour).await;
    rig.connector.prepare(false).await.expect("it can be prepared");
    rig.hotel.new_guest(&NewGuest { surname: "Busy", name: "Eva", ..NewGuest::default() }).await;
    let (subject, _) = rig.only(RecordKind::Person).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let (connector, over) = (Arc::clone(&rig.connector), Arc::clone(&is_over));
    let busy = tokio::spawn(async move {
        let mut name = "Eva".to_owned();
        let mut n_written = 0;
        while !over.load(Ordering::Relaxed) {
            let next = format!("Eva {n_written}");
            let outcomes =
                connector.write(&[rename(&subject, &name, &next)]).await.expect("the write is answered");
            match outcomes.as_slice() {
                [WriteOutcome::Done { .. }] => (name, n_written) = (next, n_written + 1),
                [WriteOutcome::Retry { .. }] => tokio::task::yield_now().await,
                other => panic!("{other:?}"),
            }
            // The desk may hold the tables; a sweep then ends early and is made again.
            let _ = connector.enumerate(RecordKind::Reservation, None).await;
        }
        n_written
    });
    let year = rig.hotel.year();
    for day in 1..=n_bookings {
        let booking = NewBooking {
            by: BookedBy::New("Desk", "Tom", &[]),
            room: "02",
            arrives: date(year, 12, day),
            departs: date(year, 12, day + 1),
            more: &[],
        };
        let number = rig.hotel.book(&booking).await;
        rig.hotel.check_in(year, number).await;
        rig.hotel.check_out(year, number).await;
    }
    is_over.store(true, Ordering::Relaxed);
    let n_written = busy.await.expect("the writer ends well");
    assert!(n_written > 0, "cardex had its turns");
    assert_eq!(
        rig.sweep(RecordKind::Reservation).await.len(),
        usize::try_from(n_bookings).expect("it is small")
    );
    assert!(!rig.hotel.log().contains("locked"), "{}", rig.hotel.log());
}

fn rename(subject: &RemoteRef, from: &str, to: &str) -> WriteOp {
    let name = |text: &str| Document::new().with(keys::GIVEN_NAMES, Seen::one(Value::Text(text.to_owned())));
    WriteOp {
        record: RecordId::new(uuid::Uuid::nil()),
        kind: RecordKind::Person,
        action: Action::Update(subject.external_id.clone()),
        document: name(to),
        base: name(from),
        precondition: None,
        quiet: true,
        purpose: None,
    }
}
