// A Socket.IO server such as one writes with Node and `ws`, for the load generator to measure.
//
//   node server.js PORT [DATABASE [messages | conversations]]
//
// Clients join a room and say texts in it, which everybody in the room hears. With a database, sqlite:FILE or
// postgres://…, each text is committed before it is told and acknowledged: as a row of its own (`messages`), or with what
// makes rooms conversations beside it (`conversations`): its place in the one order of its conversation, how many are
// unread and when somebody wrote last, and its place in the one log of events.

import { createServer } from "node:http";
import { Server } from "socket.io";

import { keeper } from "./keepers.js";

const [port, database, what = "messages"] = process.argv.slice(2);
const keep = database ? await keeper(database, what) : undefined;
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
