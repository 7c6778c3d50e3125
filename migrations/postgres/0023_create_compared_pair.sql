-- One row per pair of profiles that was proposed: how it compared then, so that a decision about it teaches what the operator
-- saw. Levels, no values. Pairs that nobody has decided go once they are not proposed any more.
create table compared_pair (
    one_id   text collate "C" not null, -- the lower id; aliases not followed
    other_id text collate "C" not null,
    form     bigint not null, -- what the cells mean: those of another form teach nothing
    weights  bigint not null, -- the version of the weights that it was proposed by; 0: the shipped ones
    cells    bytea not null, -- one for each factor, two bytes each
    noted_at bigint not null,
    primary key (one_id, other_id)
);
