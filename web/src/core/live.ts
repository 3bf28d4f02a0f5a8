// What happens now: one stream of events from the gateway, gathered and shown at most once a frame, in a list
// that forgets. A thousand actions a second cost one drawing per frame and no memory that grows.
import { api } from './api';
import { Cell } from './cell';
import { session } from './session';
import type { Approval, Rec, Status } from './types';

export const rows_max = 2000; // Of the stream; older ones are on the page Actions.
const waiting_max = 4000; // Between two frames, or while the page is hidden.
const beat_ms = 120; // Faster nobody reads; it leaves the thread to the person.
const ended_max = 200;

export type Link = 'connecting' | 'live' | 'lost';

export const link_state = new Cell<Link>('connecting');
export const status = new Cell<Status | undefined>(undefined);
export const approvals = new Cell<ReadonlyMap<string, Approval>>(new Map());
export const stream = new Cell<{ rows: readonly Rec[]; version: number }>({ rows: [], version: 0 });
export const rate = new Cell(0); // Actions a second, over the last three.
export const missed = new Cell(0); // Events the gateway did not keep for us.
// Live actions by agent, since the figures of agents were last loaded.
export const minutes = new Cell<ReadonlyMap<string, number>>(new Map());

let rows: Rec[] = []; // Newest last while gathering; the cell shows them newest first.
let waiting: Rec[] = [];
let drawing = false;
let source: EventSource | undefined;
let arrivals: number[] = []; // Per second, latest last.
let this_second = 0;

export function open_approvals(of: ReadonlyMap<string, Approval>): Approval[] {
  return [...of.values()]
    .filter((each) => each.state === 'open')
    .sort((a, b) => (a.deadline ?? '').localeCompare(b.deadline ?? '') || a.asked.localeCompare(b.asked));
}

// When each was told of last, counted in events: an answer that was asked for before that is older news.
const told_at = new Map<string, number>();
let told = 0;
let asked = 0;
let answered = 0;

export function take_approval(entry: Approval): void {
  told_at.set(entry.id, ++told);
  const kept = new Map(approvals.get());
  kept.set(entry.id, entry);
  const ended = [...kept.values()].filter((each) => each.state !== 'open');
  if (ended.length > ended_max) {
    ended.sort((a, b) => (a.ended ?? '').localeCompare(b.ended ?? ''));
    for (const old of ended.slice(0, ended.length - ended_max)) kept.delete(old.id);
  }
  approvals.set(kept);
}

async function ask_approvals(): Promise<void> {
  const [told_before, number] = [told, ++asked];
  const is_newer = (id: string) => (told_at.get(id) ?? 0) > told_before;
  const all = await api.get<Approval[]>('approvals?state=open');
  if (number < answered) return; // One that was asked for later is here already.
  answered = number;
  const kept = new Map(
    [...approvals.get()].filter(([id, entry]) => entry.state !== 'open' || is_newer(id)),
  );
  for (const entry of all) if (!is_newer(entry.id)) kept.set(entry.id, entry);
  for (const id of told_at.keys()) if (!kept.has(id)) told_at.delete(id);
  approvals.set(kept);
}

function merged(fresh: Rec[]): void {
  const by_action = new Map<string, number>();
  for (const record of fresh) {
    if (record.kind !== 'ended') {
      if (record.kind === 'judged' && record.action) by_action.set(record.action, rows.length);
      rows.push(record);
      continue;
    }
    const at = by_action.get(record.action ?? '') ?? find_recent(record.action);
    const judged = at === undefined ? undefined : rows[at];
    if (judged === undefined || at === undefined) continue;
    rows[at] = { ...judged, ending: record.ending, rows: record.rows, duration_us: record.duration_us };
  }
}

function find_recent(action: string | undefined): number | undefined {
  for (let at = rows.length - 1; at >= 0 && at > rows.length - 400; --at) {
    if (rows[at]?.action === action && rows[at]?.kind === 'judged') return at;
  }
  return undefined;
}

function count_agents(fresh: Rec[]): void {
  const counts = new Map(minutes.get());
  for (const record of fresh) {
    if (record.kind === 'judged' && record.agent)
      counts.set(record.agent, (counts.get(record.agent) ?? 0) + 1);
  }
  minutes.set(counts);
}

function draw(): void {
  drawing = false;
  if (waiting.length === 0) return;
  const fresh = waiting;
  waiting = [];
  merged(fresh);
  if (rows.length > rows_max * 1.5) rows = rows.slice(rows.length - rows_max);
  count_agents(fresh);
  stream.set({ rows: rows.slice(-rows_max).reverse(), version: stream.get().version + 1 });
}

function gather(record: Rec): void {
  if (record.kind === 'judged') ++this_second;
  waiting.push(record);
  if (waiting.length > waiting_max) waiting = waiting.slice(waiting_max / 2);
  if (drawing) return;
  drawing = true;
  setTimeout(() => requestAnimationFrame(draw), beat_ms);
}

function listen(): void {
  source = new EventSource('/api/v1/events');
  source.onopen = () => {
    link_state.set('live');
    ask_approvals().catch(() => undefined); // What changed while we did not listen.
  };
  source.onerror = () => {
    link_state.set('lost');
    if (source?.readyState !== EventSource.CLOSED) return;
    api.get('status').catch(() => undefined); // Signed out? Then the page changes by itself.
    setTimeout(() => session.get()?.state === 'signed_in' && restart(), 3000);
  };
  source.addEventListener('action', (event) => gather(JSON.parse(event.data) as Rec));
  source.addEventListener('approval', (event) => take_approval(JSON.parse(event.data) as Approval));
  source.addEventListener('status', (event) => status.set(JSON.parse(event.data) as Status));
  source.addEventListener('lost', (event) => {
    missed.set(missed.get() + ((JSON.parse(event.data) as { count?: number }).count ?? 0));
    ask_approvals().catch(() => undefined);
  });
}

function restart(): void {
  source?.close();
  listen();
}

export function start_live(): () => void {
  api.get<{ actions: Rec[] }>('actions?limit=100').then(
    ({ actions }) => {
      const known = new Set(rows.map((row) => row.seq));
      rows = [...actions.reverse().filter((row) => !known.has(row.seq)), ...rows];
      stream.set({ rows: rows.slice(-rows_max).reverse(), version: stream.get().version + 1 });
    },
    () => undefined,
  );
  api.get<Status>('status').then(
    (value) => status.set(value),
    () => undefined,
  );
  ask_approvals().catch(() => undefined);
  listen();
  const timer = setInterval(() => {
    arrivals = [...arrivals.slice(-2), this_second];
    this_second = 0;
    rate.set(Math.round(arrivals.reduce((sum, count) => sum + count, 0) / arrivals.length));
  }, 1000);
  return () => {
    source?.close();
    clearInterval(timer);
    rows = [];
    waiting = [];
    approvals.set(new Map());
    stream.set({ rows: [], version: 0 });
    minutes.set(new Map());
    link_state.set('connecting');
  };
}
