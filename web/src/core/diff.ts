// What changed between two texts, line by line (the longest common subsequence), with a few lines around.

export interface Line {
  mark: ' ' | '+' | '-';
  text: string;
}

const lines_max = 4000; // The table grows with the square; longer texts are shown as all removed, all added.

export function diff(before: string, after: string): Line[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) ++start;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) ++end;
  const same = (text: string): Line => ({ mark: ' ', text });
  const middle = changed(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return [...a.slice(0, start).map(same), ...middle, ...a.slice(a.length - end).map(same)];
}

function changed(a: string[], b: string[]): Line[] {
  const removed = (text: string): Line => ({ mark: '-', text });
  const added = (text: string): Line => ({ mark: '+', text });
  if (a.length === 0 || b.length === 0 || a.length * b.length > lines_max * 1000) {
    return [...a.map(removed), ...b.map(added)];
  }
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; --i) {
    for (let j = b.length - 1; j >= 0; --j) {
      const below = common[(i + 1) * width + j]!;
      const right = common[i * width + j + 1]!;
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(below, right);
    }
  }
  const out: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) (out.push({ mark: ' ', text: a[i++]! }), ++j);
    else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) out.push(removed(a[i++]!));
    else out.push(added(b[j++]!));
  }
  return [...out, ...a.slice(i).map(removed), ...b.slice(j).map(added)];
}

// Leaves out what is far from any change; a gap is one line without a mark.
export function near_changes(lines: Line[], around = 3): (Line | number)[] {
  const is_near = lines.map(() => false);
  lines.forEach((line, at) => {
    if (line.mark !== ' ') is_near.fill(true, Math.max(0, at - around), at + around + 1);
  });
  const out: (Line | number)[] = [];
  lines.forEach((line, at) => {
    if (is_near[at]) out.push(line);
    else if (typeof out.at(-1) === 'number') out[out.length - 1] = (out.at(-1) as number) + 1;
    else out.push(1);
  });
  return out;
}
