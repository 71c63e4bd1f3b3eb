-- What search compares: each word as `.word `, in order. Null: not yet read, as in rows that are older than this
-- migration; whoever migrates reads them next.
alter table messages add column words text;
create index messages_without_words on messages (id) where words is null;
alter table contacts add column words text;
create index contacts_without_words on contacts (id) where words is null;

-- Where words stand. A row has its organization as one more word (`=id`), so that finding takes as long as that
-- organization's messages make it take. A row of contacts has its id too (`#id`), by which it is found to be replaced.
create virtual table message_search using fts5 (
    words, conversation_id unindexed,
    content = '', contentless_unindexed = 1, columnsize = 0, detail = none,
    tokenize = 'ascii tokenchars ''.=-'''
);
create virtual table contact_search using fts5 (
    words, contact_id unindexed,
    content = '', contentless_unindexed = 1, contentless_delete = 1, detail = none,
    tokenize = 'ascii tokenchars ''.=-#'''
);

create trigger message_comes after insert on messages when new.words is not null begin
    insert into message_search (words, conversation_id)
    values (new.words || '=' || new.organization_id, new.conversation_id);
end;
create trigger message_is_read after update of words on messages when old.words is null begin
    insert into message_search (words, conversation_id)
    values (new.words || '=' || new.organization_id, new.conversation_id);
end;
create trigger contact_comes after insert on contacts when new.words is not null begin
    insert into contact_search (words, contact_id)
    values (new.words || '=' || new.organization_id || ' #' || new.id, new.id);
end;
create trigger contact_changes after update of words on contacts begin
    delete from contact_search where rowid in (
        select rowid from contact_search where contact_search match '"#' || old.id || '"'
    );
    insert into contact_search (words, contact_id)
    values (new.words || '=' || new.organization_id || ' #' || new.id, new.id);
end;
