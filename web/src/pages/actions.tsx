// Everything on record: searched, scrolled without end, and each action with why it got its verdict.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, Problem, query, useLoad } from '../core/api';
import { count_of, lasting, plural } from '../core/format';
import { useKeys } from '../core/keys';
import { go, link, type Route } from '../core/route';
import type { ActionDetail, Rec, Seen, Why } from '../core/types';
import { Dialog, Field, Said, Select, Switcher, tell, useDoing } from '../ui/form';
import {
  AgentWords,
  Button,
  Card,
  Chip,
  Code,
  Empty,
  Facts,
  Failure,
  Foreign,
  Loading,
  Note,
  PageHead,
  RuleVerdict,
  Time,
  Verdict,
} from '../ui/parts';
import { has_streams, Recorded } from '../ui/recorded';
import { ActionRow, Outcome, verdict_of } from '../ui/rows';
import { VirtualList } from '../ui/virtual';
import { useRowHeight } from './now';

const names = ['text', 'agent', 'endpoint', 'session', 'rule', 'verdict', 'kind', 'since', 'until'] as const;
type Search = Partial<Record<(typeof names)[number], string>>;
const page_rows = 1000;
export const rows_max = 100_000; // Beyond that nobody scrolls; a search is better.

interface Answer {
  actions: Rec[];
  next_before?: number;
}

// What a row shows and no more, so that a hundred thousand fit into a browser.
function slim(of: Rec): Rec {
  const { seq, time, kind, action, agent, endpoint, verdict, rule, destructive, break_glass, ending, rows } =
    of;
  const kept: Rec = {
    seq,
    time,
    kind,
    action,
    agent,
    endpoint,
    verdict,
    rule,
    destructive,
    break_glass,
    ending,
    rows,
  };
  kept.duration_us = of.duration_us;
  if (kind !== 'judged')
    Object.assign(kept, {
      event: of.event,
      detail: of.detail,
      what: of.what,
      person: of.person,
      subject: of.subject,
    });
  kept.summary = (of.summary ?? of.text ?? '').slice(0, 300);
  return kept;
}

function useActions(search: Search) {
  const [rows, set_rows] = useState<readonly Rec[]>([]);
  const [state, set_state] = useState<{ loading: boolean; problem?: Problem }>({ loading: true });
  const next = useRef<number | undefined>(undefined);
  const round = useRef(0);
  const is_busy = useRef(false);
  const load = async (first: boolean) => {
    const mine = round.current;
    is_busy.current = true;
    set_state({ loading: true });
    try {
      const before = first ? undefined : next.current;
      const answer = await api.get<Answer>(
        `actions?${query({ ...search, limit: first ? 200 : page_rows, before })}`,
      );
      if (mine !== round.current) return;
      next.current = answer.next_before;
      const fresh = answer.actions.map(slim);
      set_rows((old) => (first ? fresh : old.concat(fresh)));
      set_state({ loading: false });
    } catch (problem) {
      if (mine === round.current) set_state({ loading: false, problem: problem as Problem });
    } finally {
      if (mine === round.current) is_busy.current = false;
    }
  };
  useEffect(() => {
    ++round.current;
    set_rows([]);
    load(true);
  }, [JSON.stringify(search)]);
  const more = () => {
    if (!is_busy.current && next.current !== undefined && rows.length < rows_max) load(false);
  };
  return { rows, ...state, more, again: () => load(true), is_all: next.current === undefined };
}

