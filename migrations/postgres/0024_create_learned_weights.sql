-- One row per set of weights that was fitted to operators' decisions, with how well it foretold those it was not fitted to.
-- At most one is active; where none is, the shipped weights count.
create table learned_weights (
    version          bigint not null primary key, -- from 1
    made_at          bigint not null,
    base             bigint not null, -- the shipped weights that it is near to: near others it means nothing
    learned_from     bigint not null, -- digest of the decisions: the same ones are not learned from twice
    decisions        bigint not null,
    pairs            bigint not null, -- that were decided by them
    loss_before      bigint not null, -- mean log-loss in millionths, with the shipped weights
    loss_after       bigint not null,
    precision_before bigint not null, -- share of one person among the proposed, in parts per million
    precision_after  bigint not null,
    refused          text, -- why it is not used; null when it may be
    active           bigint not null, -- 1: it counts
    weights          text not null
);
