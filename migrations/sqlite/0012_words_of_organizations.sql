-- Where words stand, with the organization in front of each (`id.word`): one look finds what an organization has of a
-- word, where two lists had to be compared before. A row of contacts has its id too (`#id`), by which it is found to be
-- replaced.
drop trigger message_comes;
drop trigger message_is_read;
drop trigger contact_comes;
drop trigger contact_changes;
drop table message_search;
drop table contact_search;
-- SQLite may leave the unindexed columns of such a table behind.
drop table if exists message_search_content;
drop table if exists contact_search_content;

create virtual table message_search using fts5 (
    words, conversation_id unindexed,
    content = '', contentless_unindexed = 1, columnsize = 0, detail = none,
    tokenize = 'ascii tokenchars ''.-'''
);
create virtual table contact_search using fts5 (
    words, contact_id unindexed,
    content = '', contentless_unindexed = 1, contentless_delete = 1, detail = none,
    tokenize = 'ascii tokenchars ''.-#'''
);

create trigger message_comes after insert on messages when new.words is not null begin
    insert into message_search (words, conversation_id)
    values (replace(new.words, '.', new.organization_id || '.'), new.conversation_id);
end;
create trigger message_is_read after update of words on messages when old.words is null begin
    insert into message_search (words, conversation_id)
    values (replace(new.words, '.', new.organization_id || '.'), new.conversation_id);
end;
create trigger contact_comes after insert on contacts when new.words is not null begin
    insert into contact_search (words, contact_id)
    values (replace(new.words, '.', new.organization_id || '.') || '#' || new.id, new.id);
end;
create trigger contact_changes after update of words on contacts begin
    delete from contact_search where rowid in (
        select rowid from contact_search where contact_search match '"#' || old.id || '"'
    );
    insert into contact_search (words, contact_id)
    values (replace(new.words, '.', new.organization_id || '.') || '#' || new.id, new.id);
end;

insert into message_search (words, conversation_id)
select replace(words, '.', organization_id || '.'), conversation_id from messages
where words is not null order by id;
insert into contact_search (words, contact_id)
select replace(words, '.', organization_id || '.') || '#' || id, id from contacts where words is not null;
