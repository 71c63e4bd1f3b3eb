// The scenarios of the official suite that ask nothing of a server but what every server has. The others call tools,
// resources and prompts of the suite's own, or are for servers with sessions, or without keys. The suite has no key, so
// that a proxy shows it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { demo } from "../javascript/people.mjs";

const SCENARIOS = ["server-initialize", "ping", "tools-list"];
const SUITE = "../../node_modules/@modelcontextprotocol/conformance/dist/index.js";

const target = new URL(`${process.env.BASE_URL}/api/mcp`);
const proxy = createServer((req, res) => {
  const headers = { ...req.headers, host: target.host, authorization: `Bearer ${demo.muro.key}` };
  const onward = request(target, { method: req.method, headers }, (answer) => {
    res.writeHead(answer.statusCode, answer.headers);
    answer.pipe(res);
  });
  onward.on("error", (error) => res.destroy(error));
  req.pipe(onward);
});
proxy.listen(0, "127.0.0.1");
await once(proxy, "listening");
// It leaves its findings where it is started.
const folder = await mkdtemp(join(tmpdir(), "conformance-"));
test.after(() => {
  proxy.close();
  return rm(folder, { recursive: true });
});

for (const scenario of SCENARIOS) {
  test(scenario, async () => {
    const url = `http://127.0.0.1:${proxy.address().port}/mcp`;
    const args = [fileURLToPath(new URL(SUITE, import.meta.url)), "server", "--url", url, "--scenario", scenario];
    const suite = spawn(process.execPath, args, { cwd: folder, stdio: "inherit" });
    const [status] = await once(suite, "exit");
    assert.equal(status, 0);
  });
}
