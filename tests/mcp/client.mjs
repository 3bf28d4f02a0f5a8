// An agent's MCP client, told by lines of JSON on standard input what to do, and telling by lines on standard
// output what came of it. `node client.mjs '{"sdk":1,"url":…,"token":…}'`, or `"command":[…]` over stdio.
import readline from 'node:readline';

const options = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

async function library() {
  if (options.sdk === 1) {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const types = await import('@modelcontextprotocol/sdk/types.js');
    return { Client, StreamableHTTPClientTransport, StdioClientTransport, types };
  }
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
  return { Client, StreamableHTTPClientTransport, StdioClientTransport };
}

const { Client, StreamableHTTPClientTransport, StdioClientTransport, types } = await library();
const capabilities = options.capabilities ?? {};
const extra = options.sdk === 2 ? { versionNegotiation: { mode: options.mode ?? 'auto' } } : {};
const client = new Client({ name: 'tests', version: '1' }, { capabilities, ...extra });
for (const list of ['tools', 'resources', 'prompts']) {
  const name = `notifications/${list}/list_changed`;
  const heard = () => say({ heard: name });
  if (options.sdk === 2) client.setNotificationHandler(name, heard);
  else {
    const schema = { tools: 'Tool', resources: 'Resource', prompts: 'Prompt' }[list];
    client.setNotificationHandler(types[`${schema}ListChangedNotificationSchema`], heard);
  }
}
if (options.sdk === 2 && capabilities.elicitation) {
  client.setRequestHandler('elicitation/create', (request) => {
    say({ shown: request.params });
    return { action: options.action ?? 'accept' };
  });
}
client.onerror = (error) => say({ problem: String(error) });

function transport() {
  if (options.command) {
    const [command, ...args] = options.command;
    return new StdioClientTransport({ command, args, env: { ...process.env, ...options.env }, stderr: 'inherit' });
  }
  const headers = options.token ? { Authorization: `Bearer ${options.token}` } : {};
  return new StreamableHTTPClientTransport(new URL(options.url), { requestInit: { headers } });
}

const stops = new Map();

async function run({ n, method, params = {}, progress = true, seconds = 60 }) {
  const stop = new AbortController();
  stops.set(n, stop);
  const how = { timeout: seconds * 1000, resetTimeoutOnProgress: true, signal: stop.signal };
  if (progress) how.onprogress = (at) => say({ n, progress: at });
  if (method === 'tools/call') {
    return options.sdk === 1 ? client.callTool(params, undefined, how) : client.callTool(params, how);
  }
  const names = {
    'tools/list': 'listTools', 'resources/list': 'listResources', 'resources/read': 'readResource',
    'prompts/list': 'listPrompts', 'resources/templates/list': 'listResourceTemplates', ping: 'ping',
  };
  if (method === 'listen') {
    await client.listen(params);
    return {};
  }
  return method === 'ping' ? client.ping(how) : client[names[method]](params, how);
}

try {
  await client.connect(transport());
} catch (error) {
  say({ failed: String(error), code: error.code });
  process.exit(1);
}
say({ connected: client.getServerVersion() ?? {}, capabilities: client.getServerCapabilities() ?? {},
      version: client.getNegotiatedProtocolVersion?.() ?? client.transport?.protocolVersion,
      session: client.transport?.sessionId ?? null });

for await (const line of readline.createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line);
  if (ask.stop) {
    stops.get(ask.stop)?.abort('not wanted any more');
    continue;
  }
  run(ask).then((result) => say({ n: ask.n, result }),
                (error) => say({ n: ask.n, error: error.message ?? String(error), code: error.code }));
}
await client.transport?.terminateSession?.();
await client.close();
process.exit(0);
