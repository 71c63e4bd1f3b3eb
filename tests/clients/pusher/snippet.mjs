// The program of the documents that people begin with, word for word: LIBRARY names the package it
// imports. Only the address, the key and, since pusher-js 8 insists on it, `cluster` are filled in.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test, { after } from "node:test";
import { Agent, BASE_URL, Visitor, demo } from "../javascript/people.mjs";
import { next, until } from "./world.mjs";

const { LIBRARY } = process.env;

async function program() {
  const written = await readFile(new URL("snippet.txt", import.meta.url), "utf8");
  const cluster = LIBRARY === "pusher-js-7" ? "" : "cluster: rt.config.cluster, ";
  return written
    .replace("'pusher-js'", JSON.stringify(import.meta.resolve(LIBRARY)))
    .replace("https://muro.chat", BASE_URL)
    .replaceAll("mr_live_…", demo.muro.key)
    .replace("wsHost:", `${cluster}wsHost:`)
    .concat("\nexport { ch, pusher, rt };\n");
}

test("the documents' program hears a conversation", async () => {
  const { ch, pusher, rt } = await import(`data:text/javascript,${encodeURIComponent(await program())}`);
  after(() => pusher.disconnect());
  await until(() => ch.subscribed, "the workspace channel is subscribed");

  const visitor = await Visitor.arrive();
  const [told, updated] = [next(ch, "message.new"), next(ch, "conversation.update")];
  const message = await visitor.say("Do you ship to Norway?");
  const heard = await told;
  assert.equal(heard.content, "Do you ship to Norway?");
  assert.equal(heard.sender_type, "visitor");
  assert.match(heard.id, /^msg_/);
  assert.match(heard.conversation_id, /^cnv_/);
  assert.match(heard.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(heard.attachments, []);
  assert.equal((await updated).id, heard.conversation_id);

  const agent = await Agent.arrive();
  await agent.join(message.conversation_id);
  const thread = pusher.subscribe(rt.channels.conversation.replace("{id}", heard.conversation_id));
  await until(() => thread.subscribed, "the conversation's channel is subscribed");
  const replies = [next(ch, "message.new"), next(thread, "message.new")];
  await agent.say(message.conversation_id, "We do.");
  for (const reply of await Promise.all(replies)) {
    assert.deepEqual([reply.content, reply.sender_type], ["We do.", "agent"]);
  }
});
