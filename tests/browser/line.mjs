// A bad line: the network goes, the server dies. Nothing is lost, nothing comes twice.
import assert from "node:assert/strict";
import test from "node:test";
import { Agent, Visitor, control, eventually } from "./pages.mjs";

const counted = (count) => Array.from({ length: count }, (_, at) => at + 1);

async function talking() {
  const visitor = await Visitor.arrive();
  await visitor.say("first");
  await eventually(() => visitor.states(), ["sent"], "the message is sent");
  const agent = await Agent.arrive();
  await agent.pick("unassigned");
  await agent.at("claim").click();
  await agent.at("resolve").waitFor();
  return { visitor, agent };
}

// Both see the same messages, each once, in the order of the server.
async function agree(visitor, agent, texts) {
  const sorted = (messages) => messages.map(([, text]) => text).sort();
  await eventually(async () => sorted(await visitor.messages()), [...texts].sort(), "the visitor");
  await eventually(async () => sorted(await agent.messages()), [...texts].sort(), "the agent");
  await eventually(() => visitor.seqs(), counted(texts.length), "the visitor's order");
  await eventually(() => agent.seqs(), counted(texts.length), "the agent's order");
  assert.deepEqual(await visitor.messages(), await agent.messages());
}

test("what is written offline is sent when the line is back", async () => {
  const { visitor, agent } = await talking();
  await visitor.context.setOffline(true);
  await visitor.at("banner").waitFor();
  await visitor.say("in the tunnel");
  await visitor.say("still in the tunnel");
  await eventually(() => visitor.states(), ["sent", "sending", "sending"], "they wait");
  await visitor.picture("widget-offline");
  await agent.say("are you there?");
  await eventually(async () => (await agent.messages()).length, 2, "the agent goes on");
  await visitor.context.setOffline(false);
  await agree(visitor, agent, ["first", "in the tunnel", "still in the tunnel", "are you there?"]);
  await eventually(() => visitor.at("banner").isVisible(), false, "the banner goes");
  visitor.isFine();
  agent.isFine();
});

test("an agent who was away misses nothing", async () => {
  const { visitor, agent } = await talking();
  await agent.context.setOffline(true);
  await agent.at("banner").waitFor();
  for (const text of ["a", "b", "c"]) {
    await visitor.say(text);
  }
  await eventually(() => visitor.states(), ["sent", "sent", "sent", "sent"], "they are sent");
  await agent.picture("inbox-offline");
  await agent.context.setOffline(false);
  await agree(visitor, agent, ["first", "a", "b", "c"]);
});

test("a killed server is found again by both, and each message is there once", async () => {
  const { visitor, agent } = await talking();
  await control("kill9");
  await visitor.at("banner").waitFor();
  await visitor.say("to a dead server");
  await visitor.picture("widget-server-gone");
  await control("restart");
  await agree(visitor, agent, ["first", "to a dead server"]);
  await agent.say("back again");
  await visitor.say("so am I");
  await agree(visitor, agent, ["first", "to a dead server", "back again", "so am I"]);
  visitor.isFine();
  agent.isFine();
});

test("a message that waits survives the page", async () => {
  const { visitor, agent } = await talking();
  await control("kill9");
  await visitor.say("before the reload");
  await eventually(() => visitor.states(), ["sent", "sending"], "it waits");
  await control("restart");
  await visitor.page.reload();
  await visitor.openWidget();
  await agree(visitor, agent, ["first", "before the reload"]);
});
