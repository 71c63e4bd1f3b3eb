// laravel-echo with the pusher-js it brings to life, and a backend that answers as Laravel does.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import Echo from "laravel-echo";
import Pusher from "pusher-js";
import { HOST, PORT, app, startBackend } from "./backend.mjs";
import { World, until } from "./world.mjs";

const backend = await startBackend();
const world = new World({ Pusher, key: app.key, host: HOST, port: PORT, backend, transport: "ws" });
after(() => world.close());

async function echoOf(user, { forged } = {}) {
  const client = await world.connected({ user, forged });
  return new Echo({ broadcaster: "pusher", key: app.key, client });
}

const subscribed = (channel) => new Promise((resolve) => channel.subscribed(resolve));

test("a public channel hears the events of the application's namespace and named ones", async () => {
  const echo = await echoOf();
  const [name, got] = [world.name("orders"), []];
  const channel = echo.channel(name);
  channel.listen("OrderShipped", (data) => got.push(["class", data]));
  channel.listen(".order.paid", (data) => got.push(["name", data]));
  await subscribed(channel);
  await world.trigger(name, "App\\Events\\OrderShipped", { id: 1 });
  await world.trigger(name, "order.paid", { id: 2 });
  await until(() => got.length === 2, "both come");
  assert.deepEqual(got, [["class", { id: 1 }], ["name", { id: 2 }]]);
  echo.leave(name);
});

test("a private channel hears, and whispers to the others", async () => {
  const [ada, bo] = [await echoOf(), await echoOf()];
  const [name, whispers, told] = [world.name("chat"), [], []];
  const adas = ada.private(name);
  const bos = bo.private(name).listenForWhisper("typing", (data) => whispers.push(data));
  bos.listen(".told", (data) => told.push(data));
  await Promise.all([subscribed(adas), subscribed(bos)]);
  adas.whisper("typing", { name: "Ada" });
  await until(() => whispers.length === 1, "the whisper is heard");
  assert.deepEqual(whispers, [{ name: "Ada" }]);
  await world.trigger(`private-${name}`, "told", { x: 1 });
  await until(() => told.length === 1, "the event comes");
});

test("who may not subscribe is told by error", async () => {
  const refusedByBackend = await new Promise((resolve) => {
    echoOf().then((echo) => echo.private("forbidden").error(resolve));
  });
  assert.equal(refusedByBackend.status, 403);
  const refusedByServer = await new Promise((resolve) => {
    echoOf(undefined, { forged: true }).then((echo) => echo.private("forged").error(resolve));
  });
  assert.equal(refusedByServer.status, 401);
});

test("a presence channel has who is here, who joins and who leaves", async () => {
  const user = (id) => ({ user_id: id, user_info: { id, name: `User ${id}` } });
  const [ada, bo] = [await echoOf(user(1)), await echoOf(user(2))];
  const [name, seen] = [world.name("team"), []];
  const adas = ada.join(name);
  adas.here((members) => seen.push(["here", ...members.map(({ id }) => id)]));
  adas.joining(({ id }) => seen.push(["joining", id]));
  adas.leaving(({ id }) => seen.push(["leaving", id]));
  await until(() => seen.length === 1, "ada is here");
  bo.join(name);
  await until(() => seen.length === 2, "bo joins");
  bo.leave(name);
  await until(() => seen.length === 3, "bo leaves");
  assert.deepEqual(seen, [["here", 1], ["joining", 2], ["leaving", 2]]);
});

test("an encrypted private channel hears", async () => {
  const echo = await echoOf();
  const [name, got] = [world.name("sealed"), []];
  const channel = echo.encryptedPrivate(name).listen(".told", (data) => got.push(data));
  await subscribed(channel);
  await world.trigger(`private-encrypted-${name}`, "told", { sealed: true });
  await until(() => got.length === 1, "the event comes");
  assert.deepEqual(got, [{ sealed: true }]);
});
