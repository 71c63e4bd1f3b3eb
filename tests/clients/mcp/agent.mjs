// An agent's work, whatever carries its words: find, read, reply, close.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { Visitor } from "../javascript/people.mjs";

const TOOLS = [
  "list_conversations",
  "get_conversation",
  "send_reply",
  "update_conversation",
  "list_contacts",
  "get_contact",
  "list_sites",
  "update_site",
];

export async function work(transport) {
  const visitor = await Visitor.arrive();
  await visitor.say("hello");
  const client = new Client({ name: "tests", version: "1.0.0" });
  await client.connect(transport);
  try {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), TOOLS);
    const call = async (name, args) => {
      const result = await client.callTool({ name, arguments: args });
      assert.ok(!result.isError, JSON.stringify(result));
      return result.structuredContent;
    };
    const { data } = await call("list_conversations", { status: "open", limit: 10 });
    const { id } = data[0];
    await call("send_reply", { conversation_id: id, content: "Grüße 👋" });
    const { messages } = await call("get_conversation", { id });
    assert.equal(messages.at(-1).content, "Grüße 👋");
    const closed = await call("update_conversation", { id, status: "closed" });
    assert.equal(closed.status, "closed");
    const refused = await client.callTool({ name: "get_contact", arguments: { id: "vis_0" } });
    assert.ok(refused.isError);
    assert.equal(refused.content[0].text, "not_found: contact not found");
  } finally {
    await client.close();
    visitor.socket.close();
  }
}
