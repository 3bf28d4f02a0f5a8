// node-postgres: text values, statements prepared under names, a pool, notifications.
'use strict';
const { createHash } = require('crypto');
const { Client, Pool } = require('pg');

const denied = process.env.DENIED || 'drop table orders';
const step = (name) => console.log(`== ${name}`);
const saw = (...things) => console.log('  ', ...things.map((thing) => JSON.stringify(thing)));

async function attempt(client, query) {
  try {
    const results = [await client.query(query)].flat();
    for (const { command, rowCount, fields, rows } of results) {
      saw(command, rowCount, (fields || []).map((field) => [field.name, field.dataTypeID]), rows);
    }
  } catch (error) {
    const { code, severity, message, detail, hint, position, constraint } = error;
    saw(code, severity, message, detail, hint, position, constraint);
  }
}

const settings = (dsn) => ({
  connectionString: dsn, application_name: 'drivers', options: '-c statement_timeout=60s',
});

async function values(client) {
  step('startup parameters');
  for (const name of ['application_name', 'statement_timeout']) await attempt(client, `show ${name}`);
  step('types');
  await attempt(client, `select 1::int2, -2::int4, 3000000000::int8, 1.50::numeric, 'NaN'::float8, true,
    'text ä', '\\x00ff'::bytea, '2024-02-29 12:00:00+00'::timestamptz, '{"a": [1, null]}'::jsonb,
    array[1, null, 3], null::text`);
  step('parameters');
  const parameters = [1, "a'\\;--", null, [1, null], Buffer.from([0, 255])];
  const text = 'select $1::int + 1 as sum, $2::text, $3::text, $4::int[], $5::bytea';
  await attempt(client, { text, values: parameters });
  await attempt(client, { text, values: parameters, rowMode: 'array' });
  await attempt(client, { text: 'select $1::int4, $2::text', values: [7, 'x'], binary: true });
  step('prepared');
  const plus = { name: 'plus', text: 'select $1::int + $2::int as sum' };
  for (let a = 0; a < 3; ++a) await attempt(client, { ...plus, values: [a, 10] });
  await attempt(client, { name: 'bad', text: 'selec 1' });
  await attempt(client, { name: 'bad', text: "select 'the name is free'" });
  step('many in one');
  await attempt(client, 'select 1; create temp table many (x int); insert into many values (1); select 3');
  await attempt(client, 'select 1; selec 2; select 3');
  await attempt(client, '');
}

async function errors(client) {
  step('errors');
  await attempt(client, 'selec 1');
  await attempt(client, { text: 'insert into accounts values ($1, $2)', values: [1, 'again'] });
  await attempt(client, { text: 'select 1 / $1::int', values: [0] });
  await attempt(client, "select 'still here'");
  step('errors in a transaction');
  for (const text of ['begin', 'select * from missing', 'select 1', 'rollback']) await attempt(client, text);
  step('savepoints');
  for (const text of ['begin', 'savepoint a', 'select 1 / 0', 'rollback to a', 'select 2', 'commit']) {
    await attempt(client, text);
  }
  step('queued without waiting');
  await Promise.all(['select 1', 'selec 2', 'select 3'].map((text) => attempt(client, text)));
}

async function streams(client) {
  step('large result');
  const digest = createHash('sha256');
  const large = 'select repeat(md5(i::text), 32) as text from generate_series(1, 50000) i';
  const { rows } = await client.query(large);
  for (const row of rows) digest.update(row.text);
  saw(rows.length, digest.digest('hex').slice(0, 16));
  step('notices');
  client.on('notice', (notice) => saw(notice.severity, notice.code, notice.message));
  for (let i = 0; i < 2; ++i) await attempt(client, 'create temp table if not exists once (x int)');
  step('listen and notify');
  const heard = new Promise((resolve) => client.once('notification', resolve));
  await attempt(client, 'listen channel');
  await attempt(client, "notify channel, 'a payload'");
  const { channel, payload } = await heard;
  saw(channel, payload);
}

async function cancelled(client, dsn) {
  step('cancel');
  const slow = attempt(client, 'select pg_sleep(30)');
  const other = new Client(settings(dsn));
  await other.connect();
  const ours = "application_name = 'drivers' and query = 'select pg_sleep(30)'";
  const asked = `select count(pg_cancel_backend(pid)) as n from pg_stat_activity where ${ours}`;
  while ((await other.query(asked)).rows[0].n === '0');
  await other.end();
  await slow;
  await attempt(client, "select 'after the cancel'");
}

async function pooled(dsn) {
  step('a pool');
  const pool = new Pool({ ...settings(dsn), max: 4 });
  const twice = (a) => pool.query('select $1::int * 2 as sum', [a]);
  const sums = await Promise.all([...Array(20).keys()].map(twice));
  saw(sums.map((result) => result.rows[0].sum));
  await pool.end();
}

async function common(client, dsn) {
  await values(client);
  await errors(client);
  await streams(client);
  await cancelled(client, dsn);
  await pooled(dsn);
}

async function denials(client) {
  step('a denied statement, simple and extended');
  await attempt(client, denied);
  await attempt(client, { text: 'delete from orders where id = $1 and false', values: [1] });
  await attempt(client, { name: 'gone', text: denied });
  await attempt(client, { name: 'gone', text: "select 'the name is free'" });
  await attempt(client, "select 'goes on'");
  step('a denial inside a transaction');
  for (const text of ['begin', denied, 'select 1', 'rollback', "select 'rolled back'"]) {
    await attempt(client, text);
  }
  step('queued without waiting');
  await Promise.all(['select 1', denied, 'select 3'].map((text) => attempt(client, text)));
}

async function main([dsn, scenario]) {
  const client = new Client(settings(dsn));
  await client.connect();
  await { common, denials }[scenario](client, dsn);
  await client.end();
}

main(process.argv.slice(2)).catch((error) => {
  console.log(error);
  process.exitCode = 1;
});
