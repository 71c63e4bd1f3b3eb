// The `muro()` widget on the pages of a website that is not the server's.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import test, { after } from "node:test";
import { Agent, BASE_URL, Person, demo, eventually, sleep } from "./pages.mjs";

const WIDGET = demo.muro.widget_id;
const MARIE = { email: "marie@example.com", name: "Marie" };
const signed = (identity) => ({
  ...identity,
  user_hash: createHmac("sha256", demo.chatwoot.hmac_token).update(identity.email).digest("hex"),
});
const call = (...args) => `muro(${args.map((it) => JSON.stringify(it)).join(", ")});`;
const INIT = call("init", { widgetId: WIDGET });

// The install snippet, with what a page calls before the loader is there, and buttons to call with later.
const page = (calls) => `<!doctype html><html lang="en"><title>A shop</title>
<script>window.muro=window.muro||function(){(muro.q=muro.q||[]).push(arguments)};${calls.join("")}</script>
<script async src="${BASE_URL}/widget.js"></script>
<body><h1>A shop</h1><button id="help" onclick="muro('open')">Help</button>
<button id="done" onclick="muro('close')">Done</button></body></html>`;

// The website: another origin, whose pages call what the query says.
const site = createServer((request, response) => {
  const calls = new URL(request.url, BASE_URL).searchParams.getAll("call");
  response.setHeader("content-type", "text/html; charset=utf-8").end(page(calls));
});
await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
after(() => site.close());

// Someone with a browser of their own, on pages of the website.
class Customer extends Person {
  static async arrive(...calls) {
    const customer = new Customer();
    await customer.open();
    customer.warnings = [];
    customer.page.on("console", (it) => it.type() === "warning" && customer.warnings.push(it.text()));
    customer.view = customer.page.frameLocator("#switchboard-widget");
    await customer.visit(...calls);
    return customer;
  }

  async visit(...calls) {
    const query = new URLSearchParams([INIT, ...calls].map((it) => ["call", it]));
    await this.page.goto(`http://127.0.0.1:${site.address().port}/shop?${query}`);
    await this.launcher.waitFor();
  }

  get launcher() {
    return this.page.locator("#switchboard-launcher");
  }

  isOpen(open) {
    return eventually(() => this.launcher.getAttribute("aria-expanded"), String(open), "the panel");
  }

  // The page has said who it is, and the server has heard.
  isTold() {
    const told = () =>
      this.page.evaluate((key) => JSON.parse(localStorage.getItem(key))?.told, `muro_visitor_${WIDGET}`);
    return eventually(told, true, "the server has heard");
  }

  async writes(text) {
    await this.at("composer").waitFor();
    await this.say(text);
    await eventually(async () => (await this.states()).at(-1), "sent", "the message is sent");
  }

  async sees(...texts) {
    await eventually(async () => (await this.messages()).map(([, text]) => text), texts, "the history");
  }
}

test("calls made before the loader is there are carried out in their order", async () => {
  const customer = await Customer.arrive(call("open"), call("close"), call("open"), INIT);
  await customer.isOpen(true);
  await customer.at("composer").waitFor();
  const focused = await customer.page.evaluate(() => document.activeElement.tagName);
  assert.equal(focused, "BODY", "a page that opens the panel by itself does not take the focus");
  await customer.writes("Is anybody there?");
  assert.equal(await customer.launcher.count(), 1);
  await customer.picture("muro-open");
  customer.isFine();
});

test("a button of the page opens the panel and closes it", async () => {
  const customer = await Customer.arrive();
  await customer.page.locator("#help").click();
  await customer.isOpen(true);
  await customer.at("composer").waitFor();
  const typing = () => customer.at("composer").evaluate((it) => it === document.activeElement);
  await eventually(typing, true, "whoever asked for it can type at once");
  await customer.page.locator("#done").click();
  await customer.isOpen(false);
  customer.isFine();
});

