// pusher-js in Node: LIBRARY names the package, TRANSPORT the transport.
import { createRequire } from "node:module";
import test from "node:test";
import { HOST, PORT, app, startBackend } from "./backend.mjs";
import { counting, scenarios } from "./scenarios.mjs";
import { World } from "./world.mjs";

const { LIBRARY, COUNTING, TRANSPORT } = process.env;
const Pusher = createRequire(import.meta.url)(LIBRARY);
const backend = await startBackend();

test(`${LIBRARY} over ${TRANSPORT}`, { concurrency: 8 }, async (parent) => {
  const wanted = Object.entries(COUNTING ? counting : scenarios);
  const running = wanted.map(([name, play]) =>
    parent.test(name, async () => {
      const place = { key: app.key, host: HOST, port: PORT, backend, transport: TRANSPORT };
      const world = new World({ Pusher, ...place });
      try {
        await play(world);
      } finally {
        world.close();
      }
    }),
  );
  await Promise.all(running);
});
