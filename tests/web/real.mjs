// A day with the dashboard before the gateway itself: CLAW_LINK is the link of the first start, CLAW_DSN the
// agent's way to its database. psql is the agent and really waits.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launch, open } from './browser.mjs';
import { breaches } from './checks.mjs';

const link = process.env.CLAW_LINK;
const password = 'correct horse battery';
let browser;
let page;

before(async () => (browser = await launch()));
after(async () => {
  await browser.close();
});

function psql(statement) {
  const child = spawn('psql', ['--no-psqlrc', '--command', statement, process.env.CLAW_DSN], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (part) => (text += part));
  child.stderr.on('data', (part) => (text += part));
  const ended = new Promise((done) => child.on('close', (code) => done({ code, text })));
  return { ended, is_over: () => child.exitCode !== null };
}

// RFC 6238 with what the authenticator's page shows.
function code_of(secret, at = Date.now()) {
  const bits = [...secret.replace(/=+$/, '')]
    .map((mark) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(mark).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}

const heading = (name, on = page) => on.getByRole('heading', { level: 1, name });
const to = (place) => page.evaluate((hash) => (location.hash = hash), `#/${place}`);
const origin = link.slice(0, link.indexOf('/#'));

test('the first start makes an admin', async () => {
  page = await open(browser, link, { ignoreHTTPSErrors: true });
  await page.getByLabel('Your name').fill('ann');
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Once more').fill(password);
  await page.getByRole('button', { name: 'Begin' }).click();
  await heading('Settings').waitFor();
});

test('the authenticator is set up and asked for', async () => {
  await page.getByRole('button', { name: 'Set it up' }).click();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  const secret = (await page.getByLabel('The secret', { exact: true }).innerText()).trim();
  await page.getByLabel('The code it shows now').fill(code_of(secret));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name').fill('ann');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel(/code of your authenticator/).fill(code_of(secret, Date.now() + 30_000)); // Each code once.
  await page.getByRole('button', { name: 'Go on' }).click();
  await heading(/Now|Settings/).waitFor();
});

test('a held DELETE is visible within two seconds, approved, and psql goes on', async () => {
  await to('now');
  await page.getByText('Nothing waits for you.').waitFor();
  const agent = psql("delete from carts where status = 'abandoned' and id <= 20");
  const begun = Date.now();
  await page
    .locator('.held-what')
    .filter({ hasText: /delete (from )?carts/i })
    .waitFor();
  console.log(`a held DELETE was visible after ${Date.now() - begun} ms`);
  assert.ok(Date.now() - begun < 2000 + 1500, 'psql has to start, too');
  assert.equal(agent.is_over(), false);
  await page.locator('.held-row a').click();
  await heading(/delete (from )?carts/i).waitFor();
  await page.getByText('deletions are looked at').waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByLabel('A word with it').fill('ticket 4711');
  await page.getByRole('button', { name: 'Approve this once' }).click();
  await page.getByText('It was approved and may run once.').waitFor();
  const done = await agent.ended;
  assert.equal(done.code, 0);
  assert.match(done.text, /^NOTICE: {2}held for approval: \S+\nDELETE 20\n$/);
});

test('another is denied on a phone, with a reason that the agent is told', async () => {
  const state = await page.context().storageState();
  const phone = await open(browser, `${origin}/#/now`, {
    size: 'phone',
    ignoreHTTPSErrors: true,
    storageState: state,
  });
  const agent = psql('delete from carts');
  await phone.locator('.held-row a').tap();
  await heading(/delete (from )?carts/i, phone).waitFor();
  assert.deepEqual(await breaches(phone), []);
  await phone.getByRole('button', { name: 'Deny' }).tap();
  await phone.getByLabel('Why not?').fill('not all of them');
  await phone.getByRole('button', { name: 'Deny it' }).tap();
  await phone.getByText('It was denied. The agent was told.').waitFor();
  const { code, text } = await agent.ended;
  assert.equal(code, 1);
  assert.match(text, /not all of them/);
  assert.deepEqual(phone.wrong, []);
  await phone.context().close();
});

test('what was done is found, explained and replayed', async () => {
  assert.equal((await psql('drop table carts').ended).code, 1);
  await to('actions');
  await page.getByLabel('Search').fill('drop');
  await page.keyboard.press('Enter');
  await page
    .locator('.vrow')
    .filter({ hasText: /drop (table )?carts/i })
    .first()
    .click();
  await heading(/drop (table )?carts/i).waitFor();
  await page.locator('.why .decided').filter({ hasText: 'no-ddl' }).waitFor();
  await page.getByRole('button', { name: 'Make a rule from this' }).click();
  await page.getByRole('dialog').locator('pre').filter({ hasText: 'rule' }).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'Its session' }).click();
  await page.getByRole('button', { name: 'Play' }).click();
  await page
    .getByText(/drop (table )?carts/i)
    .first()
    .waitFor();
});

test('every page stands before the real gateway', async () => {
  const found = {};
  for (const place of [
    'now',
    'actions',
    'sessions',
    'agents',
    'policy',
    'policy/files',
    'policy/simulate',
    'credentials',
    'analytics',
    'audit',
    'settings/me',
    'settings/people',
    'settings/tokens',
    'settings/breakglass',
    'settings/gateway',
  ]) {
    await to(place);
    await page.locator('main h1').waitFor();
    await page.waitForTimeout(400);
    const wrong = await breaches(page);
    if (await page.locator('.failure').count())
      wrong.push(await page.locator('.failure').first().innerText());
    if (wrong.length > 0) found[place] = wrong;
  }
  assert.deepEqual(found, {});
});

test('the record is whole', async () => {
  await to('audit');
  await page.getByRole('button', { name: 'Verify now' }).click();
  await page.getByText('The record is whole.').waitFor();
  assert.deepEqual(page.wrong, []);
});
