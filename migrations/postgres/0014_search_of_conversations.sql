-- What is searched is conversations, so a conversation is what the index names: one document for each, with all its words.
-- Whoever migrates writes the documents next.
drop index messages_by_words;
drop index contacts_by_words;

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

-- Each word has its organization in front (`id.word`); `=status` and `#channel` are words as well. So the words of all but the
-- smallest conversations are long enough to be kept aside: to sort what was found, thousands of rows are read without them.
create table conversation_documents (
    conversation_id text primary key references conversations (id),
    updated_at bigint not null,
    words text not null
) with (toast_tuple_target = 128);
-- It is said to cost much, so that even for a frequent word nobody reads all documents instead of asking the index.
create function document_words(words text) returns tsvector
language plpgsql immutable strict parallel safe cost 100000 as $$
begin
    return array_to_tsvector(string_to_array(rtrim(words), ' '));
end
$$;
-- New rows wait in a list that every search reads: it is kept short.
create index conversation_documents_by_words on conversation_documents
    using gin (document_words(words)) with (gin_pending_list_limit = 1024);

-- Visitors are found by their names and addresses, which are in the documents of their conversations.
create function contact_is_renamed() returns trigger language plpgsql as $$
begin
    update conversations set indexed_at = null where contact_id = new.id;
    return null;
end
$$;
create trigger contact_is_renamed after update of words on contacts for each row
    when (old.words is distinct from new.words) execute function contact_is_renamed();
