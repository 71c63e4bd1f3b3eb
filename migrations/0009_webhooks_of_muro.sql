-- Who of an organization's programs is told what happens in its conversations.
create table webhooks (
    id text primary key,
    organization_id text not null references organizations (id),
    -- null: it hears of every website
    channel_id text references channels (id),
    url text not null,
    -- sealed
    secret text not null,
    events text not null,
    signature_style text not null,
    enabled bigint not null,
    -- why it was switched off, where the server did so
    disabled_reason text,
    -- the first failure since the last success
    failing_since bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index webhooks_of_organization on webhooks (organization_id, id);

-- How many webhooks are enabled. It stands here because whoever appends to the log reads this row anyway: an
-- organization without webhooks pays nothing for them, and a new one misses nothing that is written after it.
alter table organizations add column webhooks bigint not null default 0;

-- What was posted: what is left of a delivery once it is no longer in `deliveries`.
create table webhook_deliveries (
    -- of the row in `deliveries`
    id text primary key,
    webhook_id text not null,
    payload text not null,
    created_at bigint not null,
    attempted_at bigint not null,
    delivered_at bigint
);
create index webhook_deliveries_of_webhook on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_by_age on webhook_deliveries (attempted_at);

create table webhook_attempts (
    delivery_id text not null,
    at bigint not null,
    duration_ms bigint not null,
    -- null: there was no answer
    status bigint,
    response text not null,
    error text,
    primary key (delivery_id, at)
);
