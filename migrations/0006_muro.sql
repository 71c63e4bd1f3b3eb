-- What programs keep beside a conversation (JSON), and until when it sleeps: null when it does not, or sleeps until
-- its visitor writes.
alter table conversations add column metadata text not null default '{}';
alter table conversations add column snoozed_until bigint;
create index conversations_that_wake on conversations (snoozed_until) where snoozed_until is not null;

-- Each list of programs has an index in its own order.
create index conversations_by_status on conversations (organization_id, status, updated_at, id);
create index conversations_of_channel on conversations (channel_id, updated_at, id);
create index conversations_of_channel_by_status on conversations (channel_id, status, updated_at, id);
create index conversations_of_contact on conversations (contact_id);

-- lower case
alter table contacts add column email text;
alter table contacts add column metadata text not null default '{}';
-- the channel by which the contact first came in
alter table contacts add column channel_id text references channels (id);
alter table contacts add column last_seen_at bigint not null default 0;
update contacts set
    channel_id = (
        select cc.channel_id from contact_channels cc
        where cc.contact_id = contacts.id order by cc.created_at, cc.id limit 1
    ),
    last_seen_at = created_at;
update contacts set last_seen_at = (
    select max(c.last_message_at) from conversations c where c.contact_id = contacts.id
) where exists (
    select 1 from conversations c where c.contact_id = contacts.id and c.last_message_at is not null
);
create index contacts_by_sight on contacts (organization_id, last_seen_at, id);
create index contacts_of_channel on contacts (channel_id, last_seen_at, id);
create index contact_channels_of_contact on contact_channels (contact_id, channel_id);

-- Where a website is; empty: not said.
alter table channels add column url text not null default '';

-- The one website that a key sees; null: all of its organization.
alter table api_keys add column channel_id text references channels (id);
