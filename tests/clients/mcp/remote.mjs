// mcp-remote, which lends programs that start their servers themselves a server elsewhere.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { demo } from "../javascript/people.mjs";
import { work } from "./agent.mjs";

test("an agent finds, reads, replies and closes over the bridge", async () => {
  const bridge = fileURLToPath(new URL("../../node_modules/mcp-remote/dist/proxy.js", import.meta.url));
  // Where it would keep tokens of servers that hand them out.
  const folder = await mkdtemp(join(tmpdir(), "mcp-remote-"));
  const env = { ...process.env, MCP_REMOTE_CONFIG_DIR: folder };
  const key = `Authorization: Bearer ${demo.muro.key}`;
  const args = [bridge, `${process.env.BASE_URL}/api/mcp`, "--allow-http", "--transport", "http-only", "--header", key];
  await work(new StdioClientTransport({ command: process.execPath, args, env }));
  await rm(folder, { recursive: true });
});
