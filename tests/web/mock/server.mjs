// The gateway's operators' API as src/admin/openapi.yaml has it, over the world of world.mjs: the double that
// the dashboard's pages are tested with. It sends the same headers the gateway does, the
// Content-Security-Policy first of all. `node mock/server.mjs [PORT]` serves it for a look.
import { createServer } from 'node:http';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as world from './world.mjs';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../../../web/dist');
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};
export const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
const ranks = ['viewer', 'approver', 'operator', 'admin'];
export const password = 'correct horse battery';

class Refused extends Error {
  constructor(status, code, words) {
    super(words);
    Object.assign(this, { status, code });
  }
}

export class Mock {
  constructor({ rows = 400, first_start = false, role = 'admin' } = {}) {
    this.seq = rows;
    this.total = rows;
    this.role = role;
    this.state = first_start ? 'first_start' : 'anonymous';
    this.person = 'ann';
    this.csrf = 'csrf-of-this-session';
    this.questions = world.questions();
    this.streams = new Set();
    this.people = [
      this.someone('ann', role, { has_totp: true, recovery_codes: 8 }),
      this.someone('bea', 'approver', { groups: ['oncall'] }),
      this.someone('carl', 'viewer', { has_password: false, invited: true }),
    ];
    this.tokens = [];
    this.grants = [];
    this.audit_state = 'unknown';
    this.calls = [];
    this.known = new Map();
    this.born = Date.now();
  }

  someone(name, role, more) {
    return {
      name,
      role,
      groups: [],
      disabled: false,
      has_password: true,
      has_totp: false,
      passkeys: [],
      created: '2026-10-01T08:00:00.000Z',
      last_seen: new Date().toISOString(),
      ...more,
    };
  }

  async start(port = 0) {
    this.server = createServer((request, response) => this.serve(request, response));
    await new Promise((done) => this.server.listen(port, '127.0.0.1', done));
    this.url = `http://localhost:${this.server.address().port}`;
    return this;
  }

  stop() {
    clearInterval(this.timer);
    for (const stream of this.streams) stream.end();
    this.server.close();
    this.server.closeAllConnections();
  }

  // Acts `per_second` times a second.
  live(per_second) {
    clearInterval(this.timer);
    const beat = 20;
    let owed = 0;
    this.sent = 0;
    this.timer = setInterval(() => {
      owed += (per_second * beat) / 1000;
      let text = '';
      for (; owed >= 1; --owed) {
        const of = world.record(++this.seq, Date.now());
        this.known.set(of.action, of);
        if (this.known.size > 5000) this.known.delete(this.known.keys().next().value);
        text += `id: ${of.seq}\nevent: action\ndata: ${JSON.stringify(of)}\n\n`;
        ++this.sent;
      }
      if (text) for (const stream of this.streams) stream.write(text);
    }, beat);
  }

