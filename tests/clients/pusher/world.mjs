// One customer's world for a scenario: clients of one version over one transport, and the backend.
// Runs in Node and in browsers alike, so it imports nothing.

// Long enough for a second attempt to connect: pusher-js makes it 15 seconds after the first, and SockJS
// on a busy machine takes the first for failed.
const SOON = 40_000;

// The names pusher-js has for its transports.
const ENABLED = {
  ws: ["ws"],
  xhr_streaming: ["xhr_streaming"],
  xhr_polling: ["xhr_polling"],
  sockjs: ["sockjs"],
  all: undefined,
};

let numbers = 0;
const nextNumber = () => (numbers += 1);

export class World {
  #clients = new Set();

  // `Pusher` is the library; `key`, `host`, `port` say where Switchboard is, `backend` where the
  // customer's server is. A `*` in the host becomes a number of the
  // client's own.
  constructor({ Pusher, key, host, port, backend, transport }) {
    Object.assign(this, { Pusher, key, host, port, backend, transport });
    // A script that was asked for cannot be taken back: the server learns late that its page is gone.
    this.leavesAtOnce = transport !== "sockjs";
  }

  // A name that no other scenario uses.
  name(prefix) {
    const random = Math.random().toString(36).slice(2, 10);
    return `${prefix}-${Date.now().toString(36)}-${random}-${nextNumber()}`;
  }

  // A client that begins to connect. `user` is who the backend takes it for.
  client({ user, forged, endpoint = "/auth", key = this.key, ...options } = {}) {
    const params = { ...(user && { user: JSON.stringify(user) }), ...(forged && { forged: "yes" }) };
    const host = this.host.replace("*", nextNumber());
    const client = new this.Pusher(key, {
      cluster: "mt1",
      forceTLS: false,
      wsHost: host,
      wsPort: this.port,
      httpHost: host,
      httpPort: this.port,
      ...(ENABLED[this.transport] && { enabledTransports: ENABLED[this.transport] }),
      channelAuthorization: { endpoint: this.backend + endpoint, transport: "ajax", params },
      userAuthentication: { endpoint: `${this.backend}/user-auth`, transport: "ajax", params },
      ...options,
    });
    this.#clients.add(client);
    client.errors = [];
    client.connection.bind("error", (error) => client.errors.push(error));
    return client;
  }

  // A client that has connected.
  async connected(options) {
    const client = this.client(options);
    await until(() => client.connection.state === "connected", "the client connects");
    return client;
  }

  // A client that has connected and signed in as this user.
  async signedIn(user) {
    const client = await this.connected({ user });
    const signedIn = next(client.connection, "message", ({ event }) => event === "pusher:signin_success");
    // The channel of the server's words to the user: pusher-js subscribes to it by itself.
    const listening = next(
      client.connection,
      "message",
      ({ event, channel }) =>
        event === "pusher_internal:subscription_succeeded" && channel === `#server-to-user-${user.id}`,
    );
    client.signin();
    await signedIn;
    await listening;
    return client;
  }

  // A subscription that has succeeded; `received` collects all that comes on it.
  async subscribed(client, name) {
    const channel = this.subscribe(client, name);
    await until(() => channel.subscribed, `${name} is subscribed`);
    return channel;
  }

  subscribe(client, name) {
    const channel = client.subscribe(name);
    channel.received = [];
    channel.bind_global((event, data) => {
      if (!event.startsWith("pusher:")) channel.received.push([event, data]);
    });
    return channel;
  }

  // Asks the backend for something; it must say yes.
  async ask(path, body) {
    const answer = await fetch(this.backend + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  trigger(channel, event, data, params) {
    return this.ask("/trigger", { channel, event, data, params });
  }

  close() {
    for (const client of this.#clients) client.disconnect();
  }
}

// The data of the next event of this name for which the filter holds.
export function next(emitter, name, filter = () => true) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(reject, new Error(`no ${name} came`)), SOON);
    const listener = (data, metadata) => {
      if (filter(data, metadata)) finish(resolve, data);
    };
    function finish(settle, value) {
      clearTimeout(timer);
      emitter.unbind(name, listener);
      settle(value);
    }
    emitter.bind(name, listener);
  });
}

export const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

// Waits for a condition; `what` is what a failure says.
export async function until(condition, what, limit = SOON) {
  const deadline = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await sleep(10);
  }
}

// The same value in the same order of keys, compared as text.
export function same(found, wanted, what = "the value") {
  const [left, right] = [canonical(found), canonical(wanted)];
  if (left !== right) throw new Error(`${what}: ${left} is not ${right}`);
}

function canonical(value) {
  return JSON.stringify(value, (_, it) =>
    it && typeof it === "object" && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );
}
