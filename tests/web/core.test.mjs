// The parts of the dashboard that need no page: times, differences, QR codes, and the contrast of its
// colours.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const web = join(dirname(fileURLToPath(import.meta.url)), '../../web');
const { build } = createRequire(join(web, 'package.json'))('esbuild');
let folder;
let format, differences, qr, screens;

before(async () => {
  process.env.TZ = 'UTC';
  folder = mkdtempSync(join(tmpdir(), 'claw-web-'));
  const entryPoints = ['format', 'diff', 'qr', 'screen'].map((name) => join(web, `src/core/${name}.ts`));
  await build({ entryPoints, outdir: folder, format: 'esm', outExtension: { '.js': '.mjs' } });
  [format, differences, qr, screens] = await Promise.all(
    ['format', 'diff', 'qr', 'screen'].map((name) => import(join(folder, `${name}.mjs`))),
  );
});

after(() => rmSync(folder, { recursive: true }));

test('times have milliseconds and one form', () => {
  assert.equal(format.time_of('2026-11-22T23:01:02.003Z'), '2026-11-22 23:01:02.003');
  assert.equal(format.time_of('2026-11-22T23:01:02.003456Z'), '2026-11-22 23:01:02.003');
  assert.equal(format.time_of('nonsense'), '—');
});

test('spans and counts are short', () => {
  assert.equal(format.span_of(4200), '4.2 s');
  assert.equal(format.span_of(245_000), '4 min 05 s');
  assert.equal(format.span_of(7_500_000), '2 h 5 min');
  assert.equal(format.lasting(999), '999 µs');
  assert.equal(format.lasting(41_000), '41 ms');
  assert.equal(format.count_of(1234567), '1\u202f234\u202f567');
  assert.equal(format.plural(1, 'row'), '1 row');
});

test('what is invisible in the text of others is shown', () => {
  assert.equal(format.visible('a\u202eb'), 'a⟨U+202E⟩b');
  assert.equal(format.visible('a\u200bb\u0000'), 'a⟨U+200B⟩b⟨U+0000⟩');
  assert.equal(format.one_line(' a\n\tb '), 'a b');
  assert.equal(format.visible('line\n\tnext'), 'line\n\tnext');
});

test('differences keep what is common', () => {
  const marks = (a, b) => differences.diff(a, b).map((line) => line.mark + line.text);
  assert.deepEqual(marks('a\nb\nc', 'a\nx\nc'), [' a', '-b', '+x', ' c']);
  assert.deepEqual(marks('a', 'a'), [' a']);
  assert.deepEqual(marks('a\nc', 'a\nb\nc'), [' a', '+b', ' c']);
  const text = Array.from({ length: 50 }, (_, at) => `line ${at}`).join('\n');
  const near = differences.near_changes(differences.diff(text, text.replace('line 25', 'new')));
  assert.deepEqual(
    near.filter((each) => typeof each === 'number'),
    [22, 21],
  );
  const huge = Array.from({ length: 9000 }, (_, at) => `${at}`).join('\n');
  assert.equal(differences.diff(huge, `${huge.slice(5)}\nx`).length > 0, true);
});

test('QR codes are those that scanners read', () => {
  // What zbar read back from pictures of these; the digests hold the modules to it.
  const digest = (text) => {
    const rows = qr
      .qr_of(text)
      .map((row) => row.map(Number).join(''))
      .join('\n');
    return createHash('sha256').update(rows).digest('hex').slice(0, 16);
  };
  assert.equal(qr.qr_of('hi').length, 21);
  assert.equal(digest('hi'), 'c479624d5b62be58');
  assert.equal(
    digest(
      'otpauth://totp/Claw%20Patrol:ann?secret=JBSWY3DPEHPK3PXP&issuer=Claw%20Patrol&algorithm=SHA1&digits=6&period=30',
    ),
    'e9df2d290bf23c0e',
  );
  assert.equal(digest('q'.repeat(271)), 'ddaa2a5454733be4');
  assert.equal(qr.qr_of('q'.repeat(272)), undefined);
});

