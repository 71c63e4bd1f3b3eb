-- What search compares: each word as `.word `, in order. Null: not yet read, as in rows that are older than this
-- migration; whoever migrates reads them next.
alter table messages add column words text;
create index messages_without_words on messages (id) where words is null;
alter table contacts add column words text;
create index contacts_without_words on contacts (id) where words is null;

-- Where words stand. A row has its organization as one more word (`=id`), so that finding takes as long as that
-- organization's messages make it take. New rows wait in a list that every search reads: it is kept short.
create index messages_by_words on messages
    using gin (array_to_tsvector(string_to_array(words || '=' || organization_id, ' ')))
    with (gin_pending_list_limit = 1024);
create index contacts_by_words on contacts
    using gin (array_to_tsvector(string_to_array(words || '=' || organization_id, ' ')));
