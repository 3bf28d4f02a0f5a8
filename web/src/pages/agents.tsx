// Who acts: how busy, how often refused, what labels their work carries and what is left of their budgets.
import { Sparkline } from '../charts/charts';
import { api, useLoad } from '../core/api';
import { count_of, plural } from '../core/format';
import { link } from '../core/route';
import { may } from '../core/session';
import type { Agent, Budget } from '../core/types';
import { Said, tell, useDoing } from '../ui/form';
import { Ago, Button, Chip, Empty, Failure, Loading, PageHead, Time } from '../ui/parts';

export function AgentsPage() {
  const loaded = useLoad<Agent[]>('agents', 10000);
  return (
    <>
      <PageHead title="Agents">
        Configured ones, and those seen in the last day. Figures are of the last 24 hours.
      </PageHead>
      {loaded.problem && <Failure problem={loaded.problem} again={loaded.again} />}
      {!loaded.value && !loaded.problem && <Loading rows={6} />}
      {loaded.value?.length === 0 && (
        <Empty title="No agents yet." icon="agents">
          Name them in the configuration, or let one connect: <code>clawpatrol env</code> prints what it
          needs.
        </Empty>
      )}
      <div class="agent-cards">
        {loaded.value?.map((agent) => (
          <AgentCard key={agent.name} of={agent} again={loaded.again} />
        ))}
      </div>
    </>
  );
}

function AgentCard({ of, again }: { of: Agent; again: () => void }) {
  const doing = useDoing();
  const total = of.sparkline.reduce((sum, count) => sum + count, 0);
  const end_session = async () => {
    const is_done = await doing.run(() => api.remove(`agents/${encodeURIComponent(of.name)}/session`));
    if (is_done) tell(`The work of ${of.name} begins anew: no labels, counts at zero.`);
    again();
  };
  return (
    <section class="card agent-card" aria-label={`Agent ${of.name}`}>
      <header class="row spread">
        <h2>
          <span class="avatar" aria-hidden="true">
            {of.name.slice(0, 1).toUpperCase()}
          </span>{' '}
          {of.name}
        </h2>
        <span class="soft small">
          <Ago at={of.last_seen} />
        </span>
      </header>
      <p class="soft small">
        {of.profile ? `profile ${of.profile}` : 'no profile'}
        {of.owner && ` · acts for ${of.owner}`}
      </p>
      <Sparkline
        of={of.sparkline}
        width={300}
        height={40}
        label={`${plural(total, 'action')} in the last hour, by the minute`}
      />
      <dl class="tally">
        <div>
          <dt>actions</dt>
          <dd>
            <a href={link('actions', '', `agent=${encodeURIComponent(of.name)}`)}>{count_of(of.actions)}</a>
          </dd>
        </div>
        <div>
          <dt>denied</dt>
          <dd class={of.denied ? 'tone-deny' : ''}>
            <a href={link('actions', '', `agent=${encodeURIComponent(of.name)}&verdict=deny`)}>
              {count_of(of.denied)}
            </a>
          </dd>
        </div>
        <div>
          <dt>waiting</dt>
          <dd class={of.held ? 'tone-held' : ''}>{count_of(of.held)}</dd>
        </div>
      </dl>
      {of.labels.length > 0 && (
        <p class="row wrap">
          <span class="soft small">labels</span>{' '}
          {of.labels.map((label) => (
            <Chip key={label} tone="held">
              {label}
            </Chip>
          ))}
        </p>
      )}
      {of.budgets.map((budget) => (
        <BudgetBar key={`${budget.name} ${budget.what}`} of={budget} />
      ))}
      <Said doing={doing} />
      <footer class="row">
        <a class="small" href={link('sessions', '', `agent=${encodeURIComponent(of.name)}`)}>
          Sessions
        </a>
        {may('operator') && of.labels.length + of.budgets.length > 0 && (
          <Button
            small
            kind="quiet"
            busy={doing.busy}
            onClick={end_session}
            title="Ends the agent’s stretch of work, with its counts and labels"
          >
            Begin anew
          </Button>
        )}
      </footer>
    </section>
  );
}

function BudgetBar({ of }: { of: Budget }) {
  const part = of.limit > 0 ? Math.min(1, of.used / of.limit) : 1;
  const tone = part >= 1 ? 'full' : part > 0.8 ? 'high' : '';
  return (
    <div class="budget">
      <span class="row spread small">
        <span>
          {of.name} <span class="soft">{of.what.replaceAll('_', ' ')}</span>
        </span>
        <span class="tabular">
          {count_of(of.used)} of {count_of(of.limit)}
        </span>
      </span>
      <span
        class={`meter ${tone}`}
        role="meter"
        aria-label={`${of.name} ${of.what}`}
        aria-valuenow={of.used}
        aria-valuemin={0}
        aria-valuemax={of.limit}
      >
        <span style={{ width: `${part * 100}%` }} />
      </span>
      {of.resets && (
        <span class="soft small">
          again from <Time at={of.resets} />
        </span>
      )}
    </div>
  );
}
