//! The conformance suite: what every connector promises, tried on its real system or on a faithful one.
//!
//! A new connector adds one line, `conformance!(name, start)`, where `start` is an async function that gives a
//! [`Subject`]. What a system cannot do is known from its capabilities alone, never from the connector's name.

mod edges;
pub(crate) mod feed;
pub(crate) mod open;
mod reads;
pub(crate) mod subject;
pub(crate) mod values;
mod writes;

pub(crate) use subject::Subject;

/// Runs the whole suite on the subject that `start` gives; each promise is a test of its own, on a subject of its own.
macro_rules! conformance {
    ($name:ident, $start:path) => {
        $crate::connectors::conformance!(@promises $name, $start,
            reads: [
                a_walk_lists_every_record_with_the_hash_of_its_read,
                a_made_record_is_noticed,
                an_edited_record_is_noticed,
                a_deleted_record_is_noticed,
                a_page_read_again_says_the_same,
                a_change_in_the_same_instant_is_not_lost,
                an_unknown_id_is_not_found,
                reading_changes_nothing,
                nothing_outside_the_capabilities_is_reported,
                an_unknown_word_is_kept,
                a_relay_of_a_configured_domain_is_recognised,
            ],
            writes: [
                a_created_record_is_found_by_its_hub_id,
                what_is_written_is_read_back,
                an_update_changes_what_it_names_and_nothing_else,
                a_stale_write_is_refused,
                a_write_to_a_missing_record_is_not_found,
                a_bad_record_does_not_hold_up_its_batch,
                a_special_category_is_refused_without_a_purpose,
                only_what_is_unchanged_is_taken_back,
                a_merge_is_made_and_seen,
            ],
            edges: [
                preparing_twice_does_nothing_more,
                a_check_finds_nothing_wrong,
                a_wrong_password_is_unauthorised,
                an_unreachable_system_is_unreachable,
                an_unsigned_push_is_refused,
            ]
        );
    };
    (@promises $name:ident, $start:path, $($file:ident: [$($promise:ident,)*]),*) => {
        mod $name {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    let subject = $start().await;
                    $crate::connectors::$file::$promise(&subject).await;
                }
            )*)*
        }
    };
}
pub(crate) use conformance;

conformance!(open_in_memory, crate::connectors::open::start);
conformance!(open_with_coarse_stamps, crate::connectors::open::start_with_coarse_stamps);
conformance!(hoteldruid_on_sqlite, crate::hoteldruid::conformance::start_on_sqlite);
conformance!(hoteldruid_on_postgres, crate::hoteldruid::conformance::start_on_postgres);
conformance!(hoteldruid_on_mariadb, crate::hoteldruid::conformance::start_on_mariadb);
conformance!(files, crate::files::conformance::start);
conformance!(mews, crate::mews::conformance::start);
conformance!(hubspot_with_deals, crate::hubspot::conformance::start);
conformance!(hubspot_with_appointments, crate::hubspot::conformance::start_with_appointments);
conformance!(hubspot_with_a_custom_object, crate::hubspot::conformance::start_with_custom_object);
conformance!(tryton, crate::tryton::conformance::start);