export function ActionsPage({ at }: { at: Route }) {
  const search: Search = {};
  for (const name of names) {
    const value = at.query.get(name);
    if (value) search[name] = value;
  }
  const [text, set_text] = useState(search.text ?? '');
  useEffect(() => set_text(search.text ?? ''), [search.text]);
  const found = useActions(search);
  const [chosen, choose] = useState(-1);
  const box = useRef<HTMLFormElement>(null);
  const row_px = useRowHeight();
  const set = (changes: Search) => go(link('actions', '', query({ ...search, ...changes })), true);
  const open = (row: number) => found.rows[row]?.action && go(link('actions', found.rows[row]!.action!));
  useKeys({
    j: () => choose(Math.min(found.rows.length - 1, chosen + 1)),
    k: () => choose(Math.max(0, chosen - 1)),
    Enter: () => open(chosen),
    '/': () => box.current?.querySelector('input')?.focus(),
  });
  const extras = names.filter(
    (name) => ['agent', 'endpoint', 'session', 'rule'].includes(name) && search[name],
  );
  return (
    <div class="full-page">
      <PageHead
        title="Actions"
        side={
          <span class="soft tabular">
            {count_of(found.rows.length)}
            {found.is_all ? '' : '+'} found
          </span>
        }
      />
      <form
        class="row filters search"
        ref={box}
        onSubmit={(event) => (event.preventDefault(), set({ text }))}
        role="search"
      >
        <Field
          label="Search"
          hidden_label
          type="search"
          placeholder="Words, or facts: sql.tables=orders rows>100"
          value={text}
          set={(value) => (set_text(value), value === '' && set({ text: '' }))}
        />
        <Select
          label="Verdict"
          hidden_label
          value={search.verdict ?? ''}
          set={(verdict) => set({ verdict })}
          options={[
            ['', 'all verdicts'],
            ['allow', 'allowed'],
            ['deny', 'denied'],
          ]}
        />
        <Select
          label="Since"
          hidden_label
          value={search.since ?? ''}
          set={(since) => set({ since })}
          options={[
            ['', 'all time'],
            ['15m', 'last 15 min'],
            ['1h', 'last hour'],
            ['24h', 'last day'],
            ['168h', 'last week'],
          ]}
        />
        <Select
          label="Kind"
          hidden_label
          value={search.kind ?? ''}
          set={(kind) => set({ kind })}
          options={[
            ['', 'actions'],
            ['incident', 'incidents'],
            ['anomaly', 'unlike the agent'],
            ['session', 'sessions'],
            ['admin', 'what people did'],
            ['policy', 'policy'],
            ['gateway', 'gateway'],
            ['all', 'every record'],
          ]}
        />
        <Button type="submit" icon="search">
          Search
        </Button>
        {extras.map((name) => (
          <button
            key={name}
            type="button"
            class="chip chip-filter"
            onClick={() => set({ [name]: '' })}
            aria-label={`Remove the filter ${name} ${search[name]}`}
          >
            {name}: <b>{search[name]}</b> ×
          </button>
        ))}
      </form>
      {found.problem && <Failure problem={found.problem} again={found.again} />}
      {found.rows.length === 0 && found.loading && <Loading rows={10} />}
      {found.rows.length === 0 && !found.loading && !found.problem && (
        <Empty title="Nothing on record is like this." icon="search">
          Try fewer words or a longer time. <a href={link('actions')}>Show everything</a>
        </Empty>
      )}
      {found.rows.length > 0 && (
        <Card class="list-card">
          <VirtualList
            count={found.rows.length}
            row_px={row_px}
            label="Actions"
            key_of={(row) => found.rows[row]!.seq}
            row={(row) => <ActionRow of={found.rows[row]!} />}
            chosen={chosen}
            choose={choose}
            open={open}
            near_end={found.more}
          />
        </Card>
      )}
    </div>
  );
}

