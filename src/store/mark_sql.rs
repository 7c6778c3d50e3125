//! The statements of the two queues. Both tables have the same columns but for the key, so each statement is written
//! once and told the table's name and key.

use super::Queue;
use super::sql::Statement;

/// The statements of one queue.
pub(super) struct QueueSql {
    pub table: &'static str,
    pub touch: &'static Statement,
    pub claim: &'static Statement,
    pub next: &'static Statement,
    pub done: &'static Statement,
    pub touched_since: &'static Statement,
    pub again: &'static Statement,
    pub park: &'static Statement,
    pub release: &'static Statement,
    pub hand_back: &'static Statement,
    pub renew: &'static Statement,
    pub list: &'static Statement,
    pub retry: &'static Statement,
    pub drop: &'static Statement,
    pub counts: &'static Statement,
}

/// The statements of `queue`.
pub(super) const fn sql_of(queue: Queue) -> &'static QueueSql {
    match queue {
        Queue::Reads => &reads::SQL,
        Queue::Due => &due::SQL,
    }
}

/// The reason of a mark whose lease ran out. Its tries are counted from the first time on: other reasons to wait do not
/// make it likelier that a worker dies over it.
macro_rules! cut_off {
    () => {
        "the work on it was cut off"
    };
}

/// Declares a module with the statements of the table `$table`. `$key` lists the columns that make its key beside the
/// system, `$key_types` their types; `$of_record` is the record that a mark is about, where it is about one.
macro_rules! queue {
    ($module:ident, $table:literal, $key:literal, $of_record:literal, $v_key:literal, $conflict:literal, $on_touch:literal,
     $touch_types:literal) => {
        pub(super) mod $module {
            use crate::store::mark_sql::QueueSql;
            use crate::store::sql::statements;

            statements! {
                TOUCH("i", $touch_types) = concat!(
                    "with v(system_id, lane, rank, not_before, ", $key, ") as (values {values})
                    insert into ", $table, " (system_id, lane, rank, not_before, ", $key, ",
                        touched, attempts, parked, created_at)
                    select v.system_id, v.lane, v.rank, v.not_before, ", $v_key, ", 1, 0, 0, $1 from v where true
                    on conflict (", $conflict, ") do update set
                        touched = ", $table, ".touched + 1, rank = excluded.rank,", $on_touch, "
                        lane = case when excluded.lane < ", $table, ".lane then excluded.lane else ", $table, ".lane end,
                        not_before = case
                            when excluded.lane <= 2 and (", $table, ".attempts > 0 or ", $table, ".parked = 1)
                                then excluded.not_before
                            when ", $table, ".attempts = 0 and excluded.not_before < ", $table, ".not_before
                                then excluded.not_before
                            else ", $table, ".not_before end,
                        attempts = case when excluded.lane <= 2 then 0 else ", $table, ".attempts end,
                        parked = case when excluded.lane <= 2 then 0 else ", $table, ".parked end,
                        reason = case when excluded.lane <= 2 then null else ", $table, ".reason end");
                CLAIM("tiiiiti", "") = concat!(
                    "with picked as materialized (
                        select m.mark_id from ", $table, " m
                        where m.system_id = $1 and m.parked = 0 and m.lane between $2 and $3 and m.not_before <= $4
                            and (m.lease_until is null or m.lease_until <= $4)
                        order by m.lane, m.rank, m.not_before, m.mark_id limit $5 {lock})
                    update ", $table, " set lease_token = $6, lease_until = $7,
                        attempts = case when ", $table, ".lease_until is null then ", $table, ".attempts
                            when ", $table, ".reason = '", cut_off!(), "' then ", $table, ".attempts + 1 else 1 end,
                        reason = case when ", $table, ".lease_until is null then ", $table, ".reason
                            else '", cut_off!(), "' end
                    where mark_id in (select mark_id from picked)
                    returning mark_id, touched, attempts, system_id, ", $key, ", lane, rank, not_before,
                        case when reason = '", cut_off!(), "' then 1 else 0 end");
                NEXT("tii", "") = concat!(
                    "select min(case when lease_until > not_before then lease_until else not_before end)
                    from ", $table, " where system_id = $1 and parked = 0 and lane between $2 and $3");
                DONE("", "iti") = concat!(
                    "with v(mark_id, token, touched) as (values {values})
                    delete from ", $table, " where mark_id in (select mark_id from v)
                        and (mark_id, lease_token, touched) in (select mark_id, token, touched from v)");
                TOUCHED_SINCE("", "iti") = concat!(
                    "with v(mark_id, token, touched) as (values {values})
                    update ", $table, " set lease_token = null, lease_until = null, attempts = 0, reason = null
                    from v where ", $table, ".mark_id = v.mark_id and ", $table, ".lease_token = v.token");
                AGAIN("", "itiit") = concat!(
                    "with v(mark_id, token, not_before, failed, reason) as (values {values})
                    update ", $table, " set lease_token = null, lease_until = null, not_before = v.not_before,
                        attempts = ", $table, ".attempts + v.failed, reason = v.reason
                    from v where ", $table, ".mark_id = v.mark_id and ", $table, ".lease_token = v.token");
                PARK("", "itit") = concat!(
                    "with v(mark_id, token, touched, reason) as (values {values})
                    update ", $table, " set lease_token = null, lease_until = null, reason = v.reason,
                        parked = case when ", $table, ".touched = v.touched then 1 else 0 end,
                        attempts = case when ", $table, ".touched = v.touched then ", $table, ".attempts + 1 else 0 end
                    from v where ", $table, ".mark_id = v.mark_id and ", $table, ".lease_token = v.token");
                RELEASE("", "it") = concat!(
                    "with v(mark_id, token) as (values {values})
                    update ", $table, " set lease_token = null, lease_until = null
                    from v where ", $table, ".mark_id = v.mark_id and ", $table, ".lease_token = v.token");
                HAND_BACK("tit", "i") = concat!(
                    "with v(mark_id) as (values {values})
                    update ", $table, " set lease_token = null, lease_until = null, not_before = $2, reason = $3
                    from v where ", $table, ".mark_id = v.mark_id and ", $table, ".lease_token = $1");
                RENEW("ti", "i") = concat!(
                    "with v(mark_id) as (values {values})
                    update ", $table, " set lease_until = $2
                    from v where ", $table, ".mark_id = v.mark_id and ", $table, ".lease_token = $1");
                LIST("titiitii", "") = concat!(
                    "select mark_id, touched, attempts, system_id, ", $key, ", lane, rank, not_before,
                        parked, reason, lease_until, created_at
                    from ", $table, "
                    where ($1 is null or system_id = $1) and parked >= $2
                        and ($3 is null or lower(reason) like $3 escape '!')
                        and ($5 is null or mark_id = $5) and ($6 is null or ", $of_record, " = $6)
                        and ($7 is null or created_at > $7 or created_at = $7 and mark_id > $8)
                    order by created_at, mark_id limit $4");
                RETRY("titiiit", "") = concat!(
                    "update ", $table, " set parked = 0, attempts = 0, not_before = $5, reason = null
                    where mark_id in (select m.mark_id from ", $table, " m
                        where ($1 is null or m.system_id = $1) and m.parked >= $2
                            and ($3 is null or lower(m.reason) like $3 escape '!')
                            and ($6 is null or m.mark_id = $6) and ($7 is null or ", $of_record, " = $7)
                            and (m.lease_until is null or m.lease_until <= $5)
                        order by m.created_at, m.mark_id limit $4)
                    returning system_id");
                DROP("titiiit", "") = concat!(
                    "delete from ", $table, "
                    where mark_id in (select m.mark_id from ", $table, " m
                        where ($1 is null or m.system_id = $1) and m.parked >= $2
                            and ($3 is null or lower(m.reason) like $3 escape '!')
                            and ($6 is null or m.mark_id = $6) and ($7 is null or ", $of_record, " = $7)
                            and (m.lease_until is null or m.lease_until <= $5)
                        order by m.created_at, m.mark_id limit $4)
                    returning system_id");
                COUNTS("i", "") = concat!(
                    "select system_id, case when parked = 1 then 'parked' when lease_until > $1 then 'leased'
                            when not_before > $1 then 'waiting' else 'ready' end,
                        lane, count(*), min(created_at)
                    from ", $table, " group by 1, 2, 3 order by 1, 2, 3");
            }

            pub(in crate::store) const SQL: QueueSql = QueueSql {
                table: $table,
                touch: &TOUCH,
                claim: &CLAIM,
                next: &NEXT,
                done: &DONE,
                touched_since: &TOUCHED_SINCE,
                again: &AGAIN,
                park: &PARK,
                release: &RELEASE,
                hand_back: &HAND_BACK,
                renew: &RENEW,
                list: &LIST,
                retry: &RETRY,
                drop: &DROP,
                counts: &COUNTS,
            };
        }
    };
}

queue!(due, "due", "record_id", "record_id", "v.record_id", "record_id, system_id", "", "tiiit");
queue!(
    reads,
    "read_mark",
    "kind, external_id, absence",
    "cast(null as text)",
    "v.kind, v.external_id, v.absence",
    "system_id, kind, external_id",
    "
                        absence = case when excluded.absence > read_mark.absence
                            then excluded.absence else read_mark.absence end,",
    "tiiitti"
);