function tokens() {
  const css = readFileSync(join(web, 'src/style/tokens.css'), 'utf8');
  const found = { light: {}, dark: {} };
  for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)) {
    found.light[name] = light;
    found.dark[name] = dark;
  }
  found.light['on-fill'] = found.dark['on-fill'] = '#ffffff';
  return found;
}

function luminance(hex) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ['ground', 'panel', 'sunk', 'raised', 'hover'];
const pairs = [
  ...['text', 'soft', 'faint', 'accent', 'allow', 'deny', 'held', 'info'].flatMap((ink) =>
    grounds.map((ground) => [ink, ground, 4.5]),
  ),
  ...['allow', 'deny', 'held', 'info', 'accent'].map((ink) => [ink, `${ink}-soft`, 4.5]),
  ...['allow', 'deny', 'held', 'info', 'accent'].map((tone) => ['text', `${tone}-soft`, 7]),
  ...['allow', 'deny', 'held', 'accent'].map((tone) => ['soft', `${tone}-soft`, 4.5]),
  ['on-accent', 'accent', 4.5],
  ['on-fill', 'allow-fill', 4.5],
  ['on-fill', 'deny-fill', 4.5],
  ['field-line', 'panel', 3],
  ['field-line', 'ground', 3],
  ['accent', 'ground', 3],
];

for (const theme of ['light', 'dark']) {
  test(`colours have contrast enough: ${theme}`, () => {
    const of = tokens()[theme];
    const poor = pairs
      .map(([ink, ground, least]) => [`${ink} on ${ground}`, contrast(of[ink], of[ground]), least])
      .filter(([, ratio, least]) => !(ratio >= least))
      .map(([pair, ratio]) => `${pair}: ${ratio.toFixed(2)}`);
    assert.deepEqual(poor, []);
  });
}

const shown = (frames, columns = 10, rows = 4) => {
  const of = { columns, rows, frames: frames.map((each) => (typeof each === 'string' ? { code: 'o', text: each } : each)) };
  const screen = screens.screen_after(of, of.frames.length);
  return screen.rows.map((row) => Array.from(row, (cell) => cell?.letter ?? ' ').join('').trimEnd());
};

test('a terminal shows what was written to it', () => {
  assert.deepEqual(shown(['a\r\nb\tc\bd']), ['a', 'b       d', '', '']);
  assert.deepEqual(shown(['0123456789ab']), ['0123456789', 'ab', '', '']);
  assert.deepEqual(shown(['1\r\n2\r\n3\r\n4\r\n5']), ['2', '3', '4', '5']);
  assert.deepEqual(shown(['abc\x1b[2D\x1b[Kd\x1b[', '3;2Hx\x1b[1A\x1b[Py']), ['ad', '  y', ' x', '']);
  assert.deepEqual(shown(['x\x1b[?1049h\x1b[Hvi\x1b[?1049l']), ['x', '', '', '']);
  assert.deepEqual(shown(['a\x1b[2Jb\x1b[1;1H\x1b[Lc\x1b[99999999Bz']), ['c', ' b', '', ' z']);
  assert.deepEqual(shown(['ab', { code: 'r', text: '2x2' }, 'cd']), ['ac', 'd']);
  assert.deepEqual(shown(['x', { code: 'i', text: 'typed' }, { code: 'm', text: 'cut' }]), ['x', '[cut]', '', '']);
});

test('a terminal has colours and forgets them', () => {
  const screen = screens.screen_after(
    { columns: 9, rows: 1, frames: [{ code: 'o', text: '\x1b[1;31ma\x1b[38;5;196mb\x1b[48:2::1:2:3mc\x1b[md' }] },
    1,
  );
  const looks = screen.rows[0].map((cell) => cell.look);
  assert.deepEqual(looks[0], { fore: 1, back: -1, marks: screens.bold });
  assert.equal(screens.colour_of(looks[1].fore), 'rgb(255,0,0)');
  assert.deepEqual(looks[3], { fore: -1, back: -1, marks: 0 });
  assert.equal(screens.colour_of(244), 'rgb(128,128,128)');
});
