-- Where words stand, with the organization in front of each (`id.word`): one look finds what an organization has of a
-- word, where two lists had to be compared before. New rows wait in a list that every search reads: it is kept short.
drop index messages_by_words;
create index messages_by_words on messages
    using gin (array_to_tsvector(string_to_array(replace(rtrim(words), '.', organization_id || '.'), ' ')))
    with (gin_pending_list_limit = 1024);
drop index contacts_by_words;
create index contacts_by_words on contacts
    using gin (array_to_tsvector(string_to_array(replace(rtrim(words), '.', organization_id || '.'), ' ')))
    with (gin_pending_list_limit = 1024);
