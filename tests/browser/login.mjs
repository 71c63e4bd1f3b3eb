// The login page, with and without JavaScript.
import assert from "node:assert/strict";
import test from "node:test";
import { Agent, BASE_URL, demo, eventually } from "./pages.mjs";

test("a wrong password is told, and the right one opens the inbox", async () => {
  const agent = new Agent();
  await agent.open();
  agent.view = agent.page;
  await agent.page.goto(`${BASE_URL}/inbox`);
  await agent.at("email").fill(demo.agents[0].email);
  await agent.at("password").fill("wrong");
  await agent.at("submit").click();
  await eventually(async () => (await agent.at("error").textContent()).length > 3, true, "it says why");
  await agent.picture("login-refused");
  await agent.at("email").fill(demo.agents[0].email);
  await agent.at("password").fill(demo.agents[0].password);
  await agent.at("submit").click();
  await agent.page.waitForURL("**/inbox");
  await agent.at("filter-unassigned").waitFor();
  agent.isFine();
});

test("it works without JavaScript", async () => {
  const agent = await Agent.arrive(demo.agents[0], { javaScriptEnabled: false });
  assert.match(agent.page.url(), /\/inbox$/);
});

test("logging out here ends it there", async () => {
  const [here, there] = [await Agent.arrive(), await Agent.arrive()];
  await there.at("filter-unassigned").waitFor();
  await here.at("logout").click();
  // Both the form and the closed connection lead there; a wait for one navigation fails when the other overtakes it.
  for (const { page } of [here, there]) {
    await eventually(async () => /\/auth\/login/.test(page.url()), true, "the login page is shown");
  }
});

test("a page that needs a token explains how to get one", async () => {
  const agent = new Agent();
  await agent.open();
  await agent.page.goto(`${BASE_URL}/demo`);
  await eventually(async () => /switchboard demo/.test(await agent.page.textContent("body")), true, "it explains");
  await agent.picture("demo-without-token");
  agent.isFine();
});
