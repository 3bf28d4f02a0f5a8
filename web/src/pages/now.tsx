// What happens now: held actions first, then the live stream, and beside it how busy each agent is.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Sparkline } from '../charts/charts';
import { useLoad } from '../core/api';
import { now, useCell } from '../core/cell';
import { count_of, one_line, plural, span_of } from '../core/format';
import { useKeys } from '../core/keys';
import { approvals, minutes, open_approvals, rate, stream } from '../core/live';
import { go, link } from '../core/route';
import type { Agent, Approval, Rec } from '../core/types';
import { Field, Select } from '../ui/form';
import { Ago, Button, Card, Chip, Empty, Foreign, PageHead } from '../ui/parts';
import { ActionRow } from '../ui/rows';
import { VirtualList } from '../ui/virtual';

export function NowPage() {
  const waiting = open_approvals(useCell(approvals));
  const speed = useCell(rate);
  const agents = useLoad<Agent[]>('agents', 15000);
  useEffect(() => minutes.set(new Map()), [agents.value]);
  const [chosen, choose] = useState(-1);
  const open_first = (answer: string) => {
    const at = waiting[Math.max(0, chosen)];
    if (at) go(link('approvals', at.id, answer && `answer=${answer}`));
  };
  useKeys({ a: () => open_first('allow'), d: () => open_first('deny') });
  return (
    <>
      <PageHead title="Now" side={<span class="soft tabular">{plural(speed, 'action')} a second</span>} />
      <Waiting entries={waiting} chosen={chosen} choose={choose} />
      <Unlike />
      <div class="now-grid">
        <Stream agents={agents.value ?? []} />
        <Card title="Agents" class="agents-card">
          <AgentList agents={agents.value} />
        </Card>
      </div>
    </>
  );
}

function Waiting({
  entries,
  chosen,
  choose,
}: {
  entries: Approval[];
  chosen: number;
  choose: (at: number) => void;
}) {
  if (entries.length === 0) {
    return (
      <div class="calm">
        <Empty title="Nothing waits for you.">
          When an agent needs a person’s word, it is shown here first.
        </Empty>
      </div>
    );
  }
  return (
    <section aria-label="Waiting for a person">
      <h2 class="section-title">{plural(entries.length, 'action')} waiting for a person</h2>
      <ul class="held-list">
        {grouped(entries)
          .slice(0, 50)
          .map((entry, at) => (
            <HeldRow key={entry.id} entry={entry} is_chosen={at === chosen} choose={() => choose(at)} />
          ))}
      </ul>
    </section>
  );
}

