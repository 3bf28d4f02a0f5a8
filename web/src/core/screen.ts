// A terminal's screen from what was written to it: letters, colours, the cursor, erasing, scrolling, the
// other screen. The gateway has taken out whatever asks a terminal or leaves its screen; what is not known
// here is passed over.

export interface Frame {
  at_us: number;
  code: 'o' | 'i' | 'r' | 'm';
  text: string;
}
export interface Recording {
  columns: number;
  rows: number;
  frames: Frame[];
}

export interface Look {
  fore: number; // -1: the terminal's own; 0 to 255 of the palette; above it 0x1000000 + RGB.
  back: number;
  marks: number; // Of `bold` and the others.
}
export const bold = 1;
export const dim = 2;
export const italic = 4;
export const underlined = 8;
export const inverse = 16;

export interface Cell {
  letter: string;
  look: Look;
}

const plain: Look = { fore: -1, back: -1, marks: 0 };
const size_max = 1000;
const sequence_max = 256;

const marks: Record<number, number> = { 1: bold, 2: dim, 3: italic, 4: underlined, 7: inverse };

export class Screen {
  rows: Cell[][] = [];
  row = 0;
  column = 0;
  private look = plain;
  private top = 0;
  private bottom: number;
  private saved = { row: 0, column: 0, look: plain };
  private other: Cell[][] | null = null; // The first screen, while the second is shown.

  constructor(
    public columns: number,
    public height: number,
  ) {
    this.columns = clamp(columns, 1, size_max);
    this.height = clamp(height, 1, size_max);
    this.bottom = this.height - 1;
    this.rows = this.empty();
  }

  resize(size: string): void {
    const [columns, height] = size.split('x').map(Number);
    if (!columns || !height) return;
    this.columns = clamp(columns, 1, size_max);
    this.height = clamp(height, 1, size_max);
    while (this.rows.length > this.height) {
      if (this.row < this.rows.length - 1) this.rows.pop();
      else this.rows.shift(), (this.row -= 1);
    }
    while (this.rows.length < this.height) this.rows.push([]);
    this.top = 0;
    this.bottom = this.height - 1;
    this.move(this.row, this.column);
  }

  write(text: string): void {
    for (const letter of text) this.on(letter);
  }

  private state: 'text' | 'escape' | 'charset' | 'sequence' = 'text';

  private on(letter: string): void {
    if (this.state === 'text') return letter === '\x1b' ? this.to('escape') : this.put(letter);
    if (this.state === 'escape') {
      if (letter === '[') return this.to('sequence');
      if (letter === '(' || letter === ')') return this.to('charset');
      this.to('text');
      return this.escape(letter);
    }
    if (this.state === 'charset') return this.to('text');
    if (letter >= '@' && letter <= '~') {
      this.to('text');
      const values = this.sequence;
      this.sequence = '';
      return this.control(values, letter);
    }
    if (this.sequence.length < sequence_max) this.sequence += letter;
  }

  private sequence = '';
  private to(state: typeof this.state): void {
    this.state = state;
  }

  private put(letter: string): void {
    if (letter === '\n' || letter === '\v' || letter === '\f') return this.feed();
    if (letter === '\r') this.column = 0;
    else if (letter === '\b') this.column = Math.max(0, this.column - 1);
    else if (letter === '\t') this.column = Math.min(this.columns - 1, (this.column | 7) + 1);
    if (letter < ' ') return;
    if (this.column >= this.columns) {
      this.column = 0;
      this.feed();
    }
    const line = this.line(this.row);
    while (line.length < this.column) line.push({ letter: ' ', look: plain });
    line[this.column] = { letter, look: this.look };
    this.column += 1;
  }

  private feed(): void {
    if (this.row === this.bottom) this.scroll(1);
    else this.row = Math.min(this.height - 1, this.row + 1);
  }

  private scroll(count: number): void {
    for (let i = 0; i < Math.min(Math.abs(count), this.height); i += 1) {
      if (count > 0) {
        this.rows.splice(this.top, 1);
        this.rows.splice(this.bottom, 0, []);
      } else {
        this.rows.splice(this.bottom, 1);
        this.rows.splice(this.top, 0, []);
      }
    }
  }

  private escape(letter: string): void {
    if (letter === '7') this.saved = { row: this.row, column: this.column, look: this.look };
    else if (letter === '8') Object.assign(this, { ...this.saved });
    else if (letter === 'D') this.feed();
    else if (letter === 'E') this.put('\r'), this.feed();
    else if (letter === 'M' && this.row === this.top) this.scroll(-1);
    else if (letter === 'M') this.move(this.row - 1, this.column);
  }

  private control(text: string, final: string): void {
    const is_private = text.startsWith('?');
    const values = text
      .slice(is_private ? 1 : 0)
      .replace('::', ':')
      .split(/[;:]/)
      .map((value) => (value === '' ? 0 : Number(value)));
    const first = Math.min(values[0] || 1, size_max);
    if (is_private && (final === 'h' || final === 'l')) return this.mode(values, final === 'h');
    if (final === 'm') return this.colour(values);
    if (final === 'A') this.move(this.row - first, this.column);
    else if (final === 'B' || final === 'e') this.move(this.row + first, this.column);
    else if (final === 'C' || final === 'a') this.move(this.row, this.column + first);
    else if (final === 'D') this.move(this.row, this.column - first);
    else if (final === 'E') this.move(this.row + first, 0);
    else if (final === 'F') this.move(this.row - first, 0);
    else if (final === 'G' || final === '`') this.move(this.row, first - 1);
    else if (final === 'd') this.move(first - 1, this.column);
    else if (final === 'H' || final === 'f') this.move(first - 1, (values[1] || 1) - 1);
    else if (final === 's') this.escape('7');
    else if (final === 'u') this.escape('8');
    else if (final === 'S') this.scroll(first);
    else if (final === 'T') this.scroll(-first);
    else if (final === 'r') this.margins(first - 1, (values[1] || this.height) - 1);
    else this.erase(final, values[0] ?? 0, first);
  }

