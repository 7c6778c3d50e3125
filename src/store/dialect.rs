//! The two databases, and the few places where they differ: claiming, locking and waking.

/// Which database the store speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite: one file, one process, one writer.
    Sqlite,
    /// PostgreSQL: several daemons may share it.
    Postgres,
}

impl Dialect {
    /// The dialect of a database URL.
    pub(super) fn of_url(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _other => None,
        }
    }

    /// Ends the inner `select` of a claim: rows that another worker is claiming are passed over. On SQLite nobody
    /// else can be claiming, because there is one writer.
    pub(super) const fn claim_lock(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "for update skip locked",
        }
    }

    /// Ends the `select` that reads a record's root for a new link: the root must not move until the commit is done.
    pub(super) const fn root_lock(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "for share of r",
        }
    }

    /// Taken before alias trees are changed: two merges at once could each miss the other's half.
    pub(super) const fn tree_lock(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("select 1 from (select pg_advisory_xact_lock(7241836501)) as l"),
        }
    }

    /// Looks at a few rows of the tables that grow, and at no document, so that plans fit what is there. SQLite's do not
    /// depend on it where the order of a join is given.
    pub(super) const fn freshen_statistics(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(&[
                "set local default_statistics_target = 10",
                "analyze record (record_id, kind, root_id, number, arrives_on, departs_on, holder)",
                "analyze link (link_id, record_id, root_id, system_id, kind, external_id, role, life, slot)",
                "analyze journal (record_id, system_id)",
                "analyze profile_features (number, record_id)",
                "analyze profile_key",
                "analyze profile_count",
                "analyze profile_pair (a, b)",
                "analyze search_document (number, record_id)",
                "analyze search_posting",
                "analyze search_variant",
            ]),
        }
    }

    /// How a transaction that will write begins: SQLite takes the write lock at once, because a transaction that
    /// takes it later does not wait for it.
    pub(super) const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "begin immediate",
            Self::Postgres => "begin",
        }
    }

    /// Tells other processes that there is work; `$1` is the payload.
    pub(super) const fn notify(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("select cast(pg_notify('cardex_wake', $1) as text)"),
        }
    }
}