export function ActionPage({ id }: { id: string }) {
  const loaded = useLoad<ActionDetail>(`actions/${encodeURIComponent(id)}`);
  const [is_making, set_making] = useState(false);
  if (loaded.problem?.code === 'not_found') {
    return (
      <Empty title="This action is not on record." icon="search">
        <p>
          It may be older than the journal keeps, or the link is cut. <a href={link('actions')}>Search</a>
        </p>
      </Empty>
    );
  }
  if (loaded.problem && !loaded.value) return <Failure problem={loaded.problem} again={loaded.again} />;
  if (!loaded.value) return <Loading rows={8} />;
  const detail = loaded.value;
  const action = detail.action;
  return (
    <article class="detail">
      <header class="detail-head">
        <div class="row">
          <Verdict of={verdict_of(action)} />
          {action.destructive && <Chip tone="deny">destructive</Chip>}
          {action.break_glass && <Chip tone="held">break-glass</Chip>}
          {action.observed === true && <Chip title="The verdict was not obeyed">observed only</Chip>}
          <Outcome of={{ ...action, ...ending_of(detail) }} />
        </div>
        <h1 tabIndex={-1} class="mono">
          <Foreign line text={(action.summary ?? action.text ?? '').slice(0, 400)} />
        </h1>
        <div class="row">
          <Button icon="plus" onClick={() => set_making(true)}>
            Make a rule from this
          </Button>
          {detail.fixture && (
            <Button icon="down" onClick={() => download(`${id}.fixtures`, detail.fixture!)}>
              Fixture
            </Button>
          )}
          <a class="button plain" href={link('sessions', action.session ?? '')}>
            <span>Its session</span>
          </a>
        </div>
      </header>
      <div class="two-columns">
        <div>
          <Story detail={detail} />
          <Card title="Why this verdict">
            <WhyTable why={detail.why} note={detail.why_note} decided={action.rule} />
          </Card>
        </div>
        <div>
          <Card title="What was asked">
            {action.text && <Code text={String(action.text)} label="The action’s text" tall />}
            {typeof action.reasoning === 'string' && <AgentWords text={action.reasoning} />}
          </Card>
          {action.evidence && (
            <Card title="What people saw">
              {action.evidence.map((seen, at) => (
                <SeenThen key={at} seen={seen} />
              ))}
            </Card>
          )}
          {has_streams(action) && (
            <Card title="What its terminal showed">
              <Recorded of={action} />
            </Card>
          )}
          <Card title="Facts on record">
            <RecordFacts of={action} />
          </Card>
        </div>
      </div>
      {is_making && <MakeRule id={id} close={() => set_making(false)} />}
    </article>
  );
}

function ending_of(detail: ActionDetail): Partial<Rec> {
  const ended = detail.ended;
  return ended ? { ending: ended.ending, rows: ended.rows, duration_us: ended.duration_us } : {};
}

function SeenThen({ seen }: { seen: Seen }) {
  return (
    <div class="pad">
      <h3>
        {seen.title}
        {seen.failed && ': could not be looked up'}
      </h3>
      {seen.text && <Code text={seen.text} label={seen.title} />}
      {seen.sha256 && (
        <p class="soft small">
          {seen.text ? 'The beginning of what has' : 'Not kept here;'} SHA-256 <code>{seen.sha256}</code>
        </p>
      )}
    </div>
  );
}

function Story({ detail }: { detail: ActionDetail }) {
  const { action, held, answers, ended } = detail;
  return (
    <Card title="What happened">
      <ol class="story">
        {held && (
          <li>
            <Time at={held.time} /> held for a person by <b>{held.rule}</b>
          </li>
        )}
        {answers.map((answer) => (
          <li key={answer.seq}>
            <Time at={answer.time} /> <b>{answer.person}</b>:{' '}
            <Foreign line text={String(answer.detail ?? '')} />
          </li>
        ))}
        <li>
          <Time at={action.time} /> {action.verdict === 'allow' ? 'allowed' : 'denied'}
          {action.rule ? (
            <>
              {' '}
              by <a href={link('policy', '', `rule=${encodeURIComponent(action.rule)}`)}>{action.rule}</a>
            </>
          ) : (
            ', no rule said so'
          )}
          {action.reason && (
            <>
              {' '}
              — <Foreign line text={action.reason} />
            </>
          )}
        </li>
        {ended && (
          <li>
            <Time at={ended.time} /> {ended.ending === 'ok' ? 'ran' : ended.ending}
            {ended.duration_us !== undefined && <> in {lasting(ended.duration_us)}</>}
            {ended.rows !== undefined && <>, {plural(ended.rows, 'row')}</>}
            {ended.detail && (
              <>
                {' '}
                — <Foreign line text={String(ended.detail)} />
              </>
            )}
          </li>
        )}
      </ol>
    </Card>
  );
}

const answers: Record<Why['answer'], [words: string, tone: string]> = {
  yes: ['matches', 'allow'],
  no: ['does not match', 'faint'],
  unknown: ['cannot be known', 'held'],
  error: ['went wrong', 'deny'],
  disabled: ['is switched off', 'faint'],
  other_credential: ['is for another credential', 'faint'],
  other_profile: ['is for another profile', 'faint'],
  no_break_glass: ['is for emergencies', 'faint'],
};

