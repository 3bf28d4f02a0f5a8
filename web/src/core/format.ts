// Times, counts and durations as people read them. A time is always `yyyy-MM-dd HH:mm:ss.SSS`, in this
// browser's zone; what is short for space has the whole in its title.

const two = (value: number) => String(value).padStart(2, '0');

export function date_of(at: string | number): string {
  const d = new Date(at);
  return Number.isNaN(d.getTime()) ? '—' : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

export function clock_of(at: string | number): string {
  const d = new Date(at);
  if (Number.isNaN(d.getTime())) return '—';
  const ms = String(d.getMilliseconds()).padStart(3, '0');
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${ms}`;
}

export function time_of(at: string | number): string {
  return Number.isNaN(new Date(at).getTime()) ? '—' : `${date_of(at)} ${clock_of(at)}`;
}

export function count_of(value: number): string {
  return value.toLocaleString('en-US').replaceAll(',', '\u202f'); // A narrow space: the same everywhere.
}

// `1.2k`: for marks on axes and badges.
export function short_count(value: number): string {
  if (value < 1000) return String(value);
  if (value < 1_000_000) return `${trimmed(value / 1000)}k`;
  return `${trimmed(value / 1_000_000)}M`;
}

function trimmed(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value));
}

export function lasting(us: number): string {
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${trimmed(us / 1000)} ms`;
  return span_of(us / 1000);
}

// A span of milliseconds: `4.2 s`, `3 min 20 s`, `2 h 5 min`.
export function span_of(ms: number): string {
  const s = ms / 1000;
  if (s < 10) return `${trimmed(Math.max(0, s))} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(Math.floor(s % 60))} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

export function ago(at: string, now_ms: number): string {
  const ms = now_ms - Date.parse(at);
  if (Number.isNaN(ms)) return '—';
  return ms < 5000 ? 'just now' : `${coarse(ms)} ago`;
}

function coarse(ms: number): string {
  const s = ms / 1000;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count_of(count)} ${count === 1 ? one : many}`;
}

// Text of others on one line, with what would mislead a reader (controls, marks that turn the direction of
// writing) shown as what it is.
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export function visible(text: string): string {
  return text.replace(
    invisible,
    (mark) => `⟨U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

export function one_line(text: string): string {
  return visible(text.replace(/\s+/g, ' ').trim());
}
