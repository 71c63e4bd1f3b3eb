// A client that was away misses nothing: the network is cut, the server is killed.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { Agent, BASE_URL, RECOVERS, Visitor, askOk, connected, control, next, numbers, sleep, until } from "./people.mjs";
import { Proxy } from "./proxy.mjs";

const proxy = await Proxy.to(BASE_URL);
after(() => proxy.close());

// A visitor behind the proxy, in a conversation with an agent who is not.
async function conversation() {
  const visitor = await Visitor.arrive(proxy.url);
  const { conversation_id } = await visitor.say("I am going through a tunnel");
  const agent = await Agent.arrive();
  await agent.join(conversation_id);
  await until(() => visitor.received.length === 1, "the first message came");
  return { visitor, agent, conversation_id };
}

// What a page does on a connection that could not be recovered.
const rejoin = (visitor) => {
  const after = Math.max(...visitor.received.map(({ seq }) => seq));
  const join = { conversation_id: visitor.conversationId, external_id: visitor.externalId, after };
  return askOk(visitor.socket, "join_conversation", join);
};

async function cameBack(visitor, { honest = false } = {}) {
  await connected(visitor.socket);
  if (RECOVERS && !honest) {
    assert.equal(visitor.socket.recovered, true, "the client was told that it missed nothing");
  }
  if (!visitor.socket.recovered) await rejoin(visitor);
}

function hasEachOnce(visitor, contents) {
  assert.deepEqual(visitor.received.slice(1).map(({ content }) => content), contents);
  assert.deepEqual(visitor.received.map(({ seq }) => seq), numbers(contents.length + 1).map((n) => Number(n) + 1));
}

test("five hundred messages while away are all there afterwards, once and in order", async () => {
  const { visitor, agent, conversation_id } = await conversation();
  const gone = next(visitor.socket, "disconnect");
  proxy.sever();
  await gone;
  await Promise.all(numbers(500).map((text) => agent.say(conversation_id, text)));
  proxy.mend();
  await cameBack(visitor);
  await until(() => visitor.received.length >= 501, "every message arrived");
  hasEachOnce(visitor, numbers(500));
});

test("of a crowd that comes back at once, each has what was said to it and nothing else", async () => {
  const agent = await Agent.arrive();
  const people = await Promise.all(numbers(30).map(async () => {
    const visitor = await Visitor.arrive(proxy.url);
    await visitor.say("I am going through a tunnel");
    return visitor;
  }));
  const gone = people.map(({ socket }) => next(socket, "disconnect"));
  proxy.sever();
  await Promise.all(gone);
  const said = (person) => numbers(5 + (person % 3)).map((text) => `${text} to ${person}`);
  const saying = people.flatMap(({ conversationId }, person) =>
    said(person).map((text) => agent.say(conversationId, text)));
  await Promise.all(saying);
  proxy.mend();
  await Promise.all(people.map((visitor) => cameBack(visitor)));
  await Promise.all(people.map(({ received }, person) =>
    until(() => received.length > said(person).length, `${person} has everything`)));
  people.forEach((visitor, person) => hasEachOnce(visitor, said(person)));
});

test("a server that is killed while a client is away makes no difference to it", async () => {
  const { visitor, agent, conversation_id } = await conversation();
  const gone = next(visitor.socket, "disconnect");
  proxy.sever();
  await gone;
  await Promise.all(numbers(250).map((text) => agent.say(conversation_id, text)));
  await control("kill9");
  await until(() => !agent.socket.connected, "the agent noticed");
  await control("restart");
  await connected(agent.socket);
  for (const text of numbers(300).slice(250)) await agent.say(conversation_id, text);
  proxy.mend();
  await cameBack(visitor);
  await until(() => visitor.received.length >= 301, "every message arrived");
  hasEachOnce(visitor, numbers(300));
});

test("a client that comes back keeps its id and its rooms", { skip: !RECOVERS }, async () => {
  const { visitor, agent, conversation_id } = await conversation();
  const id = visitor.socket.id;
  const gone = next(visitor.socket, "disconnect");
  visitor.socket.io.engine.close();
  await gone;
  await cameBack(visitor);
  assert.equal(visitor.socket.id, id);
  await agent.say(conversation_id, "still there?");
  await until(() => visitor.received.length === 2, "the room is still joined");
});

test("being away twice is being away once and once again", async () => {
  const { visitor, agent, conversation_id } = await conversation();
  for (const texts of [["a", "b"], ["c", "d"]]) {
    const gone = next(visitor.socket, "disconnect");
    proxy.sever();
    await gone;
    for (const text of texts) await agent.say(conversation_id, text);
    proxy.mend();
    await cameBack(visitor);
  }
  await until(() => visitor.received.length >= 5, "every message arrived");
  hasEachOnce(visitor, ["a", "b", "c", "d"]);
});

test("leaving on purpose is not being away: the next connection is a new one", async () => {
  const { visitor } = await conversation();
  const { id } = visitor.socket;
  visitor.socket.disconnect();
  // The goodbye and the next hello travel on connections of their own, and forgetting takes a commit.
  await sleep(2_000);
  visitor.socket.connect();
  await connected(visitor.socket);
  assert.notEqual(visitor.socket.id, id);
  assert.notEqual(visitor.socket.recovered, true);
});

test("a server that is killed and started again has lost nothing it acknowledged", async () => {
  const { visitor, agent, conversation_id } = await conversation();
  const sent = [];
  for (const text of numbers(50)) sent.push((await agent.say(conversation_id, text)).id);
  await until(() => visitor.received.length >= 51, "everything arrived before");
  await control("kill9");
  await until(() => !visitor.socket.connected && !agent.socket.connected, "both noticed");
  await control("restart");
  await Promise.all([connected(visitor.socket), connected(agent.socket)]);
  await cameBack(visitor, { honest: true });
  if (!agent.socket.recovered) await agent.join(conversation_id);
  await agent.say(conversation_id, "50");
  await until(() => visitor.received.length >= 52, "the conversation goes on");
  hasEachOnce(visitor, numbers(51));
});

test("messages sent while the server is dead are sent once when it is back", async () => {
  const { visitor, agent } = await conversation();
  await control("kill9");
  await until(() => !visitor.socket.connected, "it noticed");
  // The client keeps these in its own buffer and retries nothing by itself.
  const saying = numbers(5).map((text) => visitor.say(text));
  await control("restart");
  await Promise.all(saying);
  const history = await agent.get(`/api/conversations/${visitor.conversationId}/history`);
  assert.deepEqual(history.slice(1).map(({ content }) => content), numbers(5));
});
