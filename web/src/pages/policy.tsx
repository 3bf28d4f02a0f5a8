// The policy as it is in force: its rules with how often each decided, its files, and what a candidate would
// change.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { api, useLoad } from '../core/api';
import { diff, near_changes, type Line } from '../core/diff';
import { count_of, plural, visible } from '../core/format';
import { go, link, route } from '../core/route';
import { may } from '../core/session';
import type { PolicyAnswer, Rule, Simulation } from '../core/types';
import { Area, Field, Said, Select, Switcher, tell, useDoing } from '../ui/form';
import {
  Ago,
  Button,
  Card,
  Chip,
  Code,
  Empty,
  Failure,
  Foreign,
  Loading,
  Note,
  PageHead,
  RuleVerdict,
  Time,
  Verdict,
} from '../ui/parts';

export function PolicyPage({ tab }: { tab: string }) {
  const loaded = useLoad<PolicyAnswer>('policy');
  const doing = useDoing();
  const reload = async () => {
    if (!(await doing.run(() => api.post('reload')))) return;
    tell('Reload has begun.');
    setTimeout(loaded.again, 1500);
  };
  if (loaded.problem && !loaded.value) return <Failure problem={loaded.problem} again={loaded.again} />;
  if (!loaded.value) return <Loading rows={8} />;
  const policy = loaded.value;
  const tabs: [string, string][] = [
    ['rules', 'Rules'],
    ['files', 'Files'],
  ];
  if (may('operator')) tabs.push(['simulate', 'Simulate']);
  return (
    <>
      <PageHead
        title="Policy"
        side={
          may('operator') && (
            <Button busy={doing.busy} onClick={reload}>
              Reload
            </Button>
          )
        }
      >
        Version <code>{policy.version.slice(0, 12)}</code>, in force since <Time at={policy.loaded} />.
      </PageHead>
      <Said doing={doing} />
      {policy.reload_error && (
        <Note tone="deny">
          <b>
            The last reload failed <Time at={policy.reload_failed} />; the policy before it is in force.
          </b>
          <pre class="code">{visible(policy.reload_error)}</pre>
        </Note>
      )}
      <Switcher
        label="Part of the policy"
        value={tab || 'rules'}
        options={tabs}
        set={(value) => go(link('policy', value), true)}
      />
      {(!tab || tab === 'rules') && <Rules policy={policy} />}
      {tab === 'files' && <Files policy={policy} />}
      {tab === 'simulate' && <Simulate policy={policy} />}
    </>
  );
}

function hits_of(rule: Rule): number {
  return rule.hits.allow + rule.hits.deny; // Those a person was asked about are among them.
}

