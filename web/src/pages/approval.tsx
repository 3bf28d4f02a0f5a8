// One question, on one screen: what, by whom, why, what it would change, and the answer. Made first for the
// phone in somebody's hand; everything that is not needed in the first five seconds is folded below.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, Problem, useLoad } from '../core/api';
import { useCell } from '../core/cell';
import { count_of, plural, visible } from '../core/format';
import { useKeys } from '../core/keys';
import { approvals, open_approvals, take_approval } from '../core/live';
import { assert_passkey, type RequestOptions } from '../core/passkey';
import { go, link, route } from '../core/route';
import { may } from '../core/session';
import type { Approval, Approver, Evidence } from '../core/types';
import { Area, Said, tell, useDoing } from '../ui/form';
import { Icon } from '../ui/icon';
import {
  AgentWords,
  Button,
  Chip,
  Code,
  Empty,
  Facts,
  Failure,
  Foreign,
  Loading,
  Note,
  Time,
  Verdict,
} from '../ui/parts';
import { Countdown } from './now';

export function ApprovalPage({ id }: { id: string }) {
  const loaded = useLoad<Approval>(`approvals/${encodeURIComponent(id)}`);
  const live = useCell(approvals).get(id);
  // The stream has what changed; `you` is true of whoever asked, so it stays as this session was told.
  const entry =
    live && loaded.value ? { ...live, you: live.you ?? loaded.value.you } : (loaded.value ?? live);
  if (!entry && loaded.problem?.code === 'not_found') {
    return (
      <Empty title="This question is no longer kept." icon="clock">
        <p>
          It ended a while ago. <a href={link('actions', id)}>What became of the action is on record</a>
        </p>
      </Empty>
    );
  }
  if (!entry && loaded.problem) return <Failure problem={loaded.problem} again={loaded.again} />;
  if (!entry) return <Loading rows={6} />;
  return <Question entry={entry} take={(value) => (take_approval(value), loaded.put(value))} />;
}

function Question({ entry, take }: { entry: Approval; take: (value: Approval) => void }) {
  return (
    <article class="approval" aria-label="Approval">
      <header class="approval-state">
        <Verdict of={entry.state} />
        {entry.waits === 'retry' && entry.state === 'open' && (
          <Chip title="No connection waits">comes back for it</Chip>
        )}
        {entry.operation && entry.state !== 'open' && (
          <Chip title={entry.operation.reason}>{entry.operation.state.replaceAll('_', ' ')}</Chip>
        )}
        {entry.similar > 1 && <Chip>{entry.similar} alike are open</Chip>}
        <Countdown entry={entry} />
      </header>

      <h1 class="approval-what mono" tabIndex={-1}>
        <Foreign line text={cut(entry.summary)} />
      </h1>
      <p class="approval-who">
        <span class="avatar" aria-hidden="true">
          {entry.agent.slice(0, 1).toUpperCase()}
        </span>
        <span>
          <b>{entry.agent}</b>
          {entry.owner && <> for {entry.owner}</>} wants this on <b>{entry.endpoint}</b>
          {entry.destructive && <Chip tone="deny">destructive</Chip>}
        </span>
      </p>

      <section class="approval-why" aria-label="Why you are asked">
        <p>
          <Icon name="policy" />{' '}
          <span>
            {entry.reason || 'This rule asks a person.'} <small>rule {entry.rule}</small>
          </span>
        </p>
        {entry.agent_says && <AgentWords text={entry.agent_says} />}
      </section>

      <section class="evidence" aria-label="What it would change">
        {entry.evidence.length === 0 ? (
          <p class="soft small">No preview: what it would change was not looked up for this rule.</p>
        ) : (
          entry.evidence.map((each, at) => <Shown key={at} evidence={each} />)
        )}
      </section>

      <Answers entry={entry} />
      <Details entry={entry} />
      {entry.state === 'open' ? <AnswerBar entry={entry} take={take} /> : <Ended entry={entry} />}
    </article>
  );
}

