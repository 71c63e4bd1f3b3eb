// pusher-js in Chromium: LIBRARY names the package, TRANSPORTS may name some of its transports.
import { createRequire } from "node:module";
import test, { after } from "node:test";
import { chromium } from "playwright-core";
import { HOST, PORT, app, startBackend } from "./backend.mjs";
import { scenarios } from "./scenarios.mjs";

const { LIBRARY, TRANSPORTS = "ws xhr_streaming xhr_polling sockjs" } = process.env;

// pusher-js loads SockJS from its makers' servers; the package brings the same file.
const SOCKJS = createRequire(import.meta.url).resolve(`${LIBRARY}/dist/web/sockjs.js`);

const backend = await startBackend();
const browser = await chromium.launch({
  executablePath: process.env.SWITCHBOARD_TEST_CHROMIUM,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    // A browser opens only six connections to one host; so many clients share a page only here.
    `--host-resolver-rules=MAP *.switchboard.test ${HOST}`,
  ],
});
after(() => browser.close());

async function customersPage() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route("**/sockjs*.js", (route) => route.fulfill({ path: SOCKJS }));
  await page.goto(`${backend}/page.html`);
  await page.addScriptTag({ url: `/${LIBRARY}.js` });
  return page;
}

// SockJS first tries what it cannot have, and takes two seconds for each connection; and a browser loads
// only ten scripts of a page at a time, which is how SockJS polls. So it plays the scenarios of few
// clients, each on a page of its own.
const OVER_SOCKJS = [
  "a public channel carries what the backend publishes, as it was",
  "events come in the order in which they were published",
  "more than one answer of HTTP can hold comes without a gap",
  "a signature that is not the app's opens no private channel, and the connection stays",
  "a client event reaches the others and not its sender",
  "a number is as good a user id as a text",
  "what is sent to a user reaches all connections of that user and nobody else's",
  "a user whose connections are terminated stays away",
  "an unknown key is refused once and for all",
];

// Plays one scenario in the page; a failure is thrown here as it was there.
const play = (page, name, place) =>
  page.evaluate(
    async ({ name, place }) => {
      const [{ scenarios }, { World }] = [await import("/scenarios.mjs"), await import("/world.mjs")];
      const world = new World({ Pusher: window.Pusher, ...place });
      try {
        await scenarios[name](world);
      } finally {
        world.close();
      }
    },
    { name, place },
  );

async function onAPageOfItsOwn(name, place) {
  const page = await customersPage();
  await play(page, name, place);
  await page.context().close();
}

test(`${LIBRARY} in a browser`, async (parent) => {
  for (const transport of TRANSPORTS.split(" ")) {
    await parent.test(transport, { concurrency: 4 }, async (suite) => {
      const host = "client-*.switchboard.test";
      const place = { key: app.key, host, port: PORT, backend, transport };
      const shared = transport === "sockjs" ? null : await customersPage();
      const names = shared ? Object.keys(scenarios) : OVER_SOCKJS;
      const perform = (name) => (shared ? play(shared, name, place) : onAPageOfItsOwn(name, place));
      await Promise.all(names.map((name) => suite.test(name, () => perform(name))));
      await shared?.context().close();
    });
  }
});