  private erase(final: string, how: number, count: number): void {
    const line = this.line(this.row);
    const blank = () => ({ letter: ' ', look: this.look.back < 0 ? plain : this.look });
    if (final === 'K' || final === 'J') {
      const cells = line.map((cell, at) =>
        how === 2 || how === 3 || (how === 1 ? at <= this.column : at >= this.column) ? blank() : cell,
      );
      this.rows[this.row] = cells;
      if (final === 'K') return;
      for (let at = 0; at < this.height; at += 1) {
        if (how >= 2 || (how === 1 ? at < this.row : at > this.row)) this.rows[at] = [];
      }
    } else if (final === 'P') line.splice(this.column, count);
    else if (final === '@') line.splice(this.column, 0, ...Array.from({ length: count }, blank));
    else if (final === 'X') {
      for (let at = this.column; at < Math.min(line.length, this.column + count); at += 1) line[at] = blank();
    } else if (final === 'L' || final === 'M') {
      const top = this.top;
      this.top = this.row;
      this.scroll(final === 'L' ? -count : count);
      this.top = top;
    }
  }

  private mode(values: number[], is_on: boolean): void {
    if (!values.some((value) => value === 47 || value === 1047 || value === 1049)) return;
    if (is_on && this.other === null) {
      this.other = this.rows;
      this.rows = this.empty();
    } else if (!is_on && this.other !== null) {
      this.rows = this.other;
      this.other = null;
      this.resize(`${this.columns}x${this.height}`);
    }
  }

  private colour(values: number[]): void {
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at]!;
      if (value === 0) this.look = plain;
      else if (marks[value]) this.look = { ...this.look, marks: this.look.marks | marks[value]! };
      else if (value === 22) this.look = { ...this.look, marks: this.look.marks & ~(bold | dim) };
      else if (value > 22 && value < 28)
        this.look = { ...this.look, marks: this.look.marks & ~(marks[value - 20] ?? 0) };
      else if (value >= 30 && value < 38) this.look = { ...this.look, fore: value - 30 };
      else if (value >= 40 && value < 48) this.look = { ...this.look, back: value - 40 };
      else if (value >= 90 && value < 98) this.look = { ...this.look, fore: value - 82 };
      else if (value >= 100 && value < 108) this.look = { ...this.look, back: value - 92 };
      else if (value === 39) this.look = { ...this.look, fore: -1 };
      else if (value === 49) this.look = { ...this.look, back: -1 };
      else if (value === 38 || value === 48) {
        const is_rgb = values[at + 1] === 2;
        const [red, green, blue] = values.slice(at + 2, at + 5);
        const of = is_rgb
          ? 0x1000000 + ((red! & 255) << 16) + ((green! & 255) << 8) + (blue! & 255)
          : (values[at + 2] ?? 0) & 255;
        this.look = value === 38 ? { ...this.look, fore: of } : { ...this.look, back: of };
        at += is_rgb ? 4 : 2;
      }
    }
  }

  private margins(top: number, bottom: number): void {
    if (top >= bottom || bottom >= this.height) return;
    this.top = top;
    this.bottom = bottom;
    this.move(0, 0);
  }

  private move(row: number, column: number): void {
    this.row = clamp(row, 0, this.height - 1);
    this.column = clamp(column, 0, this.columns - 1);
  }

  private line(row: number): Cell[] {
    return (this.rows[row] ??= []);
  }

  private empty(): Cell[][] {
    return Array.from({ length: this.height }, () => []);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, Math.floor(value) || 0));
}

// `rgb(…)` of the palette's upper part and of what says its own; the lower 16 are the page's.
export function colour_of(value: number): string {
  if (value >= 0x1000000) return `rgb(${(value >> 16) & 255},${(value >> 8) & 255},${value & 255})`;
  if (value >= 232) return `rgb(${[0, 0, 0].map(() => 8 + (value - 232) * 10).join(',')})`;
  const at = value - 16;
  const step = (of: number) => (of === 0 ? 0 : 55 + of * 40);
  return `rgb(${step(Math.floor(at / 36))},${step(Math.floor(at / 6) % 6)},${step(at % 6)})`;
}

// What the screen shows after the first frames.
export function screen_after(recording: Recording, count: number): Screen {
  const screen = new Screen(recording.columns, recording.rows);
  for (const frame of recording.frames.slice(0, count)) apply(screen, frame);
  return screen;
}

export function apply(screen: Screen, frame: Frame): void {
  if (frame.code === 'o') screen.write(frame.text);
  if (frame.code === 'r') screen.resize(frame.text);
  if (frame.code === 'm') screen.write(`\r\n[${frame.text}]\r\n`);
}