function cut(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)} …` : text;
}

function Shown({ evidence }: { evidence: Evidence }) {
  if (evidence.failed) {
    return (
      <div class="proof failed">
        <h2>
          <Icon name="alert" size={14} /> {evidence.title}: could not be looked up
        </h2>
        <p class="soft">
          <Foreign text={evidence.text} />
        </p>
      </div>
    );
  }
  return (
    <div class={`proof proof-${evidence.kind}`}>
      <h2>{evidence.title}</h2>
      <Proof evidence={evidence} />
    </div>
  );
}

function Proof({ evidence }: { evidence: Evidence }) {
  const { kind, text } = evidence;
  if (kind === 'count') {
    const number = Number(text.trim());
    return (
      <p class="big-count tabular">
        {text.trim() !== '' && Number.isInteger(number) ? count_of(number) : <Foreign text={text} />}
      </p>
    );
  }
  if (kind === 'diff') return <DiffText text={text} label={evidence.title} />;
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  if (kind === 'table' && rows.length > 1 && rows[0]!.length > 1)
    return <Table rows={rows} label={evidence.title} />;
  return (
    <pre class="code" tabIndex={0} aria-label={evidence.title}>
      <Foreign text={text} />
    </pre>
  );
}

function Table({ rows, label }: { rows: string[][]; label: string }) {
  const [head = [], ...body] = rows;
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={label}>
      <table class="plain-table mono">
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at} scope="col">
                <Foreign text={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.slice(0, 100).map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>
                  <Foreign text={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function DiffText({ text, label }: { text: string; label: string }) {
  const mark_of: Record<string, string> = { '+': 'added', '-': 'removed', '@': 'place' };
  return (
    <pre class="code diff" tabIndex={0} aria-label={label}>
      {text.split('\n').map((line, at) => (
        <span key={at} class={mark_of[line[0] ?? ''] ?? ''}>
          {visible(line) || ' '}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function needs(approver: Approver): string {
  const left = approver.required - approver.allowed;
  if (left <= 0) return 'has allowed';
  if (approver.kind === 'model') return 'is asked now';
  return approver.required === 1 ? 'one person' : `${left} of ${approver.required} people left`;
}

function Answers({ entry }: { entry: Approval }) {
  const several =
    entry.approvers.length > 1 || entry.approvers.some((each) => each.required > 1 || each.people.length > 0);
  if (!several && entry.replies.length === 0) return null;
  return (
    <section class="answers" aria-label="Who answers">
      {several && (
        <ul class="approvers">
          {entry.approvers.map((each) => (
            <li key={each.name}>
              <Icon name={each.kind === 'model' ? 'agents' : 'person'} size={14} /> <b>{each.name}</b>{' '}
              <span class="soft">
                {needs(each)}
                {each.people.length > 0 && ` · ${each.people.join(', ')}`}
                {each.escalates_to && (
                  <>
                    {' '}
                    · then {each.escalates_to} at <Time at={each.escalates} short />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      <ul class="replies">
        {entry.replies.map((reply) => (
          <li key={`${reply.person} ${reply.at}`}>
            <Verdict
              of={reply.choice === 'allow' ? 'allowed' : reply.choice === 'deny' ? 'denied' : 'pass'}
              word={reply.choice === 'pass' ? 'passed on' : undefined}
            />
            <b>{reply.person}</b>
            {reply.by_model && <Chip>model</Chip>}
            <span class="soft">
              <Time at={reply.at} />
            </span>
            {reply.comment && (
              <p>
                <Foreign text={reply.comment} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function shown_fact(value: string | string[] | null): string {
  if (value === null) return 'not known';
  return visible(Array.isArray(value) ? value.join(', ') : value);
}

function Details({ entry }: { entry: Approval }) {
  const is_long = entry.text.length > entry.summary.length + 8 || entry.text.includes('\n');
  return (
    <>
      <details class="fold" open={is_long && entry.text.length < 1500}>
        <summary>The whole action</summary>
        <Code text={entry.text} label="The whole action" />
        {entry.parameters.length > 0 && (
          <ol class="parameters" aria-label="Bound values">
            {entry.parameters.map((value, at) => (
              <li key={at}>
                <span class="soft mono">${at + 1}</span>{' '}
                {value === null ? (
                  <i class="soft">null</i>
                ) : (
                  <code>
                    <Foreign text={value} />
                  </code>
                )}
              </li>
            ))}
          </ol>
        )}
      </details>
      <details class="fold">
        <summary>Where and when</summary>
        <Facts
          of={[
            ['endpoint', `${entry.endpoint} (${entry.family})`],
            ['profile', entry.profile],
            ...Object.entries(entry.session ?? {}).map(([name, value]): [string, string] => [
              name,
              shown_fact(value),
            ]),
            ['asked', <Time at={entry.asked} />],
            ['answered by', <Time at={entry.deadline ?? entry.ended} />],
            ['rule', <a href={link('policy', '', `rule=${encodeURIComponent(entry.rule)}`)}>{entry.rule}</a>],
            ['fingerprint', <code class="wrap">{entry.fingerprint}</code>],
            ['id', <code>{entry.id}</code>],
          ]}
        />
      </details>
    </>
  );
}

type Choice = 'allow' | 'deny';

async function send(entry: Approval, choice: Choice, comment: string): Promise<Approval> {
  const path = `approvals/${encodeURIComponent(entry.id)}`;
  const body: Record<string, unknown> = { fingerprint: entry.fingerprint };
  if (comment.trim()) body.comment = comment.trim();
  if (entry.assurance === 'passkey' && choice === 'allow') {
    body.passkey = await assert_passkey(await api.post<RequestOptions>(`${path}/passkey`, { choice }));
  }
  return api.post<Approval>(`${path}/${choice}`, body);
}

function AnswerBar({ entry, take }: { entry: Approval; take: (value: Approval) => void }) {
  const wanted = route.get().query.get('answer');
  const [choice, set_choice] = useState<Choice | undefined>(
    wanted === 'allow' || wanted === 'deny' ? wanted : undefined,
  );
  const [comment, set_comment] = useState('');
  const doing = useDoing();
  const bar = useRef<HTMLDivElement>(null);
  const arm = (value: Choice) => set_choice(value);
  useEffect(() => {
    // On a phone this would bring up the keyboard over the very thing that is asked about.
    if (choice && matchMedia('(pointer: fine)').matches) {
      bar.current?.querySelector<HTMLElement>('textarea')?.focus({ preventScroll: true });
    }
  }, [choice]);
  const answer = async (value: Choice) => {
    const is_done = await doing.run(async () => {
      try {
        const after = await send(entry, value, comment);
        take(after);
        tell(said(value, after), value === 'allow' ? 'allow' : 'info');
      } catch (error) {
        if (error instanceof Problem && error.code === 'conflict')
          take(await api.get<Approval>(`approvals/${entry.id}`));
        throw error;
      }
    });
    if (is_done) set_choice(undefined);
  };
  useKeys({ a: () => arm('allow'), d: () => arm('deny'), Escape: () => set_choice(undefined) });
  if (!may('approver') || !entry.you.may_answer) {
    return (
      <Note tone="info">{entry.you.why_not ?? 'Your role sees approvals and does not answer them.'}</Note>
    );
  }
  const send_by_key = (event: KeyboardEvent) => {
    if (event.key === 'Escape') set_choice(undefined);
    if (event.key !== 'Enter' || event.shiftKey || !choice) return;
    event.preventDefault();
    answer(choice);
  };
  return (
    <div class="answer-bar" ref={bar}>
      <Said doing={doing} />
      {choice && (
        <div onKeyDown={send_by_key}>
          <Area
            label={choice === 'allow' ? 'A word with it, if you like' : 'Why not? The agent is told.'}
            rows={2}
            value={comment}
            set={set_comment}
          />
        </div>
      )}
      {entry.assurance === 'passkey' && (
        <p class="small soft">
          <Icon name="key" size={14} /> Approving this needs your passkey.
        </p>
      )}
      <div class="answer-buttons">
        {choice ? (
          <>
            <Button onClick={() => set_choice(undefined)}>Back</Button>
            <Button
              kind={choice}
              icon={choice === 'allow' ? 'check' : 'cross'}
              busy={doing.busy}
              onClick={() => answer(choice)}
            >
              {choice === 'allow' ? 'Approve this once' : 'Deny it'}
            </Button>
          </>
        ) : (
          <>
            <Button kind="deny" icon="cross" keys="d" disabled={doing.busy} onClick={() => arm('deny')}>
              Deny
            </Button>
            <Button kind="allow" icon="check" keys="a" busy={doing.busy} onClick={() => arm('allow')}>
              Approve
            </Button>
          </>
        )}
      </div>
    </div>
  );
}

function said(choice: Choice, after: Approval): string {
  if (choice === 'deny') return 'Denied. The agent is told.';
  if (after.state === 'allowed') return 'Approved. It runs once.';
  const left = after.approvers.reduce((sum, each) => sum + Math.max(0, each.required - each.allowed), 0);
  return `Your yes is recorded; ${plural(left, 'more is', 'more are')} needed.`;
}

const endings: Record<string, string> = {
  allowed: 'It was approved and may run once.',
  denied: 'It was denied. The agent was told.',
  expired: 'Nobody answered in time, so it was denied.',
  withdrawn: 'The agent took its question back.',
  shutdown: 'The gateway stopped while it was open, so it was denied.',
};

function Ended({ entry }: { entry: Approval }) {
  const others = open_approvals(useCell(approvals));
  return (
    <div class="answer-bar ended">
      <p>
        <b>{endings[entry.state]}</b>{' '}
        <span class="soft">
          <Time at={entry.ended} />
        </span>
      </p>
      <div class="answer-buttons">
        <Button onClick={() => go(link('actions', entry.id))}>What became of it</Button>
        {others[0] ? (
          <Button kind="primary" onClick={() => go(link('approvals', others[0]!.id))}>
            Next ({others.length})
          </Button>
        ) : (
          <Button kind="primary" onClick={() => go(link('now'))}>
            Done
          </Button>
        )}
      </div>
    </div>
  );
}