function WhyTable({ why, note, decided }: { why: Why[]; note?: string; decided?: string }) {
  const [is_all, set_all] = useState(false);
  const has_parts = why.some((each) => each.part > 1);
  const first = why.findIndex((each) => each.answer !== 'no' && each.answer !== 'disabled' && !each.shadow);
  const shown = is_all ? why : why.slice(0, Math.max(6, first + 1));
  if (why.length === 0)
    return <p class="soft pad">No rule of this endpoint was asked; its default decided.</p>;
  return (
    <>
      {note && <p class="soft small pad">{note}</p>}
      <ol class="why">
        {shown.map((each, at) => {
          const [words, tone] = answers[each.answer];
          return (
            <li key={at} class={each.rule === decided && each.answer !== 'no' ? 'decided' : ''}>
              <span class={`why-answer tone-${tone}`}>{words}</span>
              <div>
                <a href={link('policy', '', `rule=${encodeURIComponent(each.rule)}`)}>
                  <b>{each.rule}</b>
                </a>{' '}
                <RuleVerdict of={each.verdict} />
                {each.shadow && <Chip>shadow</Chip>}
                {has_parts && <Chip>part {each.part}</Chip>}
                {each.condition && (
                  <pre class="condition">
                    <Foreign text={each.condition} />
                  </pre>
                )}
                {each.detail && (
                  <p class="soft small">
                    <Foreign text={each.detail} />
                  </p>
                )}
              </div>
            </li>
          );
        })}
      </ol>
      {shown.length < why.length && (
        <Button kind="quiet" small onClick={() => set_all(true)}>
          {plural(why.length - shown.length, 'more rule')}
        </Button>
      )}
    </>
  );
}

const told_elsewhere = new Set([
  'text',
  'summary',
  'reasoning',
  'evidence',
  'seq',
  'kind',
  'action',
  'verdict',
  'rule',
  'reason',
  'ending',
  'rows',
  'duration_us',
  'time',
]);

function RecordFacts({ of }: { of: Rec }) {
  const rows = Object.entries(of).filter(([name, value]) => !told_elsewhere.has(name) && value !== undefined);
  return (
    <Facts
      of={[
        ['time', <Time at={of.time} />],
        ['record', <span class="tabular">{of.seq}</span>],
        ...rows.map(([name, value]): [string, preact.ComponentChild] => [
          name.replaceAll('_', ' '),
          typeof value === 'object' && value !== null ? (
            <pre class="code small">
              <Foreign text={JSON.stringify(value, null, 1)} />
            </pre>
          ) : (
            <Foreign text={String(value)} />
          ),
        ]),
        ['action', <code>{of.action}</code>],
      ]}
    />
  );
}

export function download(name: string, text: string): void {
  const place = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const anchor = document.createElement('a');
  anchor.href = place;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(place), 10_000);
}

function MakeRule({ id, close }: { id: string; close: () => void }) {
  const [verdict, set_verdict] = useState('allow');
  const [language, set_language] = useState('hcl');
  const [made, set_made] = useState<{ hcl: string; yaml: string } | undefined>();
  const doing = useDoing();
  useEffect(() => {
    doing.run(async () => set_made(await api.post(`actions/${encodeURIComponent(id)}/rule`, { verdict })));
  }, [verdict]);
  const text = made && (language === 'hcl' ? made.hcl : made.yaml);
  return (
    <Dialog title="A rule from this action" close={close} wide>
      <p class="soft">
        A beginning for a rule of your own: make it as wide as you mean it, then try it on what was recorded.
      </p>
      <div class="row">
        <Switcher
          label="Verdict"
          value={verdict}
          set={set_verdict}
          options={[
            ['allow', 'allow'],
            ['approve', 'ask a person'],
            ['deny', 'deny'],
          ]}
        />
        <Switcher
          label="Language"
          value={language}
          set={set_language}
          options={[
            ['hcl', 'HCL'],
            ['yaml', 'YAML'],
          ]}
        />
      </div>
      <Said doing={doing} />
      {text ? <Code text={text} label="The rule" tall /> : <Loading rows={3} />}
      <Note tone="info">
        Nothing has changed yet. Put it into a file of the policy, simulate it, and reload.
      </Note>
      <div class="row end">
        <Button
          onClick={() => {
            sessionStorage.setItem('claw-candidate', text ?? '');
            close();
            go(link('policy', 'simulate'));
            tell('Taken along: try it on the recorded actions.');
          }}
        >
          Simulate it
        </Button>
        <Button kind="primary" onClick={close}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
