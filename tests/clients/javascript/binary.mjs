// Arguments of every kind, there and back, through the server for protocol suites.
import assert from "node:assert/strict";
import test from "node:test";
import { BASE_URL, connected, next, socketTo } from "./people.mjs";

const bytes = (...values) => Buffer.from(values);

async function echo(socket, ...args) {
  const back = next(socket, "message-back");
  socket.emit("message", ...args);
  return back;
}

const acknowledged = (socket, ...args) =>
  new Promise((resolve) => socket.emit("message-with-ack", ...args, (...answer) => resolve(answer)));

const ARGUMENTS = [
  [],
  ["text"],
  ["text with \u{1F600} and \u0000 and \x1e"],
  [1, 2.5, -3e10, true, false, null],
  [[], {}, [[1], { a: [{ b: null }] }]],
  [bytes(1, 2, 3)],
  [bytes()],
  ["before", bytes(0, 255), "between", bytes(4), { in: [bytes(5, 6)] }],
  [Buffer.alloc(100_000, 7)],
  ["x".repeat(200_000)],
];

test("what is sent comes back", async () => {
  const socket = await connected(socketTo(BASE_URL));
  for (const args of ARGUMENTS) assert.deepEqual(await echo(socket, ...args), args);
});

test("what is acknowledged comes back", async () => {
  const socket = await connected(socketTo(BASE_URL));
  for (const args of ARGUMENTS) assert.deepEqual(await acknowledged(socket, ...args), args);
});

test("text and binary events keep their order", async () => {
  const socket = await connected(socketTo(BASE_URL));
  const came = [];
  socket.on("message-back", (value) => came.push(Buffer.isBuffer(value) ? value[0] : value));
  for (let at = 0; at < 100; at++) socket.emit("message", at % 3 === 0 ? bytes(at) : at);
  await acknowledged(socket);
  assert.deepEqual(came, Array.from({ length: 100 }, (_, at) => at));
});

test("namespaces are apart, and an unknown one is refused", async () => {
  const auth = { token: "abc" };
  const socket = socketTo(`${BASE_URL}/custom`, { auth });
  assert.deepEqual(await next(socket, "auth"), [auth]);
  const [error] = await next(socketTo(`${BASE_URL}/unknown`, { reconnection: false }), "connect_error");
  assert.equal(error.message, "Invalid namespace");
});

test("the heartbeat holds an idle connection", async () => {
  const socket = await connected(socketTo(BASE_URL));
  let lost = false;
  socket.on("disconnect", () => (lost = true));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.equal(lost, false);
  assert.deepEqual(await echo(socket, "alive"), ["alive"]);
});
