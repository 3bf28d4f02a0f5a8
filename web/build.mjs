// Builds the dashboard: checks its types, bundles it under names with a digest, compresses it, and (with --embed)
// writes it as the C++ source that the gateway is linked with. `--loose` skips the types, for a quick look.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

async function bundle(out) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: ['src/main.tsx', 'src/style/index.css'],
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['chrome110', 'firefox115', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  return result.outputFiles.map((file) => ({ path: file.path.slice(out.length), bytes: Buffer.from(file.contents) }));
}

function page(files) {
  const named = (start, end) => files.find((file) => basename(file.path).startsWith(start) && file.path.endsWith(end)).path;
  const html = readFileSync(join(here, 'index.html'), 'utf8')
    .replace('{{style}}', named('index-', '.css'))
    .replace('{{script}}', named('main-', '.js'));
  return { path: '/index.html', bytes: Buffer.from(html) };
}

function literal(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 32) lines.push([...bytes.subarray(at, at + 32)].join(','));
  return lines.join(',\n');
}

function source(files) {
  const arrays = files.map((file, index) => `constexpr std::uint8_t file_${index}[] = {\n${literal(file.gzip)}};\n`);
  const rows = files.map((file, index) => {
    const type = types[file.path.slice(file.path.lastIndexOf('.'))];
    return `    {"${file.path}", "${type}", file_${index}, ${file.path.startsWith('/assets/')}},`;
  });
  return `// Made by web/build.mjs.
#include "admin/web_assets.h"

namespace claw::admin {

namespace {

${arrays.join('\n')}
constexpr WebAsset assets[] = {
${rows.join('\n')}
};

}  // namespace

std::span<const WebAsset> web_assets() { return assets; }

}  // namespace claw::admin
`;
}

const { values } = parseArgs({
  options: { out: { type: 'string' }, embed: { type: 'string' }, loose: { type: 'boolean' } },
});
const out = values.out ?? join(here, 'dist');
if (!values.loose) {
  execFileSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', here], { stdio: 'inherit' });
}
const bundled = await bundle(out);
const files = [...bundled, page(bundled)].sort((a, b) => (a.path < b.path ? -1 : 1));
rmSync(out, { recursive: true, force: true });
for (const file of files) {
  file.gzip = gzipSync(file.bytes, { level: 9 });
  const target = join(out, file.path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, file.bytes);
}
if (values.embed) writeFileSync(values.embed, source(files));
const total = files.reduce((sum, file) => sum + file.gzip.length, 0);
console.log(`dashboard: ${files.length} files, ${(total / 1024).toFixed(1)} KiB compressed`);
