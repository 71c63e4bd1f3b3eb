// Visitors and agents over the stock Socket.IO clients, for the scripts beside this file.
// CLIENT names the npm package, TRANSPORT one of websocket, polling, upgrade.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { after } from "node:test";

export const BASE_URL = process.env.BASE_URL;
export const demo = process.env.DEMO ? JSON.parse(process.env.DEMO) : null;
export const CLIENT = process.env.CLIENT ?? "socket.io-client";
export const TRANSPORT = process.env.TRANSPORT ?? "websocket";
export const RECOVERS = CLIENT === "socket.io-client";

const { io } = await import(CLIENT);

const TRANSPORTS = {
  websocket: ["websocket"],
  polling: ["polling"],
  upgrade: ["polling", "websocket"],
}[TRANSPORT];

const SOON = 15_000;
const sockets = new Set();

// A script whose sockets stay open would never end.
after(() => sockets.forEach((socket) => socket.disconnect()));

export const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

// Waits for a condition; `what` is what a failure says.
export async function until(condition, what) {
  const deadline = Date.now() + SOON;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await sleep(20);
  }
}

export function socketTo(url, options = {}) {
  const socket = io(url, {
    transports: TRANSPORTS,
    forceNew: true,
    reconnectionDelay: 50,
    reconnectionDelayMax: 250,
    ...options,
  });
  sockets.add(socket);
  return socket;
}

// The arguments of the next event of this name. A 4.x client that recovers sees one more argument, the
// offset, when the server wants it to; 3.x ignores nothing and sees it too.
export function next(socket, name, filter = () => true) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(reject, new Error(`no ${name} came`)), SOON);
    const listener = (...args) => {
      if (filter(...args)) finish(resolve, args);
    };
    function finish(settle, value) {
      clearTimeout(timer);
      socket.off(name, listener);
      settle(value);
    }
    socket.on(name, listener);
  });
}

// The payload of the next event of this name.
export const nextPayload = async (socket, name, filter) => (await next(socket, name, filter))[0];

// Emits and waits for the acknowledgement.
export function ask(socket, event, payload) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ack of ${event}`)), SOON);
    socket.emit(event, payload, (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

export async function askOk(socket, event, payload) {
  const answer = await ask(socket, event, payload);
  if (answer?.ok !== true) throw new Error(`${event} was refused: ${JSON.stringify(answer)}`);
  return answer;
}

export async function connected(socket) {
  if (!socket.connected) await once(socket, "connect", { signal: AbortSignal.timeout(SOON) });
  return socket;
}

// Someone on the shop's page. Collects what it receives.
export class Visitor {
  constructor(url = BASE_URL, externalId = `visitor-${randomUUID()}`) {
    this.externalId = externalId;
    this.conversationId = null;
    this.received = [];
    this.socket = socketTo(url);
    this.socket.on("message_received", (message) => this.received.push(message));
  }

  static async arrive(url) {
    const visitor = new Visitor(url);
    await connected(visitor.socket);
    return visitor;
  }

  payload(content, more = {}) {
    return {
      conversation_id: this.conversationId,
      embed_token: demo.platform.embed_token,
      external_id: this.externalId,
      sender_type: "end_user",
      content,
      content_type: "text",
      client_message_id: randomUUID(),
      ...more,
    };
  }

  async say(content, more) {
    const { message } = await askOk(this.socket, "send_message", this.payload(content, more));
    this.conversationId = message.conversation_id;
    return message;
  }

  async type() {
    const payload = { conversation_id: this.conversationId, sender_type: "end_user" };
    return askOk(this.socket, "user_typing", { ...payload, external_id: this.externalId });
  }
}

// Logs in as a browser does and returns the cookie and the token of the agent's pages.
export async function logIn({ email, password }) {
  const form = await fetch(`${BASE_URL}/auth/login`);
  const fields = new URLSearchParams({ email, password, csrf_token: tokenOf(await form.text()) });
  const answer = await fetch(`${BASE_URL}/auth/login`, {
    method: "POST",
    body: fields,
    redirect: "manual",
    headers: { cookie: cookiesOf(form) },
  });
  if (answer.status !== 302 && answer.status !== 303) {
    throw new Error(`the login answered ${answer.status}: ${await answer.text()}`);
  }
  const cookie = cookiesOf(answer);
  const inbox = await fetch(`${BASE_URL}/inbox`, { headers: { cookie } });
  return { cookie, csrfToken: tokenOf(await inbox.text()) };
}

const cookiesOf = (answer) =>
  answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");

const tokenOf = (page) => /<meta name="csrf-token" content="([^"]*)"/.exec(page)[1];

// Someone at the inbox: logged in, connected, listening to the queue.
export class Agent {
  static async arrive(who = demo.agents[0], url = BASE_URL) {
    const agent = new Agent();
    Object.assign(agent, await logIn(who));
    agent.received = [];
    agent.socket = socketTo(url, { extraHeaders: { cookie: agent.cookie } });
    agent.socket.on("message_received", (message) => agent.received.push(message));
    await connected(agent.socket);
    await askOk(agent.socket, "join_queue", {});
    return agent;
  }

  async say(conversationId, content) {
    const payload = { conversation_id: conversationId, content, sender_type: "agent" };
    const id = randomUUID();
    return (await askOk(this.socket, "send_message", { ...payload, client_message_id: id })).message;
  }

  join(conversationId) {
    return askOk(this.socket, "join_conversation", { conversation_id: conversationId });
  }

  async get(path) {
    const answer = await fetch(BASE_URL + path, { headers: { cookie: this.cookie } });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`);
    return answer.json();
  }

  post(path, body) {
    return fetch(BASE_URL + path, {
      method: "POST",
      body: body && JSON.stringify(body),
      headers: {
        cookie: this.cookie,
        "X-CSRFToken": this.csrfToken,
        ...(body && { "content-type": "application/json" }),
      },
    });
  }
}

// Ends and starts the server under test.
export async function control(action) {
  const answer = await fetch(`${process.env.CONTROL_URL}/${action}`, { method: "POST" });
  if (!answer.ok) throw new Error(`${action} failed`);
}

export const numbers = (count) => Array.from({ length: count }, (_, number) => `${number}`);