function Rules({ policy }: { policy: PolicyAnswer }) {
  const [text, set_text] = useState(route.get().query.get('rule') ?? '');
  const [endpoint, set_endpoint] = useState('');
  const [which, set_which] = useState('');
  const shown = useMemo(
    () =>
      policy.rules.filter((rule) => {
        if (endpoint && !rule.endpoints.includes(endpoint)) return false;
        if (which === 'never' && (hits_of(rule) > 0 || rule.disabled)) return false;
        if (which === 'own' && rule.pack) return false;
        const words = `${rule.name} ${rule.condition} ${rule.reason ?? ''} ${rule.pack ?? ''}`.toLowerCase();
        return words.includes(text.toLowerCase());
      }),
    [policy, text, endpoint, which],
  );
  const never = policy.rules.filter((rule) => hits_of(rule) === 0 && !rule.disabled).length;
  return (
    <>
      <div class="row filters">
        <Field
          label="Find a rule"
          hidden_label
          type="search"
          placeholder="Find a rule…"
          value={text}
          set={set_text}
        />
        <Select
          label="Endpoint"
          hidden_label
          value={endpoint}
          set={set_endpoint}
          options={[
            ['', 'all endpoints'],
            ...policy.endpoints.map((each): [string, string] => [each.name, each.name]),
          ]}
        />
        <Select
          label="Which"
          hidden_label
          value={which}
          set={set_which}
          options={[
            ['', `all ${policy.rules.length} rules`],
            ['never', `never matched (${never})`],
            ['own', 'without packs'],
          ]}
        />
      </div>
      <ul class="endpoints row wrap" aria-label="Endpoints">
        {policy.endpoints.map((each) => (
          <li key={each.name}>
            <Chip tone={each.mode === 'observe' ? 'held' : 'plain'} title={each.unserved}>
              {each.name} · {each.family}
              {each.mode === 'observe' && ' · only observed'} · else {each.default}
            </Chip>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <Empty title="No rule is like this." icon="policy" />}
      <ol class="rules">
        {shown.map((rule) => (
          <RuleCard key={`${rule.name} ${rule.where} ${rule.endpoints.join()}`} of={rule} />
        ))}
      </ol>
    </>
  );
}

function RuleCard({ of }: { of: Rule }) {
  const hits = hits_of(of);
  return (
    <li class={`card rule ${of.disabled ? 'off' : ''}`}>
      <header class="row spread">
        <h2 class="row wrap">
          <RuleVerdict of={of.verdict} />
          <span>{of.name}</span>
          {of.shadow && <Chip title="Evaluated and recorded, never obeyed">shadow</Chip>}
          {of.disabled && <Chip>off</Chip>}
          {of.pack && <Chip title="From a pack">{of.pack}</Chip>}
          {of.priority !== 0 && <Chip>priority {of.priority}</Chip>}
        </h2>
        {hits === 0 ? (
          !of.disabled && (
            <Chip tone="held" title="In all that is on record">
              never matched
            </Chip>
          )
        ) : (
          <span class="small tabular">
            <a href={link('actions', '', `rule=${encodeURIComponent(of.name)}`)}>
              {plural(hits, 'match', 'matches')}
            </a>
            {of.hits.approve > 0 && <span class="soft"> · {count_of(of.hits.approve)} asked</span>}{' '}
            <span class="soft">
              <Ago at={of.last_hit} />
            </span>
          </span>
        )}
      </header>
      {of.condition && (
        <pre class="condition" tabIndex={0} aria-label={`Condition of ${of.name}`}>
          {of.condition}
        </pre>
      )}
      <p class="soft small">
        {of.reason && (
          <>
            <span class="text">{of.reason}</span> ·{' '}
          </>
        )}
        {of.endpoints.join(', ')}
        {of.credential && ` · credential ${of.credential}`}
        {of.profiles && of.profiles.length > 0 && ` · profiles ${of.profiles.join(', ')}`}
        {of.approvers && of.approvers.length > 0 && ` · asks ${of.approvers.join(', then ')}`} · {of.where}
      </p>
    </li>
  );
}

function Files({ policy }: { policy: PolicyAnswer }) {
  if (policy.files.length === 0) return <Empty title="The files are not shown to your role." icon="policy" />;
  return (
    <>
      {policy.files.map((file) => (
        <Card key={file.path} title={<code>{file.path}</code>}>
          <Code text={file.text} label={file.path} />
        </Card>
      ))}
    </>
  );
}

function Simulate({ policy }: { policy: PolicyAnswer }) {
  const [path, set_path] = useState(policy.files[0]?.path ?? 'candidate.hcl');
  const [texts, set_texts] = useState<Record<string, string>>(() =>
    Object.fromEntries(policy.files.map((file) => [file.path, file.text])),
  );
  const [since, set_since] = useState('24h');
  const [result, set_result] = useState<Simulation | undefined>();
  const doing = useDoing();
  useEffect(() => {
    const taken = sessionStorage.getItem('claw-candidate');
    if (!taken) return;
    sessionStorage.removeItem('claw-candidate');
    set_texts((old) => ({ ...old, [path]: `${(old[path] ?? '').trimEnd()}\n\n${taken.trim()}\n` }));
  }, []);
  const before = policy.files.find((file) => file.path === path)?.text ?? '';
  const text = texts[path] ?? '';
  const run = () =>
    doing.run(async () => set_result(await api.post<Simulation>('policy/simulate', { files: texts, since })));
  return (
    <div class="two-columns">
      <Card
        title="The candidate"
        side={
          policy.files.length > 1 && (
            <Select
              label="File"
              hidden_label
              value={path}
              set={set_path}
              options={policy.files.map((file): [string, string] => [file.path, file.path])}
            />
          )
        }
      >
        <div class="pad">
          <Area
            label={path}
            mono
            rows={22}
            value={text}
            set={(value) => set_texts({ ...texts, [path]: value })}
          />
          <div class="row spread">
            <Select
              label="Recorded actions of"
              value={since}
              set={set_since}
              options={[
                ['1h', 'the last hour'],
                ['24h', 'the last day'],
                ['168h', 'the last week'],
                ['720h', 'the last 30 days'],
              ]}
            />
            <Button kind="primary" busy={doing.busy} onClick={run}>
              Try it on what was recorded
            </Button>
          </div>
          <Said doing={doing} />
        </div>
      </Card>
      <div>
        {result && <Outcome of={result} />}
        <Card title="What is different in the text">
          <Lines lines={diff(before, text)} />
        </Card>
      </div>
    </div>
  );
}

function Lines({ lines }: { lines: Line[] }) {
  const marks = { '+': 'added', '-': 'removed', ' ': '' };
  if (lines.every((line) => line.mark === ' '))
    return <p class="soft pad">Nothing yet: it is the policy in force.</p>;
  return (
    <pre class="code diff" tabIndex={0} aria-label="Differences">
      {near_changes(lines).map((line, at) =>
        typeof line === 'number' ? (
          <span key={at} class="place">{`⋯ ${plural(line, 'line')} as before\n`}</span>
        ) : (
          <span key={at} class={marks[line.mark]}>{`${line.mark} ${visible(line.text)}\n`}</span>
        ),
      )}
    </pre>
  );
}

function Outcome({ of }: { of: Simulation }) {
  const errors = of.issues.filter((issue) => issue.severity === 'error');
  const total = of.changed_total ?? of.changed.length;
  return (
    <Card title="What would be different">
      {of.issues.map((issue, at) => (
        <Note key={at} tone={issue.severity === 'error' ? 'deny' : 'held'}>
          {issue.file && (
            <code>
              {issue.file}:{issue.line}:{issue.column}{' '}
            </code>
          )}
          <pre class="code">
            <Foreign text={issue.text} />
          </pre>
        </Note>
      ))}
      {errors.length === 0 && (
        <p class="pad" role="status">
          <b>
            {total === 0
              ? 'Nothing would have been decided otherwise'
              : `${plural(total, 'action')} would have been decided otherwise`}
          </b>{' '}
          of {count_of(of.judged)} judged again
          {of.not_judgeable > 0 && `; ${count_of(of.not_judgeable)} could not be`}.
        </p>
      )}
      {of.changed.length > 0 && (
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Changed verdicts">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">action</th>
                <th scope="col">was</th>
                <th scope="col">would be</th>
              </tr>
            </thead>
            <tbody>
              {of.changed.slice(0, 200).map((each) => (
                <tr key={each.action}>
                  <td>
                    <a class="mono clip" href={link('actions', each.action)}>
                      <Foreign line text={each.summary} />
                    </a>
                    {each.agent && (
                      <small class="soft">
                        {each.agent} · {each.endpoint} · <Time at={each.time} />
                      </small>
                    )}
                  </td>
                  <td>
                    <Verdict of={each.was} />
                    <small class="soft">{each.rule_was}</small>
                  </td>
                  <td>
                    <Verdict of={each.now} />
                    <small class="soft">{each.rule_now}</small>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
