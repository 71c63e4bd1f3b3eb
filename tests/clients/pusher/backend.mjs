// What a customer runs beside Switchboard: a small web server that decides who may subscribe, publishes
// with Pusher's own SDK, and serves pages to browsers. APP is the app it does this for.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after } from "node:test";
import Pusher from "pusher";

export const BASE_URL = process.env.BASE_URL;
export const app = JSON.parse(process.env.APP ?? "null");
export const { hostname: HOST, port: PORT } = new URL(BASE_URL);

const require = createRequire(import.meta.url);

// The SDK, set up as for hosted Pusher but for the host.
export const sdk = (options = {}) =>
  new Pusher({
    appId: app.id,
    key: app.key,
    secret: app.secret,
    host: HOST,
    port: PORT,
    useTLS: false,
    encryptionMasterKeyBase64: Buffer.alloc(32, 7).toString("base64"),
    ...options,
  });

// Listens on a free port of this machine until the script ends, or on the given one.
export async function listen(handle, port = 0) {
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      response.writeHead(500);
      response.end(`${error.stack}`);
    });
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

export async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

// Starts the backend and returns where it is.
export const startBackend = () => listen(answer);

async function answer(request, response) {
  const { pathname } = new URL(request.url, "http://backend");
  const file = FILES[pathname];
  if (file) return serve(response, file);
  const action = ACTIONS[pathname];
  if (!action) return reply(response, 404, { error: `there is no ${pathname}` });
  const body = await read(request);
  const json = request.headers["content-type"]?.startsWith("application/json");
  const asked = json ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
  const [status, told] = await action(asked);
  reply(response, status, told);
}

function reply(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function serve(response, path) {
  response.writeHead(200, { "content-type": path.endsWith(".html") ? "text/html" : "text/javascript" });
  response.end(await readFile(path));
}

const FILES = {
  "/page.html": new URL("page.html", import.meta.url).pathname,
  "/scenarios.mjs": new URL("scenarios.mjs", import.meta.url).pathname,
  "/world.mjs": new URL("world.mjs", import.meta.url).pathname,
  "/pusher-js.js": require.resolve("pusher-js/dist/web/pusher-with-encryption.js"),
  "/pusher-js-7.js": require.resolve("pusher-js-7/dist/web/pusher-with-encryption.js"),
};

// What the pages and scripts ask of their backend. Clients say who they are in `user`, as JSON: the
// signatures are what is tried here, not the logins of a customer.
const ACTIONS = {
  "/auth": async ({ socket_id, channel_name, user, forged }) => {
    if (channel_name.includes("forbidden")) return [403, { error: "not yours" }];
    const channelData = user && channel_name.startsWith("presence-") ? JSON.parse(user) : undefined;
    const signer = forged ? sdk({ secret: "not-the-secret" }) : sdk();
    return [200, signer.authorizeChannel(socket_id, channel_name, channelData)];
  },
  "/auth-with-data": async ({ socket_id, channel_name, user }) => {
    return [200, sdk().authorizeChannel(socket_id, channel_name, JSON.parse(user))];
  },
  "/user-auth": async ({ socket_id, user }) => {
    return [200, sdk().authenticateUser(socket_id, JSON.parse(user))];
  },
  "/trigger": async ({ channel, event, data, params }) => {
    return [200, await (await sdk().trigger(channel, event, data, params)).json()];
  },
  "/batch": async ({ batch }) => [200, await (await sdk().triggerBatch(batch)).json()],
  "/send-to-user": async ({ id, event, data }) => {
    return [200, await (await sdk().sendToUser(id, event, data)).json()];
  },
  "/terminate": async ({ id }) => {
    return [200, await (await sdk().terminateUserConnections(id)).json()];
  },
};
