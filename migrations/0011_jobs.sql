-- Work that is due at a time and is nobody's request: a row for each, deleted once it is done or given up.
create table jobs (
    id text primary key,
    kind text not null,
    -- what it is done to; the same asked for again takes the row over
    subject text not null,
    attempts bigint not null,
    -- whoever takes it moves this to the end of the lease
    due_at bigint not null,
    created_at bigint not null,
    unique (kind, subject)
);
create index jobs_by_due on jobs (due_at);

-- What a model made of a conversation, the latest of each.
create table summaries (
    conversation_id text primary key references conversations (id),
    -- a list of texts, in JSON
    bullets text not null,
    model text not null,
    -- of the newest message it knows
    seq bigint not null,
    generated_at bigint not null
);
