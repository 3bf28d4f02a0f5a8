// Agents' connections: when they were open, what was done in them, and the same again as a replay.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { query, useLoad } from '../core/api';
import { now, useCell } from '../core/cell';
import { clock_of, count_of, plural, span_of } from '../core/format';
import { useKeys } from '../core/keys';
import { go, link, type Route } from '../core/route';
import type { AgentSession, Rec } from '../core/types';
import { Select } from '../ui/form';
import {
  Button,
  Card,
  Chip,
  Empty,
  Facts,
  Failure,
  Foreign,
  Loading,
  Note,
  PageHead,
  Time,
  Verdict,
} from '../ui/parts';
import { Recorded } from '../ui/recorded';
import { ActionRow, Outcome, summary_of, verdict_of } from '../ui/rows';

export function SessionsPage({ at }: { at: Route }) {
  const agent = at.query.get('agent') ?? '';
  const since = at.query.get('since') ?? '';
  const loaded = useLoad<{ sessions: AgentSession[] }>(
    `sessions?${query({ agent, since, limit: 200 })}`,
    10000,
  );
  const [chosen, choose] = useState(-1);
  const sessions = loaded.value?.sessions ?? [];
  useKeys({
    j: () => choose(Math.min(sessions.length - 1, chosen + 1)),
    k: () => choose(Math.max(0, chosen - 1)),
    Enter: () => sessions[chosen] && go(link('sessions', sessions[chosen]!.session)),
  });
  return (
    <>
      <PageHead
        title="Sessions"
        side={
          <Select
            label="Since"
            hidden_label
            value={since}
            set={(value) => go(link('sessions', '', query({ agent, since: value })), true)}
            options={[
              ['', 'latest'],
              ['1h', 'last hour'],
              ['24h', 'last day'],
              ['168h', 'last week'],
            ]}
          />
        }
      >
        Each is one connection of an agent
        {agent && (
          <>
            {' '}
            · {agent} <a href={link('sessions')}>show all</a>
          </>
        )}
        .
      </PageHead>
      {loaded.problem && <Failure problem={loaded.problem} again={loaded.again} />}
      {!loaded.value && !loaded.problem && <Loading rows={8} />}
      {loaded.value && sessions.length === 0 && (
        <Empty title="No sessions here." icon="sessions">
          One begins when an agent connects to an endpoint.
        </Empty>
      )}
      {sessions.length > 0 && (
        <Card>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">opened</th>
                <th scope="col">agent</th>
                <th scope="col">endpoint</th>
                <th scope="col">lasted</th>
                <th scope="col" class="number">
                  actions
                </th>
                <th scope="col" class="number">
                  denied
                </th>
                <th scope="col" class="number">
                  held
                </th>
              </tr>
            </thead>
            <tbody>
              {sessions.map((each, index) => (
                <tr key={each.session} class={index === chosen ? 'chosen' : ''}>
                  <td>
                    <a href={link('sessions', each.session)}>
                      <Time at={each.opened} />
                    </a>
                  </td>
                  <td>{each.agent}</td>
                  <td>{each.endpoint}</td>
                  <td>
                    <Lasted of={each} />
                  </td>
                  <td class="number">{count_of(each.actions)}</td>
                  <td class={each.denied ? 'number tone-deny' : 'number faint'}>{count_of(each.denied)}</td>
                  <td class={each.held ? 'number tone-held' : 'number faint'}>{count_of(each.held)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
      )}
    </>
  );
}

function Lasted({ of }: { of: AgentSession }) {
  const at = useCell(now);
  const last = of.closed ?? of.latest;
  const end = last ? Date.parse(last) : at;
  return (
    <span class="tabular">
      {span_of(end - Date.parse(of.opened))}
      {!last && <Chip tone="allow">open</Chip>}
    </span>
  );
}

export function SessionPage({ id }: { id: string }) {
  const loaded = useLoad<AgentSession>(`sessions/${encodeURIComponent(id)}`);
  if (loaded.problem && !loaded.value) {
    return loaded.problem.code === 'not_found' ? (
      <Empty title="This session is not on record." icon="sessions">
        <a href={link('sessions')}>All sessions</a>
      </Empty>
    ) : (
      <Failure problem={loaded.problem} again={loaded.again} />
    );
  }
  if (!loaded.value) return <Loading rows={8} />;
  const of = loaded.value;
  return (
    <>
      <PageHead
        title={`${of.agent} on ${of.endpoint}`}
        side={
          <Button small onClick={loaded.again}>
            Reload
          </Button>
        }
      >
        <Time at={of.opened} /> · <Lasted of={of} />
      </PageHead>
      {of.cut && <Note tone="info">Only the first 5000 records are shown here.</Note>}
      <Replay timeline={of.timeline ?? []} of={of} />
      <Card title="About it">
        <Facts
          of={[
            ['session', <code>{of.session}</code>],
            ['profile', of.profile],
            ['address', of.address],
            ['credential', of.credential],
            ['closed', of.closed && <Time at={of.closed} />],
            ['actions', plural(of.actions, 'action')],
          ]}
        />
      </Card>
    </>
  );
}

const speeds = [1, 4, 16, 64];
const pause_max_ms = 1500; // Of the record's time, long silences are cut to this while playing.

function Replay({ timeline, of }: { timeline: Rec[]; of: AgentSession }) {
  const rows = useMemo(() => timeline.filter((row) => row.kind !== 'ended'), [timeline]);
  const [at, set_at] = useState(Math.max(0, rows.length - 1));
  const [is_playing, set_playing] = useState(false);
  const [speed, set_speed] = useState(4);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (!is_playing) return undefined;
    const next = rows[at + 1];
    if (!next) return set_playing(false);
    const gap = Date.parse(next.time) - Date.parse(rows[at]!.time);
    const timer = setTimeout(() => set_at(at + 1), Math.min(pause_max_ms, Math.max(30, gap / speed)));
    return () => clearTimeout(timer);
  }, [is_playing, at, speed]);
  useEffect(() => {
    list.current?.querySelector('.current')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const play = () => {
    if (!is_playing && at >= rows.length - 1) set_at(0);
    set_playing(!is_playing);
  };
  useKeys({
    j: () => set_at(Math.min(rows.length - 1, at + 1)),
    k: () => set_at(Math.max(0, at - 1)),
    ' ': play,
    Enter: () => rows[at]?.action && go(link('actions', rows[at]!.action!)),
  });
  if (rows.length === 0) return <Empty title="Nothing was done in this session yet." icon="sessions" />;
  const current = rows[Math.min(at, rows.length - 1)]!;
  return (
    <Card
      title="Replay"
      class="replay"
      side={
        <div class="row">
          <Button small kind="primary" icon={is_playing ? 'pause' : 'play'} onClick={play}>
            {is_playing ? 'Stop' : 'Play'}
          </Button>
          <Select
            label="Speed"
            hidden_label
            value={String(speed)}
            set={(value) => set_speed(Number(value))}
            options={speeds.map((each): [string, string] => [String(each), `${each}×`])}
          />
        </div>
      }
    >
      <Track rows={rows} at={at} set={set_at} of={of} />
      <div class="replay-now" aria-live={is_playing ? 'off' : 'polite'}>
        <div class="row">
          <Verdict of={verdict_of(current)} /> <Time at={current.time} /> <Outcome of={current} />
          <span class="soft tabular">
            {at + 1} of {rows.length}
          </span>
        </div>
        <pre class="code">
          <Foreign text={String(current.text ?? summary_of(current))} />
        </pre>
        {current.reason && (
          <p class="soft">
            <Foreign line text={current.reason} /> <small>rule {current.rule}</small>
          </p>
        )}
        <Recorded key={current.seq} of={current} />
      </div>
      <ol class="timeline" ref={list}>
        {rows.map((row, index) =>
          Math.abs(index - at) > 150 ? null : (
            <li key={row.seq} class={index === at ? 'current' : index > at ? 'later' : ''}>
              <button
                type="button"
                aria-label={`Record ${index + 1}`}
                aria-current={index === at}
                onClick={() => set_at(index)}
              >
                <ActionRow of={row} />
              </button>
            </li>
          ),
        )}
      </ol>
    </Card>
  );
}

// All records on the session's time, denser where more was done.
function Track({
  rows,
  at,
  set,
  of,
}: {
  rows: Rec[];
  at: number;
  set: (at: number) => void;
  of: AgentSession;
}) {
  const start = Date.parse(of.opened);
  const end = Math.max(start + 1, Date.parse(of.closed ?? rows.at(-1)!.time));
  const x_of = (row: Rec) =>
    Math.max(0, Math.min(1000, ((Date.parse(row.time) - start) / (end - start)) * 1000));
  const every = Math.max(1, Math.ceil(rows.length / 1200));
  return (
    <div class="track">
      <svg viewBox="-6 0 1012 34" preserveAspectRatio="none" aria-hidden="true">
        <line class="grid" x1="0" x2="1000" y1="17" y2="17" />
        {rows.map(
          (row, index) =>
            (index % every === 0 || row.verdict === 'deny' || row.kind === 'held') && (
              <rect
                key={row.seq}
                class={`mark-${verdict_of(row)}`}
                x={x_of(row) - 1.5}
                width="3"
                y={row.kind === 'judged' ? 8 : 12}
                height={row.kind === 'judged' ? 18 : 10}
              />
            ),
        )}
        <rect
          class="mark-here"
          x={x_of(rows[Math.min(at, rows.length - 1)]!) - 2.5}
          width="5"
          y="0"
          height="34"
        />
      </svg>
      <input
        type="range"
        min={0}
        max={rows.length - 1}
        value={at}
        aria-label="Position in the session"
        onInput={(event) => set(Number(event.currentTarget.value))}
      />
      <div class="row spread soft small tabular">
        <span>{clock_of(start)}</span>
        <span>{clock_of(end)}</span>
      </div>
    </div>
  );
}
