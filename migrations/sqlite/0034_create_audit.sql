-- Who has done what, and by which door: appended to, never changed. It holds ids and names of fields, no values.
create table audit (
    seq   integer primary key autoincrement,
    at    bigint not null,
    who   text not null, -- an operator, a token, or whom the command line names; empty for a name that nobody has
    door  text not null,   -- daemon | cli | desk | api
    deed  text not null,   -- model::audit::Deed
    about text not null
);
create index audit_who on audit (who, seq);