// What agents did unlike themselves in the last day. Nothing is shown where there is nothing to say.
function Unlike() {
  const found = useLoad<{ actions: Rec[] }>('actions?kind=anomaly&since=24h&limit=5', 15000);
  const rows = found.value?.actions ?? [];
  if (rows.length === 0) return null;
  return (
    <section aria-label="Unlike themselves">
      <h2 class="section-title">Unlike themselves, in the last day</h2>
      <ul class="held-list unlike-list">
        {rows.map((row) => (
          <li key={row.seq} class="held-row">
            <a href={link('sessions', row.session ?? '')}>
              <span class="held-who">
                <b>{row.agent}</b> <Foreign line text={row.detail ?? ''} />
              </span>
              <span class="soft small">
                <Chip tone="held">{row.what}</Chip> <Ago at={row.time} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

// Repeats of the same question are one line with a count.
function grouped(entries: Approval[]): Approval[] {
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const key = JSON.stringify([entry.agent, entry.endpoint, entry.rule, entry.summary]);
    if (entry.similar < 2) return true;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export function Countdown({ entry }: { entry: Approval }) {
  const at = useCell(now);
  if (!entry.deadline || entry.state !== 'open') return null;
  const left = Date.parse(entry.deadline) - at;
  const whole = Math.max(1, Date.parse(entry.deadline) - Date.parse(entry.asked));
  const part = Math.max(0, Math.min(1, left / whole));
  return (
    <span class={left < 60_000 ? 'countdown soon' : 'countdown'}>
      <span class="countdown-track" aria-hidden="true">
        <span style={{ width: `${part * 100}%` }} />
      </span>
      <span class="tabular">{left > 0 ? `${span_of(left)} left` : 'time is up'}</span>
    </span>
  );
}

function HeldRow({ entry, is_chosen, choose }: { entry: Approval; is_chosen: boolean; choose: () => void }) {
  return (
    <li class={is_chosen ? 'held-row chosen' : 'held-row'}>
      <a href={link('approvals', entry.id)} onFocus={choose}>
        <span class="held-what mono">
          <Foreign line text={entry.summary.slice(0, 300)} />
        </span>
        <span class="held-who">
          <b>{entry.agent}</b> on <b>{entry.endpoint}</b>
          {entry.destructive && <Chip tone="deny">destructive</Chip>}
          {entry.assurance === 'passkey' && <Chip tone="held">passkey</Chip>}
          {entry.similar > 1 && <Chip>{entry.similar} alike</Chip>}
          <span class="soft">{entry.reason ? one_line(entry.reason) : `rule ${entry.rule}`}</span>
        </span>
        <Countdown entry={entry} />
      </a>
    </li>
  );
}

interface Filter {
  text: string;
  agent: string;
  verdict: string;
}

function matches(row: Rec, filter: Filter): boolean {
  if (row.kind !== 'judged' && row.kind !== 'held' && row.kind !== 'incident') return false;
  if (filter.agent && row.agent !== filter.agent) return false;
  if (filter.verdict && (row.kind === 'judged' ? row.verdict : row.kind) !== filter.verdict) return false;
  if (!filter.text) return true;
  const text = `${row.summary ?? ''} ${row.endpoint ?? ''} ${row.rule ?? ''} ${row.what ?? ''}`.toLowerCase();
  return text.includes(filter.text.toLowerCase());
}

function Stream({ agents }: { agents: Agent[] }) {
  const live = useCell(stream);
  const [filter, set_filter] = useState<Filter>({ text: '', agent: '', verdict: '' });
  const [is_stopped, set_stopped] = useState(false);
  const [is_on_top, set_on_top] = useState(true);
  const [chosen, choose] = useState(-1);
  const kept = useRef<readonly Rec[]>([]);
  const search = useRef<HTMLDivElement>(null);
  const is_still = is_stopped || !is_on_top || chosen >= 0; // Rows do not run away from who reads them.
  if (!is_still) kept.current = live.rows;
  const shown = kept.current;
  const rows = useMemo(() => shown.filter((row) => matches(row, filter)), [shown, filter]);
  const newer = is_still && shown[0] ? live.rows.findIndex((row) => row.seq <= shown[0]!.seq) : 0;
  const row_px = useRowHeight();
  const resume = () => {
    choose(-1);
    set_stopped(false);
    set_on_top(true);
    document.querySelector('.stream .vlist')?.scrollTo(0, 0);
  };
  const open = (at: number) => rows[at]?.action && go(link('actions', rows[at]!.action!));
  useKeys({
    j: () => choose(Math.min(rows.length - 1, chosen + 1)),
    k: () => choose(Math.max(0, chosen - 1)),
    Enter: () => open(chosen),
    Escape: resume,
    ' ': () => (is_still ? resume() : set_stopped(true)),
    '/': () => search.current?.querySelector('input')?.focus(),
  });
  const names = [...new Set([...agents.map((agent) => agent.name), filter.agent])].filter(Boolean).sort();
  return (
    <Card
      class="stream"
      title="Live"
      side={
        <div class="row filters" ref={search}>
          {is_still && newer !== 0 && (
            <Button small kind="primary" onClick={resume}>
              {newer < 0 ? 'Many' : count_of(newer)} newer
            </Button>
          )}
          <Field
            label="Filter"
            hidden_label
            type="search"
            placeholder="Filter…"
            value={filter.text}
            set={(text) => set_filter({ ...filter, text })}
          />
          <Select
            label="Agent"
            hidden_label
            value={filter.agent}
            set={(agent) => set_filter({ ...filter, agent })}
            options={[['', 'all agents'], ...names.map((name): [string, string] => [name, name])]}
          />
          <Select
            label="Verdict"
            hidden_label
            value={filter.verdict}
            set={(verdict) => set_filter({ ...filter, verdict })}
            options={[
              ['', 'all verdicts'],
              ['allow', 'allowed'],
              ['deny', 'denied'],
              ['held', 'held'],
            ]}
          />
          <Button
            small
            icon={is_still ? 'play' : 'pause'}
            onClick={() => (is_still ? resume() : set_stopped(true))}
          >
            {is_still ? 'Go on' : 'Stop'}
          </Button>
        </div>
      }
    >
      {rows.length === 0 ? (
        <Empty
          title={live.rows.length === 0 ? 'No agent has done anything yet.' : 'Nothing like this just now.'}
          icon="now"
        >
          {live.rows.length === 0 ? (
            'As soon as one acts through the gateway, you see it here.'
          ) : (
            <a href={link('actions')}>Search all that is on record</a>
          )}
        </Empty>
      ) : (
        <VirtualList
          count={rows.length}
          row_px={row_px}
          label="Live actions"
          key_of={(at) => rows[at]!.seq}
          row={(at) => <ActionRow of={rows[at]!} />}
          chosen={chosen}
          choose={choose}
          open={open}
          on_top={set_on_top}
        />
      )}
    </Card>
  );
}

// On a phone a row has two lines.
export function useRowHeight(): number {
  const narrow = useMemo(() => matchMedia('(max-width: 760px)'), []);
  const [is_narrow, set_narrow] = useState(narrow.matches);
  useEffect(() => {
    const look = () => set_narrow(narrow.matches);
    narrow.addEventListener('change', look);
    return () => narrow.removeEventListener('change', look);
  }, []);
  return is_narrow ? 58 : 34;
}

function AgentList({ agents }: { agents: Agent[] | undefined }) {
  const fresh = useCell(minutes);
  if (!agents) return <div class="pad soft">…</div>;
  if (agents.length === 0)
    return (
      <Empty title="No agents yet." icon="agents">
        They appear with their first action.
      </Empty>
    );
  return (
    <ul class="agent-list">
      {agents.slice(0, 40).map((agent) => {
        const line = [
          ...agent.sparkline.slice(0, -1),
          (agent.sparkline.at(-1) ?? 0) + (fresh.get(agent.name) ?? 0),
        ];
        return (
          <li key={agent.name}>
            <a href={link('actions', '', `agent=${encodeURIComponent(agent.name)}`)}>
              <span class="agent-name">
                {agent.name}
                <small>
                  <Ago at={agent.last_seen} />
                </small>
              </span>
              <Sparkline
                of={line}
                width={96}
                height={22}
                label={`${agent.name}: ${plural(
                  line.reduce((sum, count) => sum + count, 0),
                  'action',
                )} in the last hour`}
              />
            </a>
          </li>
        );
      })}
    </ul>
  );
}
