-- The position of the event before it that was about the same conversation, so that who hears a conversation alone
-- notices a hole; null where none is kept.
alter table events add column previous bigint;
create index events_of_conversation on events (conversation_id, position);
