-- What has to be posted to someone: a row for each event and each receiver, deleted once it is delivered or given up.
create table deliveries (
    -- the order within a lane
    id text primary key,
    kind text not null,
    owner text not null,
    endpoint text not null,
    -- what keeps its order: an earlier row of the same lane holds back later ones
    lane text not null,
    payload text not null,
    attempts bigint not null,
    -- whoever takes it moves this to the end of the lease
    due_at bigint not null,
    give_up_at bigint not null,
    created_at bigint not null
);
-- what holds back the lanes of an endpoint: what of them is not due
create index deliveries_that_hold on deliveries (kind, owner, endpoint, due_at);
-- what is next for an endpoint
create index deliveries_by_endpoint on deliveries (endpoint, id);
create index deliveries_by_due on deliveries (due_at);

-- Those who take deliveries do so in turns: whoever updates the row has the turn until the commit.
create table turns (
    name text primary key
);
insert into turns (name) values ('deliveries');

-- What receivers of webhooks were told is there: a channel (`user_id` empty) or a member of one.
create table occupancies (
    app_id text not null,
    channel text not null,
    user_id text not null,
    -- of this row, so that whoever wrote it knows that it is new
    id text not null,
    -- null: someone is there
    vacates_at bigint,
    primary key (app_id, channel, user_id)
);
create index occupancies_by_end on occupancies (vacates_at);

-- The nodes on which it is so.
create table occupants (
    app_id text not null,
    channel text not null,
    user_id text not null,
    node_id text not null,
    primary key (app_id, channel, user_id, node_id)
);
create index occupants_of_node on occupants (node_id);
