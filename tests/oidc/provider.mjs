// A real OpenID Connect provider to sign in at: node provider.mjs ISSUER REDIRECT_URI CERTIFICATE KEY. Anybody may sign in
// under any name; who is in which group is in `groups`. A GET of /spoil/HOW makes the ID tokens that follow wrong in one
// way, and /spoil/no right again.
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { Provider } from 'oidc-provider';
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from 'jose';

const [issuer, redirect, certificate, key] = process.argv.slice(2);
const groups = { ann: ['platform', 'dba'], bob: ['dba'], eve: [], mallory: 'everybody' };

const own = await generateKeyPair('RS256', { extractable: true });
const foreign = await generateKeyPair('RS256', { extractable: true });
const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(own.privateKey)), kid: 'own', alg: 'RS256', use: 'sig' }] },
  clients: [
    {
      client_id: 'clawpatrol',
      client_secret: 'a secret of the client, &=+%',
      redirect_uris: [redirect],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true, methods: ['S256'] },
  cookies: { keys: ['of this run'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, groups: groups[id] ?? [], email: `${id}@example.com` }),
  }),
});

const ways = {
  audience: (claims) => ({ ...claims, aud: 'another-client' }),
  expired: (claims) => ({ ...claims, iat: claims.iat - 7200, exp: claims.iat - 3600 }),
  nonce: (claims) => ({ ...claims, nonce: 'another' }),
  issuer: (claims) => ({ ...claims, iss: 'https://elsewhere.example' }),
  subject: (claims) => ({ ...claims, sub: '' }),
};
let how = 'no';

async function spoiled(token) {
  const claims = ways[how] ? ways[how](decodeJwt(token)) : decodeJwt(token);
  if (how === 'unsigned') {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none', kid: 'own' })}.${part(claims)}.`;
  }
  const kid = how === 'unknown-key' ? 'another' : 'own';
  const signer = how === 'key' || how === 'unknown-key' ? foreign : own;
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(signer.privateKey);
}

provider.use(async (ctx, next) => {
  const wanted = /^\/spoil\/([\w-]+)$/.exec(ctx.path);
  if (wanted) {
    how = wanted[1];
    ctx.body = how;
    return;
  }
  await next();
  if (ctx.path === '/token' && ctx.body?.id_token && how !== 'no') ctx.body.id_token = await spoiled(ctx.body.id_token);
});

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, provider.callback()).listen(
  new URL(issuer).port,
  '127.0.0.1',
);
