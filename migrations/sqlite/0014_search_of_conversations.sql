-- What is searched is conversations, so a conversation is what the index names: one document for each, with all its words.
-- Whoever migrates writes the documents next.
drop trigger message_comes;
drop trigger message_is_read;
drop trigger contact_comes;
drop trigger contact_changes;
drop table message_search;
drop table contact_search;
-- SQLite may leave the unindexed columns of such a table behind.
drop table if exists message_search_content;
drop table if exists contact_search_content;

-- As what a conversation was indexed. Where it is anything else by now, or never was, it is looked through instead.
alter table conversations add column indexed_at bigint;
alter table conversations add column indexed_seq bigint;
alter table conversations add column indexed_status text;
-- Up to which message its words are in digests.
alter table conversations add column digested_seq bigint not null default 0;
create index conversations_unindexed on conversations (organization_id, updated_at, id)
    where case when indexed_at = updated_at and indexed_seq = seq and indexed_status = status then 0 else 1 end = 1;

-- The words of many messages of a long conversation, up to `seq`: each as `.word `, once.
create table conversation_digests (
    conversation_id text not null references conversations (id),
    seq bigint not null,
    words text not null,
    primary key (conversation_id, seq)
);

-- The number is the millisecond of the activity, and in its last 21 bits a counter: documents are in the order in which
-- conversations are listed. Word by word each has its organization in front (`id.word`); `=status` and `#channel` are words
-- as well. Beginnings of two and three letters, which many words have, are kept as such: with what stands in front, 39 and
-- 40 characters.
create table conversation_documents (
    number integer primary key,
    conversation_id text not null unique references conversations (id)
);
create virtual table conversation_search using fts5 (
    words,
    content = '', contentless_delete = 1, detail = none, prefix = '39 40',
    tokenize = 'ascii tokenchars ''.-=#'''
);

-- Visitors are found by their names and addresses, which are in the documents of their conversations.
create trigger contact_is_renamed after update of words on contacts when old.words is not new.words begin
    update conversations set indexed_at = null where contact_id = new.id;
end;