  tell(event, of) {
    for (const stream of this.streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(of)}\n\n`);
  }

  async serve(request, response) {
    const url = new URL(request.url, this.url);
    try {
      if (!url.pathname.startsWith('/api/')) return this.file(url.pathname, response);
      let text = '';
      for await (const part of request) text += part;
      const path = url.pathname.slice('/api/v1/'.length);
      this.calls.push(`${request.method} ${path}`);
      if (path === 'events') return this.stream(request, response);
      this.check(request, path);
      const answer = this.answer(
        request.method,
        path.split('/').map(decodeURIComponent),
        text ? JSON.parse(text) : {},
        url.searchParams,
      );
      this.json(response, 200, answer);
    } catch (problem) {
      if (!(problem instanceof Refused)) console.error(problem);
      this.json(response, problem.status ?? 500, {
        error: problem.message,
        code: problem.code ?? 'unavailable',
      });
    }
  }

  json(response, status, body) {
    response.writeHead(status, {
      ...headers,
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    });
    response.end(JSON.stringify(body));
  }

  file(path, response) {
    const name = path === '/' ? '/index.html' : path;
    const known = ['/index.html', ...readdirSync(join(dist, 'assets')).map((each) => `/assets/${each}`)];
    if (!known.includes(name))
      return this.json(response, 404, { error: 'nothing is here', code: 'not_found' });
    response.writeHead(200, { ...headers, 'Content-Type': types[extname(name)], 'Content-Encoding': 'gzip' });
    return response.end(gzipSync(readFileSync(join(dist, name)), { level: 9 }));
  }

  check(request, path) {
    const is_door = path.startsWith('session');
    if (this.state === 'first_start' && !is_door)
      throw new Refused(503, 'first_start', 'there is no admin yet');
    if (!is_door && this.state !== 'signed_in') throw new Refused(401, 'anonymous', 'sign in first');
    const is_safe = request.method === 'GET';
    if (!is_safe && this.state === 'signed_in' && request.headers['x-csrf-token'] !== this.csrf) {
      throw new Refused(403, 'csrf', 'the token of the session is missing');
    }
  }

  stream(request, response) {
    if (this.state !== 'signed_in')
      return this.json(response, 401, { error: 'sign in first', code: 'anonymous' });
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(`event: status\ndata: ${JSON.stringify(this.status())}\n\n`);
    this.streams.add(response);
    request.on('close', () => this.streams.delete(response));
  }

  status() {
    return {
      version: '0.1.0',
      policy_version: world.policy.version,
      policy_loaded: world.policy.loaded,
      connections: 13,
      held: 3,
      listeners: [{ endpoint: 'shop-db', address: '127.0.0.1:6432' }],
      channels: [
        { name: '#databases', failing: false, sent: 212, failed: 1, waiting: 0 },
        {
          name: 'on-call',
          failing: true,
          why: 'the server answered 503',
          since: new Date(Date.now() - 240_000).toISOString(),
          sent: 40,
          failed: 6,
          waiting: 2,
        },
      ],
      role: this.role,
      person: this.person,
      breakglass: this.grants,
      reload_error: this.reload_error,
    };
  }

  session() {
    const methods = ['password', 'passkey', 'oidc'];
    if (this.state !== 'signed_in') {
      return this.state === 'second_factor'
        ? { state: this.state, methods, csrf: this.csrf, factors: ['totp', 'recovery', 'passkey'] }
        : { state: this.state, methods, oidc_label: 'Acme SSO' };
    }
    return {
      state: 'signed_in',
      person: this.person,
      role: this.role,
      groups: ['oncall'],
      csrf: this.csrf,
      methods,
      has_second_factor: true,
      fresh_until: new Date(this.fresh ?? 0).toISOString(),
      expires: new Date(Date.now() + 4e7).toISOString(),
    };
  }

  need(role) {
    if (ranks.indexOf(this.role) < ranks.indexOf(role))
      throw new Refused(403, 'denied', `this needs the role ${role}`);
  }

  row(seq) {
    // Old rows are made when they are asked for: a hundred thousand of them cost nothing.
    const of = world.record(seq, this.born - (this.total - seq) * 900);
    this.known.set(of.action, of);
    return of;
  }

  answer(method, [head, id, sub, last], body, query) {
    const name = `${method} ${head}${id ? '/*' : ''}${sub ? `/${sub}` : ''}`;
    if (head === 'session') return this.door(method, [id, sub].filter(Boolean).join('/'), body);
    if (head === 'me') return this.mine(method, id, sub, body);
    switch (name) {
      case 'GET status':
        return this.status();
      case 'GET approvals':
        return [...this.questions.values()].filter(
          (each) => query.get('state') !== 'open' || each.state === 'open',
        );
      case 'GET approvals/*':
        return this.question(id);
      case 'POST approvals/*/allow':
        return this.decide(id, 'allow', body);
      case 'POST approvals/*/deny':
        return this.decide(id, 'deny', body);
      case 'POST approvals/*/passkey':
        return {
          challenge: 'AAECAwQFBgcICQoLDA0ODw',
          rpId: 'localhost',
          allowCredentials: this.people[0].passkeys.map(({ id }) => ({ id, type: 'public-key' })),
        };
      case 'GET actions':
        return this.actions(query);
      case 'GET actions/*':
        return this.action(id);
      case 'GET actions/*/terminal':
        return {
          columns: 80,
          rows: 6,
          frames: [
            { at_us: 0, code: 'o', text: '$ ls\r\n' },
            { at_us: 400_000, code: 'o', text: '\x1b[1;34mbin\x1b[0m  etc\r\n' },
            { at_us: 900_000, code: 'm', text: '12 bytes of output not recorded' },
          ],
        };
      case 'POST actions/*/rule':
        return {
          hcl: `rule "from-${id.slice(0, 6)}" {\n  endpoint  = postgres.shop-db\n  condition = "sql.verb == 'select'"\n  verdict   = "${body.verdict}"\n}\n`,
          yaml: 'rules:\n  - name: from\n',
        };
      case 'GET sessions':
        return { sessions: this.sessions() };
      case 'GET sessions/*':
        return this.replay(id);
      case 'GET agents':
        return world.agent_list();
      case 'DELETE agents/*/session':
        return { done: true };
      case 'GET analytics':
        return world.analytics(Number(query.get('hours') ?? 24));
      case 'GET policy':
        return { ...world.policy, reload_error: this.reload_error };
      case 'POST policy/*':
        return this.simulate(body);
      case 'POST reload':
        return { reload: 'started' };
      case 'GET mcp':
        return world.servers;
      case 'GET credentials':
        return world.credentials;
      case 'GET audit':
      case 'POST audit/*':
        return this.audit(method);
      case 'GET settings':
        return { gateway: { public_url: this.url }, limits: { bodies: '256MiB' } };
      case 'GET people':
        return this.people;
      case 'POST people':
        return {
          invite: `${this.url}/#/invite/once-only`,
          expires: new Date(Date.now() + 864e5).toISOString(),
        };
      case 'PATCH people/*':
        return Object.assign(
          this.people.find((each) => each.name === id),
          body,
        );
      case 'GET tokens':
        return this.tokens;
      case 'POST tokens':
        return this.token(body);
      case 'GET breakglass':
        return this.grants;
      case 'POST breakglass':
        return this.grant(body);
      case 'DELETE breakglass/*':
        this.grants = [];
        this.tell('status', this.status());
        return { done: true };
      default:
        if (head === 'mcp' && sub === 'accept') return { done: true };
        if (head === 'credentials' && last === undefined && sub) return { done: true };
        throw new Refused(404, 'not_found', `no such thing: ${name}`);
    }
  }

  door(method, what, body) {
    if (method === 'DELETE') this.state = 'anonymous';
    else if (what === 'first') {
      if (body.link !== 'once-only') throw new Refused(401, 'denied', 'this link was used, or is too old');
      Object.assign(this, { state: 'signed_in', person: body.name });
      this.people[0].name = body.name;
    } else if (what === 'password') {
      if (body.password !== password) throw new Refused(401, 'denied', 'name or password is wrong');
      this.state = 'second_factor';
    } else if (what === 'totp') {
      if (body.code !== '123456') throw new Refused(401, 'denied', 'the code is wrong');
      this.state = 'signed_in';
      this.fresh = Date.now() + 300_000;
    } else if (what === 'passkey/options')
      return { challenge: 'AAECAwQFBgcICQoLDA0ODw', rpId: 'localhost', userVerification: 'required' };
    else if (what === 'passkey') {
      if (!body.signature) throw new Refused(401, 'denied', 'no signature');
      this.state = 'signed_in';
      this.fresh = Date.now() + 300_000;
    }
    return this.session();
  }

  mine(method, what, sub, body) {
    if (what === 'totp' && method === 'POST' && !sub)
      return {
        secret: 'JBSWY3DPEHPK3PXP',
        uri: 'otpauth://totp/Claw%20Patrol:ann?secret=JBSWY3DPEHPK3PXP&issuer=Claw%20Patrol&algorithm=SHA1&digits=6&period=30',
      };
    if (what === 'totp' && sub) return { recovery_codes: ['aaaa-bbbb', 'cccc-dddd'] };
    if (what === 'passkeys' && sub === 'options') {
      return {
        challenge: 'AAECAwQFBgcICQoLDA0ODw',
        rp: { id: 'localhost', name: 'Claw Patrol' },
        user: { id: 'YW5u', name: 'ann', displayName: 'ann' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        attestation: 'none',
      };
    }
    if (what === 'passkeys' && method === 'POST') {
      const made = { id: 'AQID', label: body.label, created: new Date().toISOString() };
      this.people[0].passkeys.push(made);
      return made;
    }
    return what === 'password' ? this.session() : { done: true };
  }

  question(id) {
    const of = this.questions.get(id);
    if (!of) throw new Refused(404, 'not_found', 'no such question');
    return of;
  }

  ask(of) {
    const like = world.questions().get('q-delete');
    const made = { ...like, ...of };
    this.questions.set(made.id, made);
    this.tell('approval', made);
    return made;
  }

  decide(id, choice, body) {
    this.need('approver');
    const of = this.question(id);
    if (of.state !== 'open') throw new Refused(409, 'conflict', `it has ended: ${of.state}`);
    if (body.fingerprint !== of.fingerprint) throw new Refused(409, 'conflict', 'it is another question now');
    if (choice === 'allow' && of.assurance === 'passkey' && !body.passkey)
      throw new Refused(403, 'assurance', 'this needs a passkey');
    const reply = {
      person: this.person,
      choice,
      comment: body.comment,
      at: new Date().toISOString(),
      by_model: false,
    };
    const approvers = of.approvers.map((each) =>
      choice === 'allow' && each.kind === 'people' ? { ...each, allowed: each.allowed + 1 } : each,
    );
    const is_enough = approvers.every((each) => each.allowed >= each.required);
    const state = choice === 'deny' ? 'denied' : is_enough ? 'allowed' : 'open';
    const after = { ...of, approvers, replies: [...of.replies, reply], state };
    if (state !== 'open') after.ended = new Date().toISOString();
    this.questions.set(id, after);
    this.tell('approval', after);
    return after;
  }

  actions(query) {
    if (query.get('kind') && query.get('kind') !== 'judged') return { actions: [] };
    const limit = Number(query.get('limit') ?? 100);
    const text = (query.get('text') ?? '').toLowerCase();
    const found = [];
    let seq = Number(query.get('before') ?? this.total + 1) - 1;
    for (; seq > 0 && found.length < limit; --seq) {
      const of = this.row(seq);
      const is_it = ['agent', 'endpoint', 'verdict', 'rule', 'session'].every(
        (name) => !query.get(name) || of[name] === query.get(name),
      );
      if (is_it && (!text || of.text.toLowerCase().includes(text))) found.push(of);
    }
    return { actions: found, next_before: seq > 0 ? seq + 1 : undefined };
  }

  action(id) {
    const of = this.known.get(id);
    if (!of) throw new Refused(404, 'not_found', 'no such action');
    const { ending, rows, duration_us, ...judged } = of;
    return {
      action: of,
      answers: [],
      ended: ending
        ? { seq: of.seq + 1, time: of.time, kind: 'ended', ending, rows, duration_us, detail: 'SELECT 20' }
        : undefined,
      why: world.policy.rules
        .filter((rule) => rule.endpoints.includes(of.endpoint))
        .map((rule) => ({
          rule: rule.name,
          part: 1,
          verdict: rule.verdict,
          answer: rule.name === of.rule ? 'yes' : 'no',
          shadow: rule.shadow,
          condition: rule.condition,
        })),
      why_note: 'Judged again by the policy in force now.',
      fixture: JSON.stringify(judged, null, 2),
    };
  }

  sessions() {
    const made = [];
    for (const agent of ['claude-code', 'reviewer', 'etl-nightly', 'deploy-bot']) {
      for (const endpoint of ['shop-db', 'github']) {
        made.push({
          session: `s-${agent}-${endpoint}`,
          agent,
          endpoint,
          profile: 'engineering',
          address: '10.0.4.17',
          credential: `${endpoint}-login`,
          opened: new Date(this.born - 1_380_000 * (made.length + 1)).toISOString(),
          closed: made.length % 3 ? new Date(this.born - 60_000).toISOString() : undefined,
          actions: 20 + made.length * 31,
          denied: made.length % 2 ? 3 : 0,
          held: made.length === 0 ? 1 : 0,
        });
      }
    }
    return made;
  }

  replay(id) {
    const of = this.sessions().find((each) => each.session === id);
    if (!of) throw new Refused(404, 'not_found', 'no such session');
    const start = Date.parse(of.opened);
    const timeline = Array.from({ length: 60 }, (_, at) => ({
      ...world.record(at + 1, start + at * at * 210),
      session: id,
      agent: of.agent,
      endpoint: of.endpoint,
    }));
    return { ...of, timeline };
  }

  simulate(body) {
    this.need('operator');
    const text = Object.values(body.files).join('\n');
    if (text.includes('syntax error'))
      return {
        issues: [
          { severity: 'error', text: 'expected `=` or a block', file: 'gateway.hcl', line: 3, column: 7 },
        ],
        judged: 0,
        changed: [],
        not_judgeable: 0,
      };
    const changed = [this.row(3), this.row(9)].map((of) => ({
      action: of.action,
      time: of.time,
      agent: of.agent,
      endpoint: of.endpoint,
      summary: of.summary,
      was: 'allow',
      now: 'deny',
      rule_was: of.rule,
      rule_now: 'new-rule',
    }));
    return {
      issues: [],
      judged: 4211,
      changed: text.includes('new-rule') ? changed : [],
      changed_total: text.includes('new-rule') ? 2 : 0,
      not_judgeable: 12,
    };
  }

  audit(method) {
    if (method === 'POST') {
      this.audit_state = 'running';
      setTimeout(() => (this.audit_state = 'ok'), 700);
    }
    return {
      records: 1204331,
      first: 1,
      last: 1204331,
      verified: {
        state: this.audit_state,
        at: this.audit_state === 'ok' ? new Date().toISOString() : undefined,
        through: this.audit_state === 'ok' ? 1204331 : undefined,
      },
      checkpoint: {
        through: 1204288,
        hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        at: new Date(this.born).toISOString(),
      },
      exports: [
        { name: 'JSON lines', command: 'clawpatrol audit export --format jsonl > actions.jsonl' },
        { name: 'OCSF', command: 'clawpatrol audit export --format ocsf > ocsf.jsonl' },
      ],
    };
  }

  token(body) {
    const made = {
      id: `t${this.tokens.length}`,
      person: this.person,
      created: new Date().toISOString(),
      expires: new Date(Date.now() + body.days * 864e5).toISOString(),
      label: body.label,
      scopes: body.scopes,
    };
    this.tokens.push(made);
    return { ...made, token: 'clawo_shown-once-and-never-again' };
  }

  grant(body) {
    if ((this.fresh ?? 0) < Date.now())
      throw new Refused(403, 'second_factor', 'give the second factor again');
    const made = {
      id: 'b1',
      person: this.person,
      since: new Date().toISOString(),
      until: new Date(Date.now() + body.minutes * 60_000).toISOString(),
      profile: body.profile,
      reason: body.reason,
    };
    this.grants = [made];
    this.tell('status', this.status());
    return made;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await new Mock({ rows: 100_000 }).start(Number(process.argv[2] ?? 8099));
  mock.live(12);
  console.log(`${mock.url} — ann, ${password}, 123456`);
}
