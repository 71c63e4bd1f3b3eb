// A visitor's and an agent's browser, for the scripts beside this file.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, afterEach } from "node:test";
import { chromium } from "playwright-core";

export const BASE_URL = process.env.BASE_URL;
export const demo = JSON.parse(process.env.DEMO);

const SOON = 20_000;
const SCREENSHOTS = process.env.SCREENSHOTS;

const browser = await chromium.launch({
  executablePath: process.env.SWITCHBOARD_TEST_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"],
});
after(() => browser.close());
// Who is left over from one test would be at work in the next.
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
mkdirSync(SCREENSHOTS, { recursive: true });

export const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

// Asks again until the answer is the wanted one; a failure shows both.
export async function eventually(ask, wanted, what) {
  const deadline = Date.now() + SOON;
  for (;;) {
    const got = await ask();
    try {
      return assert.deepEqual(got, wanted, what);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

// A browser of its own: no cookie and no storage is shared with another person's.
async function openContext(options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(SOON);
  return context;
}

// What went wrong inside a page, beyond what it is expected to notice on a bad line.
function watch(page) {
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    const refused = /Content Security Policy|Refused to/.test(message.text());
    if (message.type() === "error" && refused) errors.push(message.text());
  });
  return errors;
}

export class Person {
  async open(options) {
    this.context = await openContext(options);
    this.page = await this.context.newPage();
    this.errors = watch(this.page);
  }

  at(testId) {
    return this.view.getByTestId(testId);
  }

  async say(text) {
    await this.at("composer").fill(text);
    await this.at("send").click();
  }

  // The messages as this person sees them: who, and the text.
  messages() {
    return this.at("message").evaluateAll((all) =>
      all.map((it) => [it.dataset.sender, it.querySelector(".text")?.textContent ?? ""]),
    );
  }

  // The numbers of the messages, which must be without hole or double.
  seqs() {
    return this.at("message").evaluateAll((all) => all.map((it) => Number(it.dataset.seq)));
  }

  states() {
    return this.at("message").evaluateAll((all) => all.map((it) => it.dataset.state));
  }

  sees(messages) {
    return eventually(() => this.messages(), messages, `${this.constructor.name} sees`);
  }

  picture(name) {
    return this.page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
  }

  // Nothing broke unnoticed.
  isFine() {
    assert.deepEqual(this.errors, [], `${this.constructor.name}'s page has errors`);
  }
}

// Someone on the page of the shop, with the widget open.
export class Visitor extends Person {
  static async arrive(options) {
    const visitor = new Visitor();
    await visitor.open(options);
    await visitor.page.goto(`${BASE_URL}/demo?token=${demo.platform.embed_token}`);
    await visitor.openWidget();
    return visitor;
  }

  async openWidget() {
    const launcher = this.page.locator("#switchboard-launcher");
    assert.equal(await launcher.getAttribute("aria-expanded"), "false");
    await launcher.click();
    await eventually(() => launcher.getAttribute("aria-expanded"), "true", "the launcher");
    this.view = this.page.frameLocator("#switchboard-widget");
    await this.at("composer").waitFor();
  }
}

// Someone at the inbox.
export class Agent extends Person {
  static async arrive({ email, password } = demo.agents[0], options) {
    const agent = new Agent();
    await agent.open(options);
    agent.view = agent.page;
    await agent.page.goto(`${BASE_URL}/inbox`);
    await agent.at("email").fill(email);
    await agent.at("password").fill(password);
    await agent.at("submit").click();
    await agent.page.waitForURL("**/inbox");
    return agent;
  }

  filter(name) {
    return this.at(`filter-${name}`).click();
  }

  // Opens the newest conversation of a view.
  async pick(view) {
    await this.filter(view);
    await this.at("conversation").first().click();
    await this.at("message").first().waitFor();
  }
}

// Ends and starts the server under test.
export async function control(action) {
  const answer = await fetch(`${process.env.CONTROL_URL}/${action}`, { method: "POST" });
  if (!answer.ok) throw new Error(`${action} failed`);
}
