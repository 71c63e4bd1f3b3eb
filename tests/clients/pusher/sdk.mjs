// Pusher's own server SDK of npm, every call of it, and the webhooks it verifies. WEBHOOK_PORT is where
// the app's webhooks go.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import ServerSdk from "pusher";
import Pusher from "pusher-js";
import { HOST, PORT, app, listen, read, sdk, startBackend } from "./backend.mjs";
import { World, until } from "./world.mjs";

const hooks = [];
await listen(async (request, response) => {
  hooks.push({ headers: request.headers, rawBody: await read(request) });
  response.end();
}, Number(process.env.WEBHOOK_PORT));

const backend = await startBackend();
const world = new World({ Pusher, key: app.key, host: HOST, port: PORT, backend, transport: "ws" });
after(() => world.close());
const server = sdk();

const getting = async (path, params) => (await server.get({ path, params })).json();
const refusal = async (call) => {
  const error = await call.then(() => assert.fail("it was not refused"), (it) => it);
  return [error.status, error.body];
};

test("trigger answers an empty object, for one channel and for a hundred", async () => {
  const client = await world.connected();
  const names = Array.from({ length: 100 }, () => world.name("t"));
  const channels = [names[0], names[99]].map((name) => world.subscribe(client, name));
  await until(() => channels.every((it) => it.subscribed), "subscribed");
  assert.deepEqual(await (await server.trigger(names[0], "one", { a: 1 })).json(), {});
  assert.deepEqual(await (await server.trigger(names, "all", "text")).json(), {});
  await until(() => channels[0].received.length === 2 && channels[1].received.length === 1, "all come");
  assert.deepEqual(channels[0].received, [["one", { a: 1 }], ["all", "text"]]);
});

test("trigger tells how many listen when asked", async () => {
  const user = { user_id: "ada" };
  const [ada, again] = [await world.connected({ user }), await world.connected({ user })];
  const [presence, open] = [world.name("presence-info"), world.name("info")];
  for (const client of [ada, again]) await world.subscribed(client, presence);
  await world.subscribed(ada, open);
  const params = { info: "user_count,subscription_count" };
  const answer = await (await server.trigger([presence, open], "e", {}, params)).json();
  assert.deepEqual(answer.channels[presence], { user_count: 1, subscription_count: 2 });
  assert.equal(answer.channels[open].subscription_count, 1);
});

test("triggerBatch delivers in order, and tells what was asked in the same order", async () => {
  const client = await world.connected();
  const [one, two] = [world.name("batch"), world.name("batch")];
  const channels = [await world.subscribed(client, one), await world.subscribed(client, two)];
  const { socket_id } = client.connection;
  const batch = [
    { channel: one, name: "a", data: { n: 1 } },
    { channel: two, name: "b", data: "text" },
    { channel: one, name: "spared", data: "", socket_id },
    { channel: one, name: "c", data: [3] },
  ];
  assert.deepEqual(await (await server.triggerBatch(batch)).json(), {});
  await until(() => channels[0].received.length === 2 && channels[1].received.length === 1, "all come");
  assert.deepEqual(channels[0].received, [["a", { n: 1 }], ["c", [3]]]);
  const asking = [
    { channel: one, name: "a", data: "", info: "subscription_count" },
    { channel: two, name: "b", data: "" },
  ];
  const answer = await (await server.triggerBatch(asking)).json();
  assert.deepEqual(answer, { batch: [{ subscription_count: 1 }, {}] });
});

test("channels, a channel and its users can be asked for", async () => {
  const prefix = world.name("presence-asked");
  const ada = await world.connected({ user: { user_id: "ada" } });
  const bo = await world.connected({ user: { user_id: 2 } });
  for (const client of [ada, bo]) await world.subscribed(client, `${prefix}-a`);
  await world.subscribed(ada, `${prefix}-b`);
  const params = { filter_by_prefix: prefix, info: "user_count" };
  const { channels } = await getting("/channels", params);
  assert.deepEqual(channels, { [`${prefix}-a`]: { user_count: 2 }, [`${prefix}-b`]: { user_count: 1 } });
  const info = { info: "user_count,subscription_count" };
  const channel = await getting(`/channels/${prefix}-a`, info);
  assert.deepEqual(channel, { occupied: true, user_count: 2, subscription_count: 2 });
  assert.deepEqual(await getting(`/channels/${prefix}-c`), { occupied: false });
  const { users } = await getting(`/channels/${prefix}-a/users`);
  assert.deepEqual(users.map(({ id }) => id).sort(), ["2", "ada"]);
});

