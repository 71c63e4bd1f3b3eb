-- What an application is called, what it has otherwise than the defaults (JSON), whether it takes connections,
-- and when any of that or its secret last changed: servers look for what changed since they last looked.
alter table pusher_apps add column name text not null default '';
alter table pusher_apps add column settings text not null default '{}';
alter table pusher_apps add column enabled bigint not null default 1;
alter table pusher_apps add column updated_at bigint not null default 0;
create index pusher_apps_by_change on pusher_apps (updated_at);
