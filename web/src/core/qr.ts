// A QR code (ISO/IEC 18004) of a short text: bytes, correction level L, versions 1 to 10. Drawn here because
// a secret for TOTP must not leave the machine to become a picture.

export type Modules = boolean[][];

// Per version: codewords in all, correction codewords per block, blocks.
const versions: [total: number, correction: number, blocks: number][] = [
  [26, 7, 1],
  [44, 10, 1],
  [70, 15, 1],
  [100, 20, 1],
  [134, 26, 1],
  [172, 18, 2],
  [196, 20, 2],
  [242, 24, 2],
  [292, 30, 2],
  [346, 18, 4],
];
const alignments = [[], [18], [22], [26], [30], [34], [22, 38], [24, 42], [26, 46], [28, 50]];

function times(a: number, b: number): number {
  // In GF(256) by x^8 + x^4 + x^3 + x^2 + 1.
  let product = 0;
  for (let bit = 7; bit >= 0; --bit) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product & 0xff;
}

function correction_of(block: number[], count: number): number[] {
  const divisor: number[] = [...Array<number>(count - 1).fill(0), 1];
  let root = 1;
  for (let at = 0; at < count; ++at) {
    for (let j = 0; j < count; ++j) {
      divisor[j] = times(divisor[j]!, root) ^ (j + 1 < count ? divisor[j + 1]! : 0);
    }
    root = times(root, 2);
  }
  const left = Array<number>(count).fill(0);
  for (const byte of block) {
    const factor = byte ^ left.shift()!;
    left.push(0);
    divisor.forEach((term, at) => (left[at]! ^= times(term, factor)));
  }
  return left;
}

function codewords(bytes: Uint8Array, version: number): number[] {
  const [total, correction, blocks] = versions[version - 1]!;
  const room = total - correction * blocks;
  const bits: number[] = [];
  const put = (value: number, width: number) => {
    for (let at = width - 1; at >= 0; --at) bits.push((value >>> at) & 1);
  };
  put(4, 4); // Bytes.
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const words: number[] = [];
  for (let at = 0; at < bits.length; at += 8) words.push(parseInt(bits.slice(at, at + 8).join(''), 2));
  for (let pad = 0xec; words.length < room; pad ^= 0xec ^ 0x11) words.push(pad);
  return interleaved(words, total, correction, blocks);
}

function interleaved(words: number[], total: number, correction: number, blocks: number): number[] {
  const short = Math.floor(total / blocks) - correction;
  const long_ones = total % blocks;
  const parts: { words: number[]; check: number[] }[] = [];
  let at = 0;
  for (let block = 0; block < blocks; ++block) {
    const size = short + (block >= blocks - long_ones ? 1 : 0);
    const part = words.slice(at, at + size);
    parts.push({ words: part, check: correction_of(part, correction) });
    at += size;
  }
  const out: number[] = [];
  for (let i = 0; i <= short; ++i)
    for (const part of parts) if (i < part.words.length) out.push(part.words[i]!);
  for (let i = 0; i < correction; ++i) for (const part of parts) out.push(part.check[i]!);
  return out;
}

class Grid {
  readonly dark: Modules;
  readonly taken: Modules;

  constructor(readonly size: number) {
    this.dark = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
    this.taken = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  }

  set(x: number, y: number, dark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.dark[y]![x] = dark;
    this.taken[y]![x] = true;
  }

  rings(x: number, y: number, reach: number, light: number[]): void {
    for (let dy = -reach; dy <= reach; ++dy) {
      for (let dx = -reach; dx <= reach; ++dx) {
        this.set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
      }
    }
  }
}

function with_patterns(version: number): Grid {
  const grid = new Grid(17 + 4 * version);
  const end = grid.size - 1;
  for (let at = 0; at <= end; ++at) {
    grid.set(6, at, at % 2 === 0);
    grid.set(at, 6, at % 2 === 0);
  }
  grid.rings(3, 3, 4, [2, 4]);
  grid.rings(end - 3, 3, 4, [2, 4]);
  grid.rings(3, end - 3, 4, [2, 4]);
  const places = version === 1 ? [] : [6, ...alignments[version - 1]!];
  const last = places.at(-1);
  for (const x of places) {
    for (const y of places) {
      const is_corner = (x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6);
      if (!is_corner) grid.rings(x, y, 2, [1]);
    }
  }
  if (version >= 7) put_version(grid, version);
  put_format(grid, 0);
  return grid;
}

function put_version(grid: Grid, version: number): void {
  let left = version;
  for (let at = 0; at < 12; ++at) left = (left << 1) ^ ((left >>> 11) * 0x1f25);
  const bits = (version << 12) | left;
  for (let at = 0; at < 18; ++at) {
    const dark = ((bits >>> at) & 1) === 1;
    const a = grid.size - 11 + (at % 3);
    const b = Math.floor(at / 3);
    grid.set(a, b, dark);
    grid.set(b, a, dark);
  }
}

function put_format(grid: Grid, mask: number): void {
  const what = (1 << 3) | mask; // Level L.
  let left = what;
  for (let at = 0; at < 10; ++at) left = (left << 1) ^ ((left >>> 9) * 0x537);
  const bits = ((what << 10) | left) ^ 0x5412;
  const bit = (at: number) => ((bits >>> at) & 1) === 1;
  for (let at = 0; at <= 5; ++at) grid.set(8, at, bit(at));
  grid.set(8, 7, bit(6));
  grid.set(8, 8, bit(7));
  grid.set(7, 8, bit(8));
  for (let at = 9; at < 15; ++at) grid.set(14 - at, 8, bit(at));
  for (let at = 0; at < 8; ++at) grid.set(grid.size - 1 - at, 8, bit(at));
  for (let at = 8; at < 15; ++at) grid.set(8, grid.size - 15 + at, bit(at));
  grid.set(8, grid.size - 8, true);
}

function put_words(grid: Grid, words: number[]): void {
  let at = 0;
  for (let right = grid.size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < grid.size; ++step) {
      const is_upward = ((right + 1) & 2) === 0;
      const y = is_upward ? grid.size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (grid.taken[y]![x] || at >= words.length * 8) continue;
        grid.dark[y]![x] = ((words[at >>> 3]! >>> (7 - (at & 7))) & 1) === 1;
        ++at;
      }
    }
  }
}

// Mask 0 is always right; choosing the nicest of eight helps poor cameras only, and screens are not paper.
function put_mask(grid: Grid): void {
  for (let y = 0; y < grid.size; ++y) {
    for (let x = 0; x < grid.size; ++x) {
      if (!grid.taken[y]![x] && (x + y) % 2 === 0) grid.dark[y]![x] = !grid.dark[y]![x];
    }
  }
}

// Undefined: too long for version 10 (271 bytes).
export function qr_of(text: string): Modules | undefined {
  const bytes = new TextEncoder().encode(text);
  for (let version = 1; version <= versions.length; ++version) {
    const [total, correction, blocks] = versions[version - 1]!;
    const head_bits = 4 + (version < 10 ? 8 : 16);
    if (bytes.length * 8 + head_bits > (total - correction * blocks) * 8) continue;
    const grid = with_patterns(version);
    put_words(grid, codewords(bytes, version));
    put_mask(grid);
    return grid.dark;
  }
  return undefined;
}