test("a wrong call is told to the console and breaks nothing", async () => {
  const customer = await Customer.arrive(call("shutdown"), call("identify", { name: "Marie" }), call("open"));
  await customer.isOpen(true);
  assert.equal(customer.warnings.length, 2, `${customer.warnings}`);
  assert.match(customer.warnings[0], /shutdown/);
  customer.isFine();
});

test("who was identified stays so on the next page", async () => {
  const customer = await Customer.arrive(call("identify", MARIE));
  await customer.isTold();
  await customer.visit(call("open"));
  await customer.view.getByText("Hello Marie").waitFor();
  await customer.picture("muro-identified");
  await customer.writes("It is me");
  await customer.visit(call("open"));
  await customer.sees("It is me");
  const agent = await Agent.arrive();
  await agent.filter("unassigned");
  await eventually(async () => /Marie/.test(await agent.at("conversation").first().textContent()), true, "the agent");
  customer.isFine();
});

test("a signed identity brings the history to another device", async () => {
  const somebody = signed({ email: "Signed@Example.com", name: "Sig" });
  const phone = await Customer.arrive(call("open"));
  await phone.writes("From my phone");
  await phone.page.evaluate((it) => window.muro("identify", it), somebody);
  await phone.isTold();
  await phone.sees("From my phone");
  const laptop = await Customer.arrive(call("identify", somebody), call("open"));
  await laptop.sees("From my phone");
  await laptop.writes("From my laptop");
  await phone.sees("From my phone", "From my laptop");
  await laptop.picture("muro-second-device");
  await laptop.visit(call("open"));
  await laptop.sees("From my phone", "From my laptop");
  for (const person of [phone, laptop]) person.isFine();
});

test("an unsigned identity shows nobody else's history", async () => {
  const victim = { email: "victim@example.com" };
  const phone = await Customer.arrive(call("identify", signed(victim)), call("open"));
  await phone.isTold();
  await phone.writes("My secret");
  const thief = await Customer.arrive(call("identify", victim), call("open"));
  await thief.isTold();
  await thief.writes("Show me");
  await thief.sees("Show me");
  const forger = await Customer.arrive(call("identify", { ...victim, user_hash: "00" }), call("open"));
  await eventually(() => forger.warnings.length, 1, "the refusal is told");
  await forger.writes("And me?");
  await forger.sees("And me?");
  await phone.sees("My secret");
});

test("the next person at the same computer begins anew", async () => {
  const customer = await Customer.arrive(call("identify", signed({ email: "first@example.com" })), call("open"));
  await customer.isTold();
  await customer.writes("I was first");
  await customer.visit(call("identify", { email: "second@example.com" }), call("open"));
  await customer.isTold();
  await customer.writes("I came after");
  await customer.sees("I came after");
  await customer.visit(call("identify", signed({ email: "first@example.com" })), call("open"));
  await customer.sees("I was first");
  await customer.page.route("**/chat-widget*", async (route) => {
    await sleep(500);
    await route.continue();
  });
  await customer.page.evaluate(() => window.muro("reset"));
  assert.deepEqual(await customer.messages(), [], "on a slow line too nothing of the one before is left");
  await customer.writes("Who am I?");
  await customer.sees("Who am I?");
  customer.isFine();
});

test("tabs of one browser follow each other", async () => {
  const customer = await Customer.arrive(call("open"));
  await customer.writes("In this tab");
  const other = await customer.context.newPage();
  await other.goto(customer.page.url());
  await other.locator("#switchboard-launcher").waitFor();
  await other.evaluate((it) => window.muro("identify", it), signed({ email: "tabs@example.com" }));
  const loadedAnew = () => customer.page.frames().some((it) => it.url().includes("mailto%3Atabs"));
  await eventually(loadedAnew, true, "this tab has heard of the other");
  await customer.sees("In this tab");
  await customer.writes("And on");
  await customer.sees("In this tab", "And on");
  customer.isFine();
});