test("what a cache channel remembers can be asked for", async () => {
  const name = world.name("cache-asked");
  await world.subscribed(await world.connected(), name);
  assert.equal((await getting(`/channels/${name}`, { info: "cache" })).cache, null);
  await server.trigger(name, "state", { n: 1 });
  const { cache } = await getting(`/channels/${name}`, { info: "cache" });
  assert.equal(cache.data, '{"n":1}');
  assert.ok(cache.ttl > 0 && cache.ttl <= 1800, `${cache.ttl} seconds`);
});

test("a user is sent to and terminated", async () => {
  const id = world.name("user");
  const client = await world.signedIn({ id });
  const got = [];
  client.user.bind("note", (data) => got.push(data));
  assert.deepEqual(await (await server.sendToUser(id, "note", { x: 1 })).json(), {});
  await until(() => got.length === 1, "the note comes");
  assert.deepEqual(await (await server.terminateUserConnections(id)).json(), {});
  await until(() => client.connection.state === "disconnected", "the user is gone");
});

test("an error has its status and says why", async () => {
  const wrongKey = sdk({ secret: "wrong" });
  const elsewhere = sdk({ appId: "1" });
  const eleven = Array.from({ length: 11 }, () => ({ channel: "c", name: "e", data: "" }));
  const refused = [
    [401, () => wrongKey.trigger("c", "e", {})],
    [401, () => wrongKey.get({ path: "/channels" })],
    [404, () => elsewhere.trigger("c", "e", {})],
    [400, () => server.get({ path: "/channels/open/users" })],
    [400, () => server.get({ path: "/channels/open", params: { info: "user_count" } })],
    [400, () => server.get({ path: "/channels", params: { info: "user_count" } })],
    [413, () => server.trigger("c", "e", "x".repeat(10_241))],
    [400, () => server.triggerBatch(eleven)],
  ];
  for (const [wanted, call] of refused) {
    const [status, body] = await refusal(call());
    assert.equal(status, wanted, body);
    assert.ok(body.length > 10, `"${body}" says why`);
    assert.ok(!body.includes(app.secret), "and no secret");
  }
});

test("an app can be named by a URL, as hosted Pusher's are", async () => {
  const url = `http://${app.key}:${app.secret}@${HOST}:${PORT}/apps/${app.id}`;
  const answer = await ServerSdk.forURL(url).trigger(world.name("url"), "e", {});
  assert.equal(answer.status, 200);
});

test("webhooks come, are verified, and tell what happened in its order", async () => {
  const name = world.name("presence-hooked");
  const events = () =>
    hooks.flatMap((hook) => server.webhook(hook).getEvents()).filter(({ channel }) => channel === name);
  const user = { user_id: "ada" };
  const [ada, bo] = [await world.connected({ user }), await world.connected({ user: { user_id: "bo" } })];
  const { socket_id } = ada.connection;
  const channel = await world.subscribed(ada, name);
  await world.subscribed(bo, name);
  channel.trigger("client-said", { x: 1 });
  await until(() => events().length === 4, "occupied, two members and a client event");
  bo.unsubscribe(name);
  ada.unsubscribe(name);
  await until(() => events().length === 7, "two members gone, and the channel empty");
  assert.deepEqual(events().slice(0, 4), [
    { name: "channel_occupied", channel: name },
    { name: "member_added", channel: name, user_id: "ada" },
    { name: "member_added", channel: name, user_id: "bo" },
    { name: "client_event", channel: name, event: "client-said", data: '{"x":1}', socket_id, user_id: "ada" },
  ]);
  const ends = events().slice(4);
  assert.deepEqual(ends.map(({ name: kind, user_id }) => `${kind} ${user_id}`).sort(), [
    "channel_vacated undefined",
    "member_removed ada",
    "member_removed bo",
  ]);
  for (const hook of hooks) {
    assert.ok(server.webhook(hook).isValid(), "signed with the app's secret");
    assert.ok(!server.webhook({ ...hook, rawBody: `${hook.rawBody} ` }).isValid(), "as it was sent");
    assert.ok(Math.abs(server.webhook(hook).getTime() - Date.now()) < 60_000, "and lately");
  }
});
