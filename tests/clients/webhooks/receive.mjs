// A receiver as people write one: it subscribes, checks each signature, and hears a conversation from beginning to
// end.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import test from "node:test";
import { Visitor, demo } from "../javascript/people.mjs";
import { asDocumented, asStandard } from "./verify.mjs";

const api = async (method, path, body) => {
  const answer = await fetch(`${process.env.BASE_URL}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${demo.muro.key}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
};

// Takes requests until each of these events has come; gives them with whether their signatures were good.
async function receive(t, style, verify) {
  const taken = [];
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    const rawBody = Buffer.concat(chunks);
    taken.push({ ok: verify(req, rawBody, webhook.secret), headers: req.headers, event: JSON.parse(rawBody) });
    res.writeHead(204).end();
    server.emit("taken");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}/hooks`;
  const webhook = await api("POST", "/webhooks", { url, signature_style: style });
  process.env.MURO_WEBHOOK_SECRET = webhook.secret;
  return async (types) => {
    while (!types.every((type) => taken.some(({ event }) => event.type === type))) {
      await once(server, "taken", { signal: AbortSignal.timeout(20_000) });
    }
    await api("DELETE", `/webhooks/${webhook.id}`);
    return taken;
  };
}

const TYPES = ["message.created", "conversation.opened", "conversation.closed", "visitor.identified"];

// A visitor writes words that are more than ASCII, is answered, known and seen off.
async function converse() {
  const visitor = await Visitor.arrive();
  const message = await visitor.say("Grüße aus Zürich – \u{1f44b} \"quoted\" \\ </script>");
  const conversation = `/conversations/cnv_${message.conversation_id.replaceAll("-", "")}`;
  await api("POST", `${conversation}/messages`, { content: "Welcome!" });
  const { visitor: contact } = await api("GET", conversation);
  await api("PATCH", `/contacts/${contact.id}`, { email: "marie@example.com", name: "Marie" });
  await api("PATCH", conversation, { status: "closed", tags: ["billing"] });
}

for (const [style, verify] of [["muro", asDocumented], ["standard-webhooks", asStandard]]) {
  test(`each request in the style ${style} is signed`, async (t) => {
    const heard = await receive(t, style, verify);
    await converse();
    const taken = await heard(TYPES);
    assert.deepEqual(taken.map(({ ok }) => ok), taken.map(() => true));
    for (const { headers, event } of taken) {
      assert.equal(headers["x-muro-event"], event.type);
      assert.equal(headers["x-muro-event-id"], event.id);
      assert.equal("x-muro-signature" in headers, style === "muro");
    }
  });
}

test("what was altered on its way is noticed", () => {
  process.env.MURO_WEBHOOK_SECRET = "whsec_test";
  const v1 = "a91bbd7fa27fc4fed125f343000c8ea431e99f0c6220e6c71628264fd467cee3";
  const req = { headers: { "x-muro-signature": `t=1733570400,v1=${v1}` } };
  const body = '{"id":"evt_1","type":"visitor.identified","organization_id":"org_1","created_at":"2026-06-07T10:00:00.000Z","data":{"visitor":{"id":"vis_1","email":"marie@example.com","name":"Marie"}}}';
  assert.equal(asDocumented(req, body), true);
  assert.equal(asDocumented(req, body.replace("marie", "mario")), false);
});
