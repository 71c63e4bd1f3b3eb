-- The position of the newest event about a conversation stands with the conversation: an index of all events by conversation is a
-- page to write for every message, of its own.
alter table conversations add column position bigint;
update conversations set position = (
    select max(e.position) from events e where e.conversation_id = conversations.id
);
drop index events_of_conversation;
