// A visitor writes, an agent finds, claims, answers and resolves, and the visitor comes back.
import assert from "node:assert/strict";
import test from "node:test";
import { Agent, Visitor, demo, eventually } from "./pages.mjs";

test("a visitor and an agent talk", async () => {
  const visitor = await Visitor.arrive();
  const agent = await Agent.arrive();
  const colleague = await Agent.arrive(demo.agents[1]);
  await visitor.say("Do you ship to Norway?");
  await visitor.sees([["end_user", "Do you ship to Norway?"]]);
  await eventually(() => visitor.states(), ["sent"], "the message is sent");

  await agent.filter("unassigned");
  await eventually(() => agent.at("conversation").count(), 1, "the agent sees it waiting");
  await agent.picture("inbox-unassigned");
  await agent.at("conversation").first().click();
  await agent.sees([["end_user", "Do you ship to Norway?"]]);
  await colleague.filter("unassigned");
  await eventually(() => colleague.at("conversation").count(), 1, "the colleague sees it too");
  await agent.at("claim").click();
  await eventually(() => colleague.at("conversation").count(), 0, "it is nobody else's now");
  await agent.at("resolve").waitFor();

  await visitor.at("composer").pressSequentially("It is a big", { delay: 20 });
  await agent.at("typing").waitFor();
  await agent.picture("inbox-typing");
  await agent.at("composer").pressSequentially("Yes, we", { delay: 20 });
  await visitor.at("typing").waitFor();
  await visitor.picture("widget-typing");

  await agent.say("Yes, we do.");
  await visitor.say("It is a big parcel.");
  const talked = [
    ["end_user", "Do you ship to Norway?"],
    ["agent", "Yes, we do."],
    ["end_user", "It is a big parcel."],
  ];
  await eventually(async () => (await visitor.messages()).length, 3, "the visitor has all");
  const [asked, ...rest] = await visitor.messages();
  assert.deepEqual(asked, talked[0]);
  assert.deepEqual(rest.sort(), talked.slice(1).sort());
  await agent.sees(await visitor.messages());
  await eventually(() => agent.at("typing").isVisible(), false, "the typing has ended");
  await visitor.picture("widget-conversation");
  await agent.picture("inbox-conversation");

  await agent.at("resolve").click();
  await agent.at("resolve-tags").fill("shipping, norway");
  await agent.picture("inbox-resolve");
  await agent.at("resolve-confirm").click();
  await eventually(() => agent.at("resolve").isVisible(), false, "it is resolved");

  await visitor.say("One more thing");
  await agent.filter("unassigned");
  await eventually(() => agent.at("conversation").count(), 1, "it is open again");
  await agent.at("conversation").first().click();
  await eventually(() => agent.at("session-boundary").count(), 1, "two sessions are shown apart");
  await agent.picture("inbox-second-session");
  for (const person of [visitor, agent, colleague]) person.isFine();
});

test("a visitor who comes back finds the conversation", async () => {
  const visitor = await Visitor.arrive();
  await visitor.say("Remember me");
  await eventually(() => visitor.states(), ["sent"], "the message is sent");
  await visitor.page.reload();
  await visitor.openWidget();
  await visitor.sees([["end_user", "Remember me"]]);
  visitor.isFine();
});

test("Escape closes the widget and gives the focus back", async () => {
  const visitor = await Visitor.arrive();
  await visitor.at("composer").press("Escape");
  const launcher = visitor.page.locator("#switchboard-launcher");
  await eventually(() => launcher.getAttribute("aria-expanded"), "false", "the launcher");
  const focused = () => visitor.page.evaluate(() => document.activeElement.id);
  await eventually(focused, "switchboard-launcher", "the focus");
});

test("it is usable in the dark and on a phone", async () => {
  const dark = { colorScheme: "dark" };
  const visitor = await Visitor.arrive({ ...dark, viewport: { width: 390, height: 844 } });
  await visitor.say("From my phone");
  await visitor.sees([["end_user", "From my phone"]]);
  await visitor.picture("widget-phone-dark");
  const agent = await Agent.arrive(demo.agents[0], dark);
  await agent.pick("unassigned");
  await agent.picture("inbox-dark");
  visitor.isFine();
  agent.isFine();
});

test("who is at work is shown", async () => {
  const ada = await Agent.arrive(demo.agents[0]);
  const bo = await Agent.arrive(demo.agents[1]);
  const shown = () =>
    ada.at("teammate").evaluateAll((all) => all.map((it) => it.dataset.status).sort());
  await eventually(async () => (await shown()).includes("offline"), false, "both are online");
  await bo.context.close();
  await eventually(async () => (await shown()).includes("offline"), true, "one is gone");
  ada.isFine();
});
