// What every version of pusher-js must be able to do over every transport. Each scenario gets a world
// of its own. Runs in Node and in browsers alike.
import { next, same, sleep, until } from "./world.mjs";

const range = (count) => Array.from({ length: count }, (_, number) => number);

export const scenarios = {
  async "a public channel carries what the backend publishes, as it was"(world) {
    const client = await world.connected();
    const name = world.name("news");
    const channel = await world.subscribed(client, name);
    const data = [
      { text: "Grüße, 世界 🎈", nested: { list: [1, 2.5, null, true] } },
      "plain text",
      '"quoted" text\nof two lines',
      ["a", "list"],
      "x".repeat(10_000),
    ];
    for (const it of data) await world.trigger(name, "told", it);
    await until(() => channel.received.length === data.length, "all events come");
    same(channel.received, data.map((it) => ["told", it]));
  },

  async "an event spares the socket that it names"(world) {
    const [sender, other] = [await world.connected(), await world.connected()];
    const name = world.name("news");
    const [own, others] = [await world.subscribed(sender, name), await world.subscribed(other, name)];
    await world.trigger(name, "moved", 1, { socket_id: sender.connection.socket_id });
    await world.trigger(name, "fence", 2);
    await until(() => own.received.length && others.received.length === 2, "the events come");
    same(own.received, [["fence", 2]]);
    same(others.received, [["moved", 1], ["fence", 2]]);
  },

  async "events come in the order in which they were published"(world) {
    const client = await world.connected();
    const name = world.name("private-order");
    const channel = await world.subscribed(client, name);
    for (const tens of range(4)) {
      const batch = range(10).map((ones) => ({ channel: name, name: "n", data: tens * 10 + ones }));
      await world.ask("/batch", { batch });
    }
    await until(() => channel.received.length === 40, "all events come");
    same(channel.received.map(([, number]) => number), range(40));
  },

  async "more than one answer of HTTP can hold comes without a gap"(world) {
    const client = await world.connected();
    const socket = client.connection.socket_id;
    const name = world.name("much");
    const channel = await world.subscribed(client, name);
    for (const number of range(40)) {
      await world.trigger(name, "told", { number, bulk: "x".repeat(9_000) });
    }
    await until(() => channel.received.length === 40, "all events come");
    same(channel.received.map(([, { number }]) => number), range(40));
    same(client.connection.socket_id, socket);
  },

  async "many channels share one connection"(world) {
    const client = await world.connected();
    const names = range(60).map((number) => world.name(number % 2 ? "private-many" : "many"));
    const channels = names.map((name) => world.subscribe(client, name));
    await until(() => channels.every((it) => it.subscribed), "all are subscribed");
    await world.trigger(names, "all", { of: "you" });
    await until(() => channels.every((it) => it.received.length === 1), "all hear");
  },

  async "a signature that is not the app's opens no private channel, and the connection stays"(world) {
    const client = await world.connected({ forged: true });
    const socket = client.connection.socket_id;
    const channel = world.subscribe(client, world.name("private-own"));
    const error = await next(channel, "pusher:subscription_error");
    same([error.type, error.status], ["AuthError", 401]);
    same(channel.subscribed, false);
    await world.subscribed(client, world.name("open"));
    same([client.connection.state, client.connection.socket_id], ["connected", socket]);
  },

  async "channel data is signed on private channels too"(world) {
    const user = { user_id: "7", user_info: { name: "Ada" } };
    const client = await world.connected({ user, endpoint: "/auth-with-data" });
    const name = world.name("private-with-data");
    const channel = await world.subscribed(client, name);
    await world.trigger(name, "told", "you");
    await until(() => channel.received.length === 1, "the event comes");
  },

  async "a client event reaches the others and not its sender"(world) {
    const [ada, bo] = [await world.connected(), await world.connected()];
    const name = world.name("private-talk");
    const [adas, bos] = [await world.subscribed(ada, name), await world.subscribed(bo, name)];
    const said = [{ x: 1 }, "text", [1, 2], 5, null];
    for (const data of said) {
      adas.trigger("client-said", data);
      // Over HTTP each event is a request of its own, and requests may overtake one another.
      await until(() => bos.received.length === said.indexOf(data) + 1, `${data} is heard`);
    }
    await world.trigger(name, "fence", 0);
    await until(() => adas.received.length > 0, "the fence comes");
    same(adas.received, [["fence", 0]]);
    same(bos.received.slice(0, said.length), said.map((data) => ["client-said", data]));
  },

  async "a client event on a public channel is refused and goes nowhere"(world) {
    const [ada, bo] = [await world.connected(), await world.connected()];
    const name = world.name("talk");
    const [adas, bos] = [await world.subscribed(ada, name), await world.subscribed(bo, name)];
    const refused = next(ada.connection, "error");
    adas.trigger("client-said", {});
    await refused;
    await world.trigger(name, "fence", 0);
    await until(() => bos.received.length > 0, "the fence comes");
    same(bos.received, [["fence", 0]]);
    same(ada.connection.state, "connected");
  },

  async "a presence channel knows its members by user"(world) {
    const user = (id, name) => ({ user_id: id, user_info: { name } });
    const ada = await world.connected({ user: user("ada", "Ada") });
    const name = world.name("presence-room");
    const adas = await world.subscribed(ada, name);
    const seen = [];
    adas.bind("pusher:member_added", ({ id, info }) => seen.push(["added", id, info]));
    adas.bind("pusher:member_removed", ({ id }) => seen.push(["removed", id]));
    same([adas.members.count, adas.members.me], [1, { id: "ada", info: { name: "Ada" } }]);

    const bo = await world.connected({ user: user("bo", "Bo") });
    const bos = await world.subscribed(bo, name);
    same([bos.members.count, bos.members.get("ada").info], [2, { name: "Ada" }]);
    const second = await world.connected({ user: user("bo", "Bo") });
    same((await world.subscribed(second, name)).members.count, 2);
    await until(() => adas.members.count === 2, "bo is seen");
    if (world.leavesAtOnce) bo.disconnect();
    else bo.unsubscribe(name);
    second.unsubscribe(name);
    await until(() => adas.members.count === 1, "bo is gone");
    same(seen, [["added", "bo", { name: "Bo" }], ["removed", "bo"]]);
  },

  async "a number is as good a user id as a text"(world) {
    const user = (id) => ({ user_id: id, user_info: {} });
    const [ada, bo] = [await world.connected({ user: user(10) }), await world.connected({ user: user(11) })];
    const name = world.name("presence-numbers");
    const adas = await world.subscribed(ada, name);
    const bos = await world.subscribed(bo, name);
    same([bos.members.count, `${bos.members.me.id}`], [2, "11"]);
    await until(() => adas.members.get("11"), "eleven is seen");
    const heard = new Promise((resolve) => bos.bind("client-said", (_, { user_id }) => resolve(user_id)));
    adas.trigger("client-said", {});
    same(await heard, "10");
  },

  async "who signed in needs no channel data to be a member"(world) {
    const user = { id: "signed-ada", user_info: { name: "Ada" } };
    const ada = await world.signedIn(user);
    const name = world.name("presence-signed");
    // The backend of this world sends channel data only to those who name a `user_id`.
    ada.config.channelAuthorizer = plainAuthorizer(world);
    const channel = await world.subscribed(ada, name);
    same([channel.members.count, channel.members.me.id], [1, "signed-ada"]);
    same(channel.members.get("signed-ada").info, { name: "Ada" });
  },

  async "an encrypted channel is opaque to the server and plain to its members"(world) {
    const client = await world.connected();
    const name = world.name("private-encrypted-secrets");
    const channel = await world.subscribed(client, name);
    const raw = next(client.connection, "message", ({ event }) => event === "told");
    await world.trigger(name, "told", { secret: "🗝" });
    await until(() => channel.received.length === 1, "the event comes");
    same(channel.received, [["told", { secret: "🗝" }]]);
    same(Object.keys((await raw).data).sort(), ["ciphertext", "nonce"]);
  },

  async "a cache channel of every kind begins with the last event, or says that there is none"(world) {
    const user = { user_id: "ada", user_info: {} };
    for (const kind of ["cache", "private-cache", "private-encrypted-cache", "presence-cache"]) {
      const name = world.name(kind);
      const first = await world.connected({ user });
      const missed = next(world.subscribe(first, name), "pusher:cache_miss");
      await missed;
      await world.trigger(name, "state", { number: 1 });
      await world.trigger(name, "state", { number: 2 });
      const second = await world.connected({ user });
      const channel = world.subscribe(second, name);
      await until(() => channel.received.length === 1, `${kind}: the last event is repeated`);
      same(channel.received, [["state", { number: 2 }]], kind);
      first.disconnect();
      second.disconnect();
    }
  },

  async "what is sent to a user reaches all connections of that user and nobody else's"(world) {
    const id = world.name("user");
    const [one, two] = [await world.signedIn({ id }), await world.signedIn({ id })];
    const other = await world.signedIn({ id: world.name("other") });
    const got = [];
    for (const client of [one, two, other]) {
      client.user.bind("note", (data) => got.push([client === other, data]));
    }
    await world.ask("/send-to-user", { id, event: "note", data: { hello: "you" } });
    await until(() => got.length === 2, "both get it");
    same(got, [[false, { hello: "you" }], [false, { hello: "you" }]]);
  },

  async "a user whose connections are terminated stays away"(world) {
    const id = world.name("user");
    const [one, bystander] = [await world.signedIn({ id }), await world.connected()];
    const gone = next(one.connection, "disconnected");
    await world.ask("/terminate", { id });
    await gone;
    same(one.errors.map((error) => (error.error ?? error).data.code).includes(4009), true, "4009 is told");
    await sleep(300);
    same([one.connection.state, bystander.connection.state], ["disconnected", "connected"]);
  },

  async "watchers see users come and go"(world) {
    const [here, away] = [world.name("here"), world.name("away")];
    const first = await world.signedIn({ id: here });
    const seen = [];
    const watcher = world.client({ user: { id: world.name("watcher"), watchlist: [here, away] } });
    for (const name of ["online", "offline"]) {
      watcher.user.watchlist.bind(name, ({ user_ids }) => seen.push(...user_ids.map((id) => [name, id])));
    }
    watcher.signin();
    await until(() => seen.length === 2, "the state of both is told");
    same(seen.sort(), [["offline", away], ["online", here]]);
    const late = await world.signedIn({ id: away });
    await until(() => seen.length === 3, "the other one is seen coming");
    if (!world.leavesAtOnce) return;
    const second = await world.signedIn({ id: here });
    first.disconnect();
    late.disconnect();
    await until(() => seen.length === 4, "the other one is seen leaving");
    second.disconnect();
    await until(() => seen.length === 5, "the first one is seen leaving");
    same(seen.slice(2), [["online", away], ["offline", away], ["offline", here]]);
  },

  async "subscriptions and their ends keep their order"(world) {
    for (const kind of ["order", "private-order", "presence-order"]) {
      const client = await world.connected({ user: { user_id: "ada" } });
      const name = world.name(kind);
      // Ends with a subscription, as the last call says.
      for (const wish of ["subscribe", "unsubscribe", "subscribe", "subscribe"]) client[wish](name);
      const channel = await world.subscribed(client, name);
      await world.trigger(name, "told", 1);
      await until(() => channel.received.length === 1, `${name} hears`);
      client.unsubscribe(name);
      await world.subscribed(client, name);
      client.unsubscribe(name);
      await until(async () => {
        const { channels } = await world.trigger(name, "told", 2, { info: "subscription_count" });
        return channels[name].subscription_count === 0;
      }, `${name} has ended`);
      client.subscribe(name);
      client.unsubscribe(name);
      await until(() => !client.channel(name), `${name} is not wanted any more`);
      same(channel.received.slice(0, 1), [["told", 1]]);
      client.disconnect();
    }
  },

  async "an unknown key is refused once and for all"(world) {
    const client = world.client({ key: "no-such-key" });
    const states = [];
    client.connection.bind("state_change", ({ current }) => states.push(current));
    await until(() => client.connection.state === "disconnected", "the client gives up");
    // It would come back after a second.
    await sleep(1_300);
    // A busy machine may have been slow to say so.
    same(states.filter((it) => it !== "unavailable"), ["disconnected"], "no further attempt");
    same(client.errors.map((error) => (error.error ?? error).data.code), [4001]);
  },

  async "a quiet connection is kept alive by pings"(world) {
    const client = await world.connected({ activityTimeout: 300, pongTimeout: 5_000 });
    const socket = client.connection.socket_id;
    // The HTTP transports see to that by themselves.
    const pings = world.transport === "ws" ? 3 : 0;
    for (const _ of range(pings)) {
      await next(client.connection, "message", ({ event }) => event === "pusher:pong");
    }
    if (pings === 0) await sleep(1_200);
    same([client.connection.state, client.connection.socket_id], ["connected", socket]);
  },
};

// Asks the backend to sign the channel alone, whoever the client is.
const plainAuthorizer = (world) => async (request, callback) => {
  const body = { socket_id: request.socketId, channel_name: request.channelName };
  callback(null, await world.ask("/auth", body));
};

// The scenarios of apps that have `subscription_count` on.
export const counting = {
  async "subscribers hear how many they are"(world) {
    const name = world.name("counted");
    const [ada, bo] = [await world.connected(), await world.connected()];
    const counts = [];
    world.subscribe(ada, name).bind("pusher:subscription_count", (it) => counts.push(it.subscription_count));
    await until(() => counts.at(-1) === 1, "one");
    await world.subscribed(bo, name);
    await until(() => counts.at(-1) === 2, "two");
    bo.unsubscribe(name);
    await until(() => counts.at(-1) === 1, "one again");
    same(ada.channel(name).subscriptionCount, 1);
  },
};
