// What pusher-js does when the network or the server goes away: LIBRARY names the package.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test, { after } from "node:test";
import { Proxy } from "../javascript/proxy.mjs";
import { BASE_URL, HOST, PORT, app, sdk, startBackend } from "./backend.mjs";
import { World, next, until } from "./world.mjs";

const { LIBRARY, CONTROL_URL } = process.env;
const Pusher = createRequire(import.meta.url)(LIBRARY);
const backend = await startBackend();

// pusher-js waits up to 15 s between two attempts to reach a server that is not there.
const PATIENCE = 60_000;

function worldAt(host, port, transport = "ws") {
  const world = new World({ Pusher, key: app.key, host, port, backend, transport });
  after(() => world.close());
  return world;
}

const control = async (action) => {
  const answer = await fetch(`${CONTROL_URL}/${action}`, { method: "POST" });
  assert.ok(answer.ok, `${action} works`);
};

const membersOf = async (name) => {
  const answer = await sdk().get({ path: `/channels/${name}/users` });
  return (await answer.json()).users.map(({ id }) => id).sort();
};

for (const transport of ["ws", "xhr_streaming", "xhr_polling"]) {
  test(`a cut line is mended over ${transport}, and the members are the same`, async () => {
    const proxy = await Proxy.to(BASE_URL);
    after(() => proxy.close());
    const proxied = worldAt("127.0.0.1", Number(new URL(proxy.url).port), transport);
    const name = proxied.name("presence-outage");
    const bo = await worldAt(HOST, PORT).connected({ user: { user_id: "bo" } });
    const bos = await proxied.subscribed(bo, name);
    const ada = await proxied.connected({ user: { user_id: "ada" } });
    const channel = await proxied.subscribed(ada, name);
    await until(() => bos.members.count === 2, "bo sees ada");

    const first = ada.connection.socket_id;
    // Said as soon as the cut is noticed, and a second before the first attempt to come back.
    const noticed = next(ada.connection, "connecting_in");
    proxy.sever();
    await noticed;
    proxy.mend();
    const back = () => ada.connection.state === "connected" && ada.connection.socket_id !== first;
    await until(back, "ada is back", PATIENCE);
    await until(() => channel.subscribed, "and subscribed");
    await proxied.trigger(name, "after", 1);
    await until(() => channel.received.length === 1, "and hears");
    await until(async () => (await membersOf(name)).length === 2, "there are two members");
    assert.deepEqual(await membersOf(name), ["ada", "bo"]);
    assert.equal(bos.members.count, 2);
  });
}

test("with all its transports a client outlives cut after cut", async () => {
  const proxy = await Proxy.to(BASE_URL);
  after(() => proxy.close());
  // pusher-js 7 in Node gives up WebSockets after two cuts, and streams after two more.
  const world = worldAt("127.0.0.1", Number(new URL(proxy.url).port), "all");
  const client = await world.connected();
  const name = world.name("cuts");
  const channel = await world.subscribed(client, name);
  for (const cut of [1, 2, 3, 4, 5, 6]) {
    const [noticed, back] = [next(client.connection, "connecting_in"), next(client.connection, "connected")];
    proxy.sever();
    await noticed;
    proxy.mend();
    await back;
    await until(() => channel.subscribed, "and subscribed");
    await world.trigger(name, "cut", cut);
    await until(() => channel.received.length === cut, "and hears");
  }
});

test("clients come back to a server that was killed, with their user and their channels", async () => {
  const world = worldAt(HOST, PORT);
  const ada = await world.signedIn({ id: "ada-restarted" });
  const channel = await world.subscribed(ada, "private-restart");
  const notes = [];
  ada.user.bind("note", (data) => notes.push(data));
  const first = ada.connection.socket_id;
  await control("kill9");
  await control("restart");
  const back = () => ada.connection.state === "connected" && ada.connection.socket_id !== first;
  await until(back, "ada is back", PATIENCE);
  await until(() => channel.subscribed && ada.user.user_data, "subscribed and signed in");
  await until(async () => {
    await world.ask("/send-to-user", { id: "ada-restarted", event: "note", data: "hello again" });
    return notes.length > 0;
  }, "the server reaches the user");
  await world.trigger("private-restart", "after", 1);
  await until(() => channel.received.length === 1, "and hears");
});

test("a server that is asked to end sends its clients elsewhere", async () => {
  const world = worldAt(HOST, PORT);
  const ada = await world.connected();
  const first = ada.connection.socket_id;
  const left = next(ada.connection, "connecting_in");
  await control("terminate");
  assert.equal(await left, 1, "it comes back after a second");
  await control("restart");
  const back = () => ada.connection.state === "connected" && ada.connection.socket_id !== first;
  await until(back, "ada is back", PATIENCE);
});
