// MCP servers of the SDK, as their documentation builds them: node sdk_server.mjs '{"port":…}'. `legacy` is what becomes of
// the versions with sessions (`stateless`, `reject`); `issuer`, `certificate` and `key` put a login before it, with tokens of
// that issuer for this server. POST /control/NAME: `tool` adds one and says so, `distrust` refuses all tokens there are.
import { createServer as createPlain } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { readFileSync } from 'node:fs';
import { createMcpExpressApp, mcpAuthMetadataRouter, requireBearerAuth } from '@modelcontextprotocol/express';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  McpServer, OAuthError, OAuthErrorCode, ResourceTemplate, createMcpHandler, inputRequired,
} from '@modelcontextprotocol/server';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';

const options = JSON.parse(process.argv[2]);
const more = [];
let trusted_since = 0;
let subject = null;

function build() {
  const server = new McpServer({ name: 'sdk', version: '2' }, { capabilities: { tools: { listChanged: true } } });
  const text = (said) => ({ content: [{ type: 'text', text: said }] });
  server.registerTool('echo', { description: 'Gives back.', inputSchema: z.object({ message: z.string() }) },
                      ({ message }) => text(message));
  server.registerTool('who', { description: 'Who is asking.' }, () => text(String(subject)));
  server.registerTool('add', {
    description: 'Adds.', inputSchema: z.object({ a: z.number(), b: z.number() }),
    outputSchema: z.object({ sum: z.number() }),
  }, ({ a, b }) => ({ ...text(String(a + b)), structuredContent: { sum: a + b } }));
  server.registerTool('steps', { description: 'Takes its time.' }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    for (let progress = 1; progress <= 3; ++progress) {
      if (progressToken === undefined) break;
      await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 3 } });
    }
    return text('done');
  });
  server.registerTool('fails', { description: 'Fails.' }, () => ({ ...text('it broke'), isError: true }));
  server.registerTool('asks', { description: 'Asks the user.' }, () => inputRequired({
    inputRequests: { name: inputRequired.elicit({
      message: 'Your name?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } }) },
  }));
  server.registerResource('readme', 'note://readme', { description: 'What this is.', mimeType: 'text/plain' },
                          (uri) => ({ contents: [{ uri: uri.href, text: 'read me' }] }));
  server.registerResource('note', new ResourceTemplate('note://of/{name}', { list: undefined }), { description: 'A note.' },
                          (uri, { name }) => ({ contents: [{ uri: uri.href, text: `of ${name}` }] }));
  server.registerResource('plan', 'note://secret', { description: 'A plan.' },
                          (uri) => ({ contents: [{ uri: uri.href, text: 'secret' }] }));
  server.registerPrompt('greet', { description: 'Greets.', argsSchema: z.object({ name: z.string() }) }, ({ name }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `greet ${name}` } }] }));
  for (const name of more) server.registerTool(name, { description: 'Another.' }, () => text(name));
  return server;
}

const handler = createMcpHandler(build, { legacy: options.legacy ?? 'stateless', responseMode: options.mode ?? 'auto' });
const app = createMcpExpressApp();
const scheme = options.certificate ? 'https' : 'http';
const url = new URL(`${scheme}://localhost:${options.port}/mcp`);
const seen = [];
app.use((request, _, next) => {
  if (request.path === '/mcp') {
    seen.push({ method: request.method, says: request.body?.method, version: request.headers['mcp-protocol-version'] });
  }
  next();
});
app.get('/control/seen', (_, answer) => answer.json(seen));
app.post('/control/tool/:name', (request, answer) => {
  more.push(request.params.name);
  handler.notify.toolsChanged();
  answer.end();
});
app.post('/control/distrust', (_, answer) => {
  trusted_since = Math.floor(Date.now() / 1000) * 1000;  // As tokens have it.
  answer.end();
});

if (options.issuer) {
  const keys = createRemoteJWKSet(new URL(`${options.issuer}/jwks`));
  const verifier = { async verifyAccessToken(token) {
    const { payload } = await jwtVerify(token, keys, { issuer: options.issuer, audience: url.href }).catch((error) => {
      throw new OAuthError(OAuthErrorCode.InvalidToken, error.message);
    });
    if (payload.iat * 1000 < trusted_since) throw new OAuthError(OAuthErrorCode.InvalidToken, 'not any more');
    subject = payload.sub;
    return { token, clientId: payload.client_id, scopes: payload.scope.split(' '), expiresAt: payload.exp, resource: url };
  } };
  const metadata = await (await fetch(`${options.issuer}/.well-known/oauth-authorization-server`)).json();
  const told = new URL(`${options.metadata ?? '/.well-known/oauth-protected-resource'}/mcp`, url).href;
  if (!options.metadata) {
    app.use(mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: url, scopesSupported: ['tools'] }));
  } else {
    app.get(`${options.metadata}/mcp`, (_, answer) => answer.json({
      resource: url.href, authorization_servers: [options.issuer], ...options.described }));
  }
  app.use('/mcp', requireBearerAuth({ verifier, requiredScopes: ['tools'], resourceMetadataUrl: told }));
}
const serve = toNodeHandler(handler);
app.all('/mcp', (request, answer) => serve(request, answer, request.body));
const server = options.certificate
  ? createSecure({ cert: readFileSync(options.certificate), key: readFileSync(options.key) }, app) : createPlain(app);
server.listen(options.port, '127.0.0.1');
