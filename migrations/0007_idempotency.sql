-- Requests that came with an Idempotency-Key, and how they were answered.
create table idempotency_keys (
    api_key_id text not null references api_keys (id),
    -- as the client sent it
    idempotency_key text not null,
    -- a hash of method, address and body: the same key with another request is refused
    fingerprint text not null,
    -- the attempt that holds the key; each begins with another
    attempt text not null unique,
    -- 1 once something that the attempt did was committed, by that very commit
    acted bigint not null,
    -- null until it was answered
    status bigint,
    body text,
    created_at bigint not null,
    -- an attempt that has neither acted nor answered by then is given up
    lease_until bigint not null,
    primary key (api_key_id, idempotency_key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
