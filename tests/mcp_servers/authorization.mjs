// A real authorization server to log in at for an MCP server: node authorization.mjs '{"issuer":…,"resource":…,
// "certificate":…,"key":…,"lives":SECONDS}'. Anybody may sign in. Clients register themselves, or are the address of their
// metadata document, which is served here too. /control/said: what was asked, /control/metadata/JSON: what its metadata says
// instead, /control/revoke: the newest refresh token is taken back.
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { Provider } from 'oidc-provider';
import { exportJWK, generateKeyPair } from 'jose';

const options = JSON.parse(process.argv[2]);
const { issuer, resource } = options;
const own = await generateKeyPair('RS256', { extractable: true });
let newest = '';
const said = { asked: [], metadata: {} };

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(own.privateKey)), kid: 'own', alg: 'RS256', use: 'sig' }] },
  scopes: ['openid', 'offline_access', 'tools'],
  clientAuthMethods: options.methods ?? ['none', 'client_secret_basic', 'client_secret_post'],
  cookies: { keys: ['of this run'] },
  ttl: { AccessToken: options.lives ?? 3600, RefreshToken: 86400, Grant: 86400, Session: 3600, Interaction: 600 },
  rotateRefreshToken: true,
  fetch: (url, how) => fetch(url, { ...how, dispatcher: undefined }),
  features: {
    registration: { enabled: true },
    revocation: { enabled: true },
    clientIdMetadataDocument: { enabled: options.documents ?? true, ack: 'draft-02' },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => false,
      getResourceServerInfo: (_, wanted) => {
        if (wanted !== resource) throw new (class extends Error { error = 'invalid_target'; status = 400; expose = true; })();
        return { scope: 'tools', audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
      },
    },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

const document = {
  client_id: `${issuer}/client.json`, client_name: 'Claw Patrol', application_type: 'native',
  redirect_uris: ['http://localhost:1456/callback'], grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'], token_endpoint_auth_method: 'none',
};

provider.use(async (ctx, next) => {
  if (ctx.path === '/client.json') {
    ctx.body = document;
    return;
  }
  if (ctx.path === '/control/said') {
    ctx.body = said;
    return;
  }
  if (ctx.path === '/control/revoke') {
    await (await provider.RefreshToken.find(newest))?.destroy();
    ctx.body = 'done';
    return;
  }
  const change = /^\/control\/metadata\/(.*)$/.exec(ctx.path);
  if (change) {
    said.metadata = JSON.parse(decodeURIComponent(change[1]));
    ctx.body = 'done';
    return;
  }
  await next();
  newest = ctx.body?.refresh_token ?? newest;
  if (ctx.path === '/token') said.asked.push({ ...ctx.oidc?.body, status: ctx.status, error: ctx.body?.error });
  if (ctx.path === '/reg') said.asked.push({ registered: ctx.oidc?.body, status: ctx.status });
  if (ctx.path.startsWith('/.well-known/')) Object.assign(ctx.body, said.metadata);
});

const keys = { cert: readFileSync(options.certificate), key: readFileSync(options.key) };
createServer(keys, provider.callback()).listen(new URL(issuer).port, '127.0.0.1');
