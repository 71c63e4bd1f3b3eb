// A Socket.IO server such as one writes with Node and `ws`, for the load generator to measure.
//
//   node server.js PORT [DATABASE]
//
// Clients join a room and say texts in it, which everybody in the room hears. With a database, sqlite:FILE or
// postgres://…, each text is committed before it is told and acknowledged.

import { createServer } from "node:http";
import { Server } from "socket.io";

const [port, database] = process.argv.slice(2);

const keep = database ? await keeper(database) : undefined;
const http = createServer();
const io = new Server(http, { transports: ["websocket"], maxHttpBufferSize: 1e6 });

io.on("connection", (socket) => {
  socket.on("join", (room, acknowledge) => {
    socket.join(room);
    acknowledge();
  });
  socket.on("say", async (room, text, acknowledge) => {
    if (keep) await keep(room, text);
    io.to(room).emit("said", text);
    acknowledge();
  });
});

http.listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });

/** Gives a function that commits a text; SQLite's blocks until it is done, Postgres' has a promise. */
async function keeper(url) {
  return url.startsWith("sqlite:") ? sqlite(url.slice("sqlite:".length)) : postgres(url);
}

async function sqlite(file) {
  const { default: Database } = await import("libsql");
  const messages = new Database(file);
  messages.pragma("journal_mode = wal");
  messages.pragma("synchronous = full");
  messages.exec("create table messages (id integer primary key, room text not null, text text not null)");
  const insert = messages.prepare("insert into messages (room, text) values (?, ?)");
  return (room, text) => insert.run(room, text);
}

async function postgres(connectionString) {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString, max: 20 });
  await pool.query("create table messages (id bigserial primary key, room text not null, text text not null)");
  return (room, text) => pool.query("insert into messages (room, text) values ($1, $2)", [room, text]);
}
