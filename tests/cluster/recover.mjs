// A stock socket.io-client whose node is killed comes back on another one, and has missed nothing. NODES
// are the URLs of the nodes, BASE_URL that of the second; CONTROL_URL kills the first and starts it again.
import assert from "node:assert/strict";
import test from "node:test";
import { Agent, Visitor, connected, control, next, numbers, until } from "../clients/javascript/people.mjs";

const [first, second] = JSON.parse(process.env.NODES);

// What a proxy in front of the nodes does when one of them is gone.
const move = (socket, url) => (socket.io.uri = url);

async function conversation() {
  const visitor = await Visitor.arrive(first);
  const { conversation_id } = await visitor.say("hello");
  const agent = await Agent.arrive();
  await agent.join(conversation_id);
  await until(() => visitor.received.length === 1, "the first message came");
  return { visitor, agent, conversation_id };
}

function hasEachOnce(visitor, contents) {
  assert.deepEqual(visitor.received.slice(1).map(({ content }) => content), contents);
  assert.deepEqual(visitor.received.map(({ seq }) => seq), [...Array(contents.length + 1).keys()].map((n) => n + 1));
}

test("a client of a killed node recovers on another one", async () => {
  const { visitor, agent, conversation_id } = await conversation();
  const { id } = visitor.socket;
  for (const text of numbers(20)) await agent.say(conversation_id, text);
  await until(() => visitor.received.length === 21, "everything came before");
  const gone = next(visitor.socket, "disconnect");
  move(visitor.socket, second);
  await control("kill9");
  await gone;
  for (const text of numbers(50).slice(20)) await agent.say(conversation_id, text);
  await connected(visitor.socket);
  assert.equal(visitor.socket.recovered, true);
  assert.equal(visitor.socket.id, id);
  await agent.say(conversation_id, "50");
  await until(() => visitor.received.length >= 52, "the conversation goes on");
  hasEachOnce(visitor, numbers(51));
  await control("restart");
});

test("a client that moves while both nodes live misses nothing", async () => {
  const { visitor, agent, conversation_id } = await conversation();
  const gone = next(visitor.socket, "disconnect");
  move(visitor.socket, second);
  const saying = (async () => {
    for (const text of numbers(100)) await agent.say(conversation_id, text);
  })();
  visitor.socket.io.engine.close();
  await gone;
  await connected(visitor.socket);
  await saying;
  assert.equal(visitor.socket.recovered, true);
  await until(() => visitor.received.length >= 101, "every message arrived");
  hasEachOnce(visitor, numbers(100));
});

test("what was not acknowledged by the killed node is sent again to another, and is one message", async () => {
  const { visitor, agent } = await conversation();
  const gone = next(visitor.socket, "disconnect");
  move(visitor.socket, second);
  await control("kill9");
  await gone;
  // The client keeps these in its own buffer until it is connected again.
  await Promise.all(numbers(5).map((text) => visitor.say(text)));
  const history = await agent.get(`/api/conversations/${visitor.conversationId}/history`);
  assert.deepEqual(history.slice(1).map(({ content }) => content), numbers(5));
  await control("restart");
});
