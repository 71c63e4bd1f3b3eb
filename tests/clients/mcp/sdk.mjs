// The official SDK over Streamable HTTP.
import test from "node:test";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { demo } from "../javascript/people.mjs";
import { work } from "./agent.mjs";

test("an agent finds, reads, replies and closes", async () => {
  const headers = { Authorization: `Bearer ${demo.muro.key}` };
  const url = new URL(`${process.env.BASE_URL}/api/mcp`);
  await work(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
});
