-- How many of the visitor's messages nobody of the organization has read or answered.
alter table conversations add column unread bigint not null default 0;
-- null before the first message
alter table conversations add column last_message_at bigint;

create index sessions_of_conversation on sessions (conversation_id, created_at);

update conversations set last_message_at = (
    select max(m.created_at) from messages m where m.conversation_id = conversations.id
);
update conversations set unread = (
    select count(*) from messages m
    where m.conversation_id = conversations.id and m.author_type = 'contact' and m.seq > coalesce((
        select max(a.seq) from messages a
        where a.conversation_id = conversations.id and a.author_type = 'user' and a.visibility = 'public'
    ), 0)
);
