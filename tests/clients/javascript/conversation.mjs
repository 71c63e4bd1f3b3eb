// A visitor and two agents, through the whole life of a conversation.
import assert from "node:assert/strict";
import test from "node:test";
import { Agent, BASE_URL, TRANSPORT, Visitor, ask, connected, demo, next, nextPayload, numbers, socketTo, until } from "./people.mjs";

const plain = (id) => id.split("_").pop().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

test("an agent receives what a visitor sends, and the other way round", async () => {
  const agent = await Agent.arrive();
  const visitor = await Visitor.arrive();
  const heard = nextPayload(agent.socket, "conversation_updated");
  const message = await visitor.say("Do you ship to Norway?");

  assert.deepEqual(await heard, {
    conversation_id: message.conversation_id,
    sender_type: "end_user",
    content_type: "text",
    content: "Do you ship to Norway?",
  });
  assert.match(message.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  assert.equal(message.sender_id, visitor.externalId);
  assert.equal(message.rich_media, null);
  assert.equal(message.seq, 1);

  assert.deepEqual((await agent.join(message.conversation_id)).seq, 1);
  const reply = nextPayload(visitor.socket, "message_received", ({ seq }) => seq === 2);
  await agent.say(message.conversation_id, "We do.");
  const received = await reply;
  assert.equal(received.sender_type, "agent");
  assert.equal(received.sender_id, plain(demo.agents[0].id));
  assert.equal(received.content, "We do.");
  assert.equal(received.session_id, message.session_id);
  await until(() => agent.received.some(({ seq }) => seq === 2), "the agent hears itself");
});

test("the sender hears its own message with its client message id, others without", async () => {
  const visitor = await Visitor.arrive();
  const first = await visitor.say("first");
  const agent = await Agent.arrive();
  await agent.join(first.conversation_id);
  const [own, others] = [
    nextPayload(visitor.socket, "message_received", ({ seq }) => seq === 2),
    nextPayload(agent.socket, "message_received", ({ seq }) => seq === 2),
  ];
  await visitor.say("second", { client_message_id: "my-own-id" });
  assert.equal((await own).client_message_id, "my-own-id");
  assert.equal((await others).client_message_id, undefined);
});

test("a listener with one parameter gets the payload alone", async () => {
  const visitor = await Visitor.arrive();
  const got = new Promise((resolve) => visitor.socket.on("message_received", resolve));
  const message = await visitor.say("hello");
  assert.equal((await got).id, message.id);
});

test("one of two agents wins a claim, and the queue hears who", async () => {
  const [ada, bo] = [await Agent.arrive(demo.agents[0]), await Agent.arrive(demo.agents[1])];
  const visitor = await Visitor.arrive();
  const { conversation_id } = await visitor.say("Anyone?");
  const assigned = next(bo.socket, "conversation_assigned", (it) => it.conversation_id === conversation_id);
  const won = await ask(ada.socket, "claim_conversation", { conversation_id });
  assert.equal(won.ok, true);
  assert.equal(won.assigned_agent_id, plain(demo.agents[0].id));
  assert.deepEqual((await assigned)[0], { conversation_id, assigned_to: plain(demo.agents[0].id) });

  const error = nextPayload(bo.socket, "error");
  const lost = await ask(bo.socket, "claim_conversation", { conversation_id });
  assert.equal(lost.ok, false);
  assert.match(lost.error, /already assigned/i);
  assert.equal(typeof (await error).message, "string");

  // The winner is in the conversation's room without joining it.
  const heard = nextPayload(ada.socket, "message_received");
  await visitor.say("Thanks");
  assert.equal((await heard).content, "Thanks");
});

test("typing is seen by the others, and ends with the message", async () => {
  const visitor = await Visitor.arrive();
  const { conversation_id } = await visitor.say("hello");
  const agent = await Agent.arrive();
  await agent.join(conversation_id);
  const own = [];
  visitor.socket.on("typing_indicator", (it) => own.push(it));

  const indicated = nextPayload(agent.socket, "typing_indicator");
  const cleared = nextPayload(agent.socket, "typing_cleared");
  await visitor.type();
  assert.deepEqual(await indicated, { conversation_id, sender_type: "end_user" });
  await visitor.say("I was typing this");
  assert.equal((await cleared).conversation_id, conversation_id);
  assert.deepEqual(own, [], "one does not see oneself type");
});

test("a refused event is an error to its sender and a negative acknowledgement", async () => {
  const visitor = await Visitor.arrive();
  const refused = [
    ["send_message", visitor.payload("   ")],
    ["send_message", visitor.payload("x", { content_type: "hologram" })],
    ["send_message", visitor.payload("x", { content_type: "image", rich_media: { alt: "no url" } })],
    ["send_message", visitor.payload("x", { embed_token: "ew_wrong" })],
    ["send_message", { content: "x", sender_type: "agent" }],
    ["join_conversation", { conversation_id: "not-an-id", external_id: "x" }],
    ["claim_conversation", {}],
    ["join_queue", {}],
    ["join_org_presence", {}],
    ["send_message", "not an object"],
  ];
  for (const [event, payload] of refused) {
    const error = nextPayload(visitor.socket, "error");
    const answer = await ask(visitor.socket, event, payload);
    assert.equal(answer.ok, false, `${event} ${JSON.stringify(payload)}`);
    assert.equal(typeof answer.error, "string");
    assert.equal((await error).message, answer.error);
  }
  const error = nextPayload(visitor.socket, "error");
  visitor.socket.emit("send_message", visitor.payload(""));
  assert.equal(typeof (await error).message, "string", "also without an acknowledgement");
});

test("events of one client are handled in the order they were sent", async () => {
  const visitor = await Visitor.arrive();
  const { conversation_id } = await visitor.say("first");
  const agent = await Agent.arrive();
  await agent.join(conversation_id);
  const answered = [];
  await Promise.all(numbers(60).map((text) => visitor.say(text).then(({ seq }) => answered.push([text, seq]))));
  assert.deepEqual(answered, numbers(60).map((text, at) => [text, at + 2]));
  await until(() => agent.received.length >= 60, "the agent has everything");
  assert.deepEqual(agent.received.map(({ content }) => content), numbers(60));
});

test("what was missed is sent on joining, before the acknowledgement", async () => {
  const visitor = await Visitor.arrive();
  const { conversation_id } = await visitor.say("0");
  for (const text of ["1", "2", "3"]) await visitor.say(text);
  const late = await Visitor.arrive();
  const join = { conversation_id, external_id: visitor.externalId, after: 1 };
  const answer = await ask(late.socket, "join_conversation", join);
  assert.deepEqual({ ok: answer.ok, seq: answer.seq }, { ok: true, seq: 4 });
  assert.deepEqual(late.received.map(({ content }) => content), ["1", "2", "3"]);
});

test("reading is told to the others", async () => {
  const visitor = await Visitor.arrive();
  const message = await visitor.say("read me");
  const agent = await Agent.arrive();
  await agent.join(message.conversation_id);
  const told = nextPayload(visitor.socket, "messages_read");
  const read = { conversation_id: message.conversation_id, message_ids: [message.id] };
  assert.equal((await ask(agent.socket, "mark_read", read)).ok, true);
  assert.deepEqual((await told).message_ids, [message.id]);
  const [stored] = await agent.get(`/api/conversations/${message.conversation_id}/history`);
  assert.equal(Object.keys(stored.read_by).length, 1);
});

test("the connection is where it was asked to be", async () => {
  const socket = await connected(socketTo(BASE_URL));
  const wanted = TRANSPORT === "upgrade" ? "websocket" : TRANSPORT;
  await until(() => socket.io.engine.transport.name === wanted, `the transport is ${wanted}`);
  assert.notEqual(socket.id, socket.io.engine.id, "the id of the transport is a secret of its own");
});
