// An MCP server by pipes, of the protocol's own SDK, whose tools call an API as such servers do: `fetch`, which
// knows of no proxy, and curl, which goes by the one in its environment.
import { execFile } from "node:child_process";
import { connect } from "node:net";
import { promisify } from "node:util";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "asking", version: "1" });
const text = (said) => ({ content: [{ type: "text", text: said }] });
const shape = { url: z.string(), method: z.string().optional() };

server.registerTool("fetch", { description: "Asks by fetch.", inputSchema: shape }, async ({ url, method }) => {
  try {
    const answer = await fetch(url, { method, headers: { Authorization: `Bearer ${process.env.API_KEY ?? ""}` } });
    return text(JSON.stringify({ status: answer.status, body: await answer.text() }));
  } catch (error) {
    return text(JSON.stringify({ failed: String(error.cause ?? error) }));
  }
});

server.registerTool("curl", { description: "Asks by curl.", inputSchema: shape }, async ({ url, method }) => {
  const words = ["-sS", "-X", method ?? "GET", "-w", "\n%{http_code}", url];
  const { stdout, stderr } = await promisify(execFile)("curl", words).catch((error) => error);
  return text(JSON.stringify({ stdout, stderr }));
});

server.registerTool("environment", { description: "What it was given.", inputSchema: {} }, () =>
  text(JSON.stringify(process.env)));

server.registerTool("flood", { description: "Connects.", inputSchema: { count: z.number() } }, async ({ count }) => {
  const one = () => new Promise((done) => {
    const line = connect(443, "api.test", () => setTimeout(() => {
      done(!line.destroyed);
      line.destroy();
    }, 500));
    line.on("close", () => done(false)).on("error", () => done(false)).resume();
  });
  const open = await Promise.all(Array.from({ length: count }, one));
  return text(String(open.filter(Boolean).length));
});

await server.connect(new StdioServerTransport());
