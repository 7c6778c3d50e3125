//! The cases of the specification: one table, numbered as there, through one `check`.

use super::existence_cases as existence;
use super::links;
use super::merging;
use super::reservation_cases as reservation;
use super::value_cases as value;

/// What shows that a case is handled.
enum Proof {
    /// This scenario; it panics when the result is another than the specified one.
    Scenario(fn()),
    /// Another part of the product answers it.
    Elsewhere(&'static str),
}

use Proof::{Elsewhere, Scenario};

const CASES: &[(u8, &str, Proof)] = &[
    (1, "nobody has moved: nothing", Scenario(value::nobody_has_moved)),
    (2, "only the PMS has moved: the CRM follows", Scenario(value::only_the_pms_has_moved)),
    (3, "only the CRM has moved: the PMS follows", Scenario(value::only_the_crm_has_moved)),
    (4, "both moved to the same: adopt, no write", Scenario(value::both_moved_to_the_same)),
    (5, "both moved, owner PMS: z superseded, readable", Scenario(value::the_owner_wins)),
    (6, "both moved, disjoint evidence: the later one", Scenario(value::the_later_one_wins)),
    (7, "overlapping evidence: owner, else review", Scenario(value::unsure_order_goes_to_owner_or_review)),
    (8, "phones three-way: {b,c} on both", Scenario(value::sets_merge_per_element)),
    (9, "an edit of an element beats its removal", Scenario(value::an_edit_beats_a_removal)),
    (10, "explicit null, clearable: cleared", Scenario(value::a_clearing_travels)),
    (11, "absent from a partial payload: nothing", Scenario(value::absent_is_not_empty)),
    (12, "empty, not clearable: ignored", Scenario(value::empty_does_not_clear)),
    (13, "a relay replaces the e-mail: the e-mail stays", Scenario(value::a_relay_stays_with_its_booking)),
    (
        14,
        "only a relay at P: it takes or adds the verified one",
        Scenario(value::a_verified_address_beats_a_relay),
    ),
    (15, "C opts out: P opts out, lane 0", Scenario(value::an_opt_out_is_urgent)),
    (16, "opt-in and opt-out in unsure order: opted out", Scenario(value::in_doubt_opted_out)),
    (17, "C edits a PMS-to-CRM field: ignored, restored", Scenario(value::a_forbidden_edit_is_restored)),
    (18, "a truncated echo: nothing, the hub keeps all", Scenario(value::a_truncated_echo_changes_nothing)),
    (19, "two ways to write a number: equivalent", Scenario(value::equivalent_numbers_are_not_written)),
    (20, "a derived value is edited: rejected, restored", Scenario(value::a_derived_value_is_restored)),
    (21, "an edit in the second of our write: processed", Scenario(value::an_edit_beside_our_write_is_seen)),
    (22, "5 % change one field in one poll: hold", Scenario(existence::a_mass_change_is_held)),
    (23, "new at P: created at C", Scenario(links::new_at_the_pms_is_created_at_the_crm)),
    (24, "new at P, certain match at C", Elsewhere("the matcher proposes; merging is case 27")),
    (25, "new at P, doubtful match, near arrival", Elsewhere("the matcher proposes beside the creation")),
    (26, "new at P, doubtful match, no near arrival", Elsewhere("the matcher delays the due mark")),
    (27, "created at both at once: one record, two links", Scenario(links::created_at_both_at_once)),
    (28, "two guests, one e-mail: two records", Scenario(links::one_address_never_merges)),
    (29, "absent from one listing: suspect", Scenario(existence::absent_once_is_suspect)),
    (30, "gone at P: unlinked, C stays", Scenario(existence::gone_unlinks_only)),
    (31, "gone at P, C edited since: C kept", Scenario(existence::gone_keeps_what_was_edited)),
    (
        32,
        "C's contact deleted: not created again",
        Scenario(existence::a_deleted_contact_is_not_created_again),
    ),
    (33, "a gone id reappears: revived", Scenario(existence::a_gone_id_comes_back)),
    (34, "an id shows another human: quarantine", Scenario(existence::another_human_is_quarantined)),
    (35, "0 rows, or a field lost everywhere: hold, not nulls", Scenario(existence::emptiness_is_held)),
    (36, "a record leaves the scope", Elsewhere("capture makes no observation of what is out of scope")),
    (37, "P merges x into y, C has both", Scenario(merging::merged_at_the_pms_both_at_the_crm)),
    (38, "P merges x into y, C has only x'", Scenario(merging::merged_at_the_pms_one_at_the_crm)),
    (39, "C merges into a new id: relinked", Scenario(merging::merged_into_a_new_id)),
    (40, "C merges, the PMS cannot: two links", Scenario(merging::merged_at_the_crm_only)),
    (41, "a merge as delete and update: then 39", Scenario(merging::a_merge_that_looks_like_a_deletion)),
    (42, "opposite merges: one forest", Scenario(merging::opposite_merges_make_one_forest)),
    (43, "wrong merge found after edits: split", Scenario(merging::a_wrong_merge_is_undone)),
    (44, "two memberships: both kept", Scenario(merging::two_memberships_are_both_kept)),
    (45, "person with company: refused", Scenario(merging::a_person_is_no_company)),
    (46, "erasure with a future reservation", Elsewhere("erasure is its own piece of work")),
    (47, "an erased guest in the next import: dropped", Scenario(existence::an_erased_guest_stays_erased)),
    (48, "an erased guest books again", Elsewhere("erasure is its own piece of work")),
    (49, "cancel before create: the stub stays cancelled", Scenario(reservation::a_cancelled_stub_stays)),
    (50, "cancel, reinstate: version order", Scenario(reservation::versions_order_the_status)),
    (51, "modified = cancelled + new number", Elsewhere("chains join reservations; not one record's cells")),
    (52, "payment retry gives two numbers", Elsewhere("chains join reservations; not one record's cells")),
    (53, "dates move near arrival: lane 0, mails stop", Scenario(reservation::moved_dates_stop_mails)),
    (54, "no-show: not surveyable", Scenario(reservation::a_no_show_is_not_surveyed)),
    (
        55,
        "check-out reversed: surveyable retracted",
        Scenario(reservation::a_reversed_check_out_is_retracted),
    ),
    (56, "charge after check-out: a new version", Scenario(reservation::a_late_charge_is_a_new_version)),
    (57, "duplicate or disordered hints: latest state", Scenario(value::disorder_ends_in_the_latest_state)),
    (58, "webhooks fall silent", Elsewhere("capture measures the expected rate")),
    (59, "crash after a remote write: acknowledged", Scenario(links::a_lost_answer_is_found_out)),
    (60, "crash after a create: bound by hub id", Scenario(links::a_lost_creation_is_bound)),
    (61, "backfill against a live event: live wins", Scenario(value::live_beats_history)),
    (62, "hub lost: first contact, nothing overwritten", Scenario(links::a_lost_hub_overwrites_nothing)),
    (63, "associates and their inverse", Elsewhere("the inverse is a roll-up over two records")),
    (64, "client to prospect while trips exist", Elsewhere("the agency view is its own piece of work")),
    (65, "night audit re-run", Elsewhere("the ledger is its own piece of work")),
];

/// Runs one case; gives whether its result is the specified one.
fn check(number: u8, situation: &str, proof: &Proof) -> bool {
    match proof {
        Scenario(run) => {
            println!("case {number}: {situation}");
            std::panic::catch_unwind(run).is_ok()
        }
        Elsewhere(why) => {
            println!("case {number}: {situation}: {why}");
            true
        }
    }
}

#[test]
fn every_case_of_the_specification_has_its_result() {
    let wrong = CASES.iter().filter(|(number, situation, proof)| !check(*number, situation, proof));
    let wrong: Vec<u8> = wrong.map(|(number, ..)| *number).collect();
    assert_eq!(wrong, Vec::<u8>::new(), "cases with another result than the specified one");
    let numbers: Vec<u8> = CASES.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=65).collect::<Vec<u8>>(), "a case is missing from the table");
}
