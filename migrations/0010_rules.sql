-- Answers that agents keep ready.
create table saved_replies (
    id text primary key,
    organization_id text not null references organizations (id),
    -- what an agent types after a slash
    shortcut text not null,
    title text not null,
    body text not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (organization_id, shortcut)
);
create index saved_replies_in_order on saved_replies (organization_id, id);

create table automation_rules (
    id text primary key,
    organization_id text not null references organizations (id),
    name text not null,
    enabled bigint not null,
    -- what it waits for
    happening text not null,
    -- JSON, as in muro's documents
    conditions text not null,
    actions text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index automation_rules_in_order on automation_rules (organization_id, id);

-- Names the state of an organization's enabled rules, and is another with each change; null when there are none. It
-- stands here because whoever appends to the log reads this row anyway: an organization without rules pays nothing
-- for them, and what is kept in memory is never out of date.
alter table organizations add column rules_revision text;
