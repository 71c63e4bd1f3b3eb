-- Which key let a Pusher connection listen to a channel of conversations.
create table channel_grants (
    socket_id text not null,
    channel text not null,
    key_id text not null references api_keys (id),
    granted_at bigint not null,
    primary key (socket_id, channel)
);
create index channel_grants_by_age on channel_grants (granted_at);
