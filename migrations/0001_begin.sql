-- One schema for SQLite and Postgres: ids and JSON are text, times are microseconds since 1970, truths are 0 or 1.

create table organizations (
    id text primary key,
    name text not null unique,
    -- of the newest row in `events`
    position bigint not null,
    next_display_id bigint not null,
    next_number bigint not null,
    created_at bigint not null
);

create table users (
    id text primary key,
    organization_id text not null references organizations (id),
    number bigint not null,
    email text not null unique,
    name text not null,
    password_hash text not null,
    created_at bigint not null,
    unique (organization_id, number)
);

create table login_sessions (
    token_hash text primary key,
    user_id text not null references users (id),
    csrf_token text not null,
    created_at bigint not null,
    expires_at bigint not null
);
create index login_sessions_of_user on login_sessions (user_id);
create index login_sessions_by_end on login_sessions (expires_at);

create table api_keys (
    id text primary key,
    organization_id text not null references organizations (id),
    user_id text references users (id),
    dialect text not null,
    kind text not null,
    token_hash text not null unique,
    prefix text not null,
    name text not null,
    scopes text not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint
);
create index api_keys_of_organization on api_keys (organization_id);

create table channels (
    id text primary key,
    organization_id text not null references organizations (id),
    number bigint not null,
    kind text not null,
    name text not null,
    public_token text unique,
    allowed_origins text not null,
    require_identity bigint not null,
    -- sealed
    identity_secret text not null,
    created_at bigint not null,
    unique (organization_id, number)
);

create table embed_tokens (
    token_hash text primary key,
    channel_id text not null references channels (id),
    name text not null,
    allowed_origins text not null,
    created_at bigint not null,
    revoked_at bigint
);
create index embed_tokens_of_channel on embed_tokens (channel_id);

create table contacts (
    id text primary key,
    organization_id text not null references organizations (id),
    number bigint not null,
    name text,
    created_at bigint not null,
    updated_at bigint not null,
    unique (organization_id, number)
);

create table contact_channels (
    id text primary key,
    contact_id text not null references contacts (id),
    channel_id text not null references channels (id),
    source_id text not null,
    created_at bigint not null,
    unique (channel_id, source_id)
);

create table conversations (
    id text primary key,
    organization_id text not null references organizations (id),
    channel_id text not null references channels (id),
    contact_id text not null references contacts (id),
    contact_channel_id text not null references contact_channels (id),
    display_id bigint not null,
    status text not null,
    -- of the newest message
    seq bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (organization_id, display_id)
);
create index conversations_by_activity on conversations (organization_id, updated_at, id);
create index conversations_of_contact_channel on conversations (contact_channel_id, created_at);

create table sessions (
    id text primary key,
    organization_id text not null references organizations (id),
    conversation_id text not null references conversations (id),
    status text not null,
    assigned_agent_id text references users (id),
    tags text not null,
    first_message_at bigint,
    assigned_at bigint,
    resolved_at bigint,
    created_at bigint not null
);
create unique index sessions_open on sessions (conversation_id) where status = 'open';
create index sessions_by_agent on sessions (organization_id, assigned_agent_id) where status = 'open';

create table messages (
    id text primary key,
    organization_id text not null references organizations (id),
    conversation_id text not null references conversations (id),
    session_id text not null references sessions (id),
    seq bigint not null,
    author_type text not null,
    author_id text,
    visibility text not null,
    kind text not null,
    content text not null,
    rich text,
    client_message_id text,
    created_at bigint not null,
    unique (conversation_id, seq),
    unique (conversation_id, client_message_id)
);

create table receipts (
    message_id text not null references messages (id),
    reader text not null,
    read_at bigint not null,
    primary key (message_id, reader)
);

create table pusher_apps (
    id text primary key,
    organization_id text not null references organizations (id),
    key text not null unique,
    -- sealed
    secret text not null,
    created_at bigint not null
);
create index pusher_apps_of_organization on pusher_apps (organization_id);

-- The log of each organization: what recovery replays, in commit order, without holes.
create table events (
    organization_id text not null references organizations (id),
    position bigint not null,
    kind text not null,
    conversation_id text,
    seq bigint,
    data text not null,
    created_at bigint not null,
    primary key (organization_id, position)
);
create index events_by_age on events (created_at);

create table nodes (
    id text primary key,
    started_at bigint not null,
    seen_at bigint not null
);

create table realtime_sessions (
    pid_hash text primary key,
    connection_ref text not null,
    organization_id text,
    actor text not null,
    rooms text not null,
    node_id text not null,
    created_at bigint not null,
    disconnected_at bigint
);
create index realtime_sessions_by_node on realtime_sessions (node_id, disconnected_at);
