// Saved replies in the agents' inbox, called by a slash.
import assert from "node:assert/strict";
import test from "node:test";
import { Agent, BASE_URL, Visitor, demo, eventually } from "./pages.mjs";

const REPLIES = [
  { shortcut: "refund", title: "Refunds", body: "It takes five days.\nYou will hear from us." },
  { shortcut: "refund-late", title: "A late refund", body: "We are looking into it." },
  { shortcut: "thanks", title: "Thank you", body: "Thanks for reaching out!" },
];

for (const reply of REPLIES) {
  const made = await fetch(`${BASE_URL}/api/v1/saved-replies`, {
    method: "POST",
    headers: { Authorization: `Bearer ${demo.muro.key}`, "Content-Type": "application/json" },
    body: JSON.stringify(reply),
  });
  assert.equal(made.status, 201);
}

async function open() {
  const visitor = await Visitor.arrive();
  await visitor.say("Where is my money?");
  await eventually(() => visitor.states(), ["sent"], "the message is sent");
  const agent = await Agent.arrive();
  await agent.pick("unassigned");
  const composer = agent.at("composer");
  await composer.focus();
  return { visitor, agent, composer, type: (text) => composer.pressSequentially(text) };
}

const offered = (agent) =>
  agent.at("saved-reply").evaluateAll((all) => all.map((it) => it.querySelector("b").textContent));
const offers = (agent, ...shortcuts) => eventually(() => offered(agent), shortcuts, "what is offered");

test("a slash offers saved replies, and the keys choose among them", async () => {
  const { visitor, agent, composer, type } = await open();
  await type("Hello! /");
  await offers(agent, "/refund", "/thanks", "/refund-late");
  await type("re");
  await offers(agent, "/refund", "/refund-late");
  await agent.picture("saved-replies");
  const marked = agent.view.locator("[role=option][aria-selected=true] b");
  assert.equal(await marked.textContent(), "/refund");
  await composer.press("ArrowDown");
  assert.equal(await marked.textContent(), "/refund-late");
  const named = await composer.getAttribute("aria-activedescendant");
  assert.match(await agent.view.locator(`#${named}`).textContent(), /refund-late/);
  await composer.press("ArrowDown");
  await composer.press("Enter");
  await offers(agent);
  assert.equal(await composer.inputValue(), `Hello! ${REPLIES[0].body}`, "it is put in and not sent");
  assert.equal((await visitor.messages()).length, 1);

  await type(" /tha");
  await offers(agent, "/thanks");
  await composer.press("Tab");
  const written = `Hello! ${REPLIES[0].body} ${REPLIES[2].body}`;
  assert.equal(await composer.inputValue(), written);
  await composer.press("Enter");
  await visitor.sees([["end_user", "Where is my money?"], ["agent", written]]);
  agent.isFine();
});

test("Escape leaves what was typed, and a slash within a word means itself", async () => {
  const { agent, composer, type } = await open();
  await type("/thanks");
  await offers(agent, "/thanks");
  await composer.press("Escape");
  await offers(agent);
  assert.equal(await composer.inputValue(), "/thanks");
  assert.ok(await composer.evaluate((it) => it === document.activeElement), "the agent goes on writing");
  await composer.press("Enter");
  await eventually(async () => (await agent.messages()).at(-1)[1], "/thanks", "it is sent as it stands");

  await type("and/re");
  await composer.fill("");
  await type("/nothing");
  await eventually(() => offered(agent), [], "nothing begins so");
  agent.isFine();
});

test("a click takes one, in the middle of a text", async () => {
  const { agent, composer, type } = await open();
  await type("before  after");
  for (let step = 0; step < " after".length; step += 1) await composer.press("ArrowLeft");
  await type("/late");
  await offers(agent);
  for (let step = 0; step < "late".length; step += 1) await composer.press("Backspace");
  await offers(agent, "/refund", "/thanks", "/refund-late");
  await agent.at("saved-reply").nth(1).click();
  assert.equal(await composer.inputValue(), `before ${REPLIES[2].body} after`);
  await type("!");
  assert.equal(await composer.inputValue(), `before ${REPLIES[2].body}! after`);
  agent.isFine();
});
