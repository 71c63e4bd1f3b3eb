// What keeps texts for the server beside this: in SQLite or Postgres, as rows of their own or as conversations.

import { randomUUID } from "node:crypto";

/** The tables of conversations, for either. */
const CONVERSATIONS = `
  create table log (position bigint not null);
  insert into log values (0);
  create table conversations (
    id text primary key, seq bigint not null, unread bigint not null, updated_at bigint not null
  );
  create index conversations_by_activity on conversations (updated_at);
  create table messages (
    id text primary key, conversation_id text not null references conversations (id), seq bigint not null,
    text text not null, created_at bigint not null, unique (conversation_id, seq)
  );
  create table events (
    position bigint primary key, conversation_id text not null, data text not null, created_at bigint not null
  );
`;
/** What is done for a text, in a transaction: the log's row is held until its end, so the order has no holes. */
const NEXT_POSITION = "update log set position = position + 1 returning position";
const NEXT_SEQ = `
  insert into conversations (id, seq, unread, updated_at) values ($1, 1, 1, $2)
  on conflict (id) do update set seq = conversations.seq + 1, unread = conversations.unread + 1,
    updated_at = excluded.updated_at
  returning seq
`;
const MESSAGE = "insert into messages (id, conversation_id, seq, text, created_at) values ($1, $2, $3, $4, $5)";
const EVENT = "insert into events (position, conversation_id, data, created_at) values ($1, $2, $3, $4)";

const keepers = {
  messages: { sqlite, postgres },
  conversations: { sqlite: sqliteConversations, postgres: postgresConversations },
};

/** Gives a function that commits a text; SQLite's blocks until it is done, Postgres' has a promise. */
export async function keeper(url, what) {
  const { sqlite, postgres } = keepers[what];
  return url.startsWith("sqlite:") ? sqlite(await openSqlite(url)) : postgres(await openPostgres(url));
}

async function openSqlite(url) {
  const { default: Database } = await import("libsql");
  const database = new Database(url.slice("sqlite:".length));
  database.pragma("journal_mode = wal");
  database.pragma("synchronous = full");
  return database;
}

async function openPostgres(connectionString) {
  const { default: pg } = await import("pg");
  return new pg.Pool({ connectionString, max: 20 });
}

function sqlite(database) {
  database.exec("create table messages (id integer primary key, room text not null, text text not null)");
  const insert = database.prepare("insert into messages (room, text) values (?, ?)");
  return (room, text) => insert.run(room, text);
}

async function postgres(pool) {
  await pool.query("create table messages (id bigserial primary key, room text not null, text text not null)");
  return (room, text) => pool.query("insert into messages (room, text) values ($1, $2)", [room, text]);
}

function sqliteConversations(database) {
  database.exec(CONVERSATIONS);
  const marked = (sql) => database.prepare(sql.replace(/\$\d/g, "?"));
  const [nextPosition, nextSeq, message, event] = [NEXT_POSITION, NEXT_SEQ, MESSAGE, EVENT].map(marked);
  const keep = database.transaction((room, text) => {
    const [id, now] = [randomUUID(), Date.now()];
    const { position } = nextPosition.get();
    const { seq } = nextSeq.get(room, now);
    message.run(id, room, seq, text, now);
    event.run(position, room, JSON.stringify({ id, seq, text }), now);
  });
  return keep.immediate;
}

async function postgresConversations(pool) {
  await pool.query(CONVERSATIONS);
  // With a name, a statement is planned once for each connection.
  const run = async (client, name, text, values) => (await client.query({ name, text, values })).rows[0];
  return async (room, text) => {
    const client = await pool.connect();
    const [id, now] = [randomUUID(), Date.now()];
    try {
      await client.query("begin");
      const { position } = await run(client, "position", NEXT_POSITION, []);
      const { seq } = await run(client, "seq", NEXT_SEQ, [room, now]);
      await run(client, "message", MESSAGE, [id, room, seq, text, now]);
      await run(client, "event", EVENT, [position, room, JSON.stringify({ id, seq, text }), now]);
      await client.query("commit");
    } finally {
      client.release();
    }
  };
}
