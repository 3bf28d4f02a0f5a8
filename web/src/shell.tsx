// What is around every page: the navigation, the state of the link to the gateway, the help for keys.
import { useEffect, useState } from 'preact/hooks';
import { Problem } from './core/api';
import { now, useCell } from './core/cell';
import { span_of } from './core/format';
import { help_is_open, pages, useKeys } from './core/keys';
import { approvals, link_state, missed, open_approvals, start_live, status } from './core/live';
import { link, route, type Route } from './core/route';
import { ask_session, session, sign_out } from './core/session';
import { theme, type Theme } from './core/theme';
import type { BreakGlass } from './core/types';
import { ActionPage, ActionsPage } from './pages/actions';
import { AgentsPage } from './pages/agents';
import { AnalyticsPage } from './pages/analytics';
import { ApprovalPage } from './pages/approval';
import { AuditPage } from './pages/audit';
import { CredentialsPage } from './pages/credentials';
import { FirstStart, Invited, SignIn } from './pages/door';
import { NowPage } from './pages/now';
import { PolicyPage } from './pages/policy';
import { ServersPage } from './pages/servers';
import { SessionPage, SessionsPage } from './pages/sessions';
import { SettingsPage } from './pages/settings';
import { Dialog, Toasts } from './ui/form';
import { Icon, Mark, type IconName } from './ui/icon';
import { Button, Empty } from './ui/parts';

export function Shell() {
  const who = useCell(session);
  const at = useCell(route);
  useCell(theme);
  const [problem, set_problem] = useState<Problem | undefined>();
  const ask = () => ask_session().then(() => set_problem(undefined), set_problem);
  useEffect(() => void ask(), []);
  if (at.page === 'first')
    return (
      <>
        <FirstStart token={at.id} />
        <Toasts />
      </>
    );
  if (at.page === 'invite')
    return (
      <>
        <Invited token={at.id} />
        <Toasts />
      </>
    );
  if (problem) {
    return (
      <main class="door">
        <Empty title="The gateway does not answer." icon="alert">
          <p>{problem.message}. Agents are held or refused while it is away; nothing passes unseen.</p>
          <Button onClick={ask}>Try again</Button>
        </Empty>
      </main>
    );
  }
  if (!who)
    return (
      <main class="door" aria-busy="true">
        <span class="spinner big" role="status" aria-label="Loading" />
      </main>
    );
  if (who.state === 'first_start') return <FirstStart />;
  if (who.state !== 'signed_in')
    return (
      <>
        <SignIn />
        <Toasts />
      </>
    );
  return <Inside at={at} />;
}

function Inside({ at }: { at: Route }) {
  useEffect(start_live, []);
  const held = open_approvals(useCell(approvals)).length;
  useEffect(() => {
    document.title = held > 0 ? `(${held}) Claw Patrol` : 'Claw Patrol';
  }, [held]);
  useEffect(() => {
    scrollTo(0, 0);
    const main = document.querySelector('main');
    // Whoever listens begins at the heading, unless the page has put the focus into a field of its own.
    if (main?.contains(document.activeElement)) return;
    main?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }, [at.page, at.id]);
  return (
    <div class="shell">
      <a
        class="skip"
        href={location.hash || '#/now'}
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>('main h1')?.focus();
        }}
      >
        Skip to the page
      </a>
      <Navigation page={at.page} held={held} />
      <div class="stage">
        <Banners />
        <main id="page">
          <Page at={at} />
        </main>
      </div>
      <KeyHelp />
      <Toasts />
    </div>
  );
}

function Page({ at }: { at: Route }) {
  switch (at.page) {
    case 'now':
      return <NowPage />;
    case 'approvals':
      return at.id ? <ApprovalPage key={at.id} id={at.id} /> : <NowPage />;
    case 'actions':
      return at.id ? <ActionPage key={at.id} id={at.id} /> : <ActionsPage at={at} />;
    case 'sessions':
      return at.id ? <SessionPage key={at.id} id={at.id} /> : <SessionsPage at={at} />;
    case 'agents':
      return <AgentsPage />;
    case 'policy':
      return <PolicyPage tab={at.id} />;
    case 'servers':
      return <ServersPage />;
    case 'credentials':
      return <CredentialsPage />;
    case 'analytics':
      return <AnalyticsPage />;
    case 'audit':
      return <AuditPage />;
    case 'settings':
      return <SettingsPage tab={at.id} />;
    default:
      return (
        <Empty title="There is no such page." icon="search">
          <p>
            The link may be from another version. <a href={link('now')}>Back to what happens now</a>
          </p>
        </Empty>
      );
  }
}

function Navigation({ page, held }: { page: string; held: number }) {
  const [is_open, set_open] = useState(false);
  const here = page === 'approvals' ? 'now' : page;
  useEffect(() => set_open(false), [page]);
  return (
    <nav class={`nav ${is_open ? 'open' : ''}`} aria-label="Pages">
      <a class="brand" href={link('now')}>
        <Mark /> <span>Claw Patrol</span>
      </a>
      <ul>
        {pages.map(([key, name, words], index) => (
          <li key={name} class={index > 2 ? 'later' : ''}>
            <a href={link(name)} aria-current={name === here ? 'page' : undefined} title={`g ${key}`}>
              <Icon name={name as IconName} size={18} />
              <span>{words}</span>
              {name === 'now' && held > 0 && (
                <b class="badge" aria-label={`${held} waiting`}>
                  {held}
                </b>
              )}
            </a>
          </li>
        ))}
        <li class="more">
          <button type="button" aria-expanded={is_open} onClick={() => set_open(!is_open)}>
            <Icon name="more" size={18} />
            <span>More</span>
          </button>
        </li>
      </ul>
      <Me />
    </nav>
  );
}

const themes: Record<Theme, [next: Theme, words: string]> = {
  system: ['light', 'Theme: as the system'],
  light: ['dark', 'Theme: light'],
  dark: ['system', 'Theme: dark'],
};

function Me() {
  const who = useCell(session);
  const state = useCell(link_state);
  const present = useCell(theme);
  const words = { live: 'live', connecting: 'connecting', lost: 'connection lost' }[state];
  return (
    <div class="me">
      <span class={`link-state ${state}`} role="status">
        <i aria-hidden="true" />
        {words}
      </span>
      <div class="row">
        <a class="me-name" href={link('settings')} title="Your account">
          <Icon name="person" />{' '}
          <span>
            {who?.person}
            <small>{who?.role}</small>
          </span>
        </a>
        <Button
          kind="quiet"
          small
          icon="theme"
          label={themes[present][1]}
          title={themes[present][1]}
          onClick={() => theme.set(themes[present][0])}
        />
        <Button
          kind="quiet"
          small
          icon="out"
          label="Sign out"
          title="Sign out"
          onClick={() => sign_out().catch(() => location.reload())}
        />
      </div>
    </div>
  );
}

function Banners() {
  const known = useCell(status);
  const state = useCell(link_state);
  const lost = useCell(missed);
  return (
    <div class="banners">
      {state === 'lost' && (
        <div class="banner tone-held" role="status">
          <Icon name="alert" /> The connection to the gateway was lost; trying again. What is shown may be
          old.
        </div>
      )}
      {known?.reload_error && (
        <div class="banner tone-deny">
          <Icon name="alert" /> The last reload failed and the policy before it is in force.{' '}
          <a href={link('policy')}>See what was wrong</a>
        </div>
      )}
      {known?.breakglass?.map((grant) => (
        <Broken key={grant.id} grant={grant} />
      ))}
      {lost > 0 && (
        <div class="banner tone-info">
          <Icon name="now" /> {lost} events came too fast to be shown. They are all on record.
          <Button small kind="quiet" onClick={() => missed.set(0)}>
            Fine
          </Button>
        </div>
      )}
    </div>
  );
}

function Broken({ grant }: { grant: BreakGlass }) {
  const left = Date.parse(grant.until) - useCell(now);
  if (left <= 0) return null;
  return (
    <div class="banner tone-deny">
      <Icon name="bolt" />
      <span>
        <b>Break-glass</b> for {grant.profile} by {grant.person}, {span_of(left)} left: {grant.reason}
      </span>
      <a href={link('settings', 'breakglass')}>End it</a>
    </div>
  );
}

const help: [keys: string, what: string][] = [
  ['j  k', 'next, previous'],
  ['Enter', 'open'],
  ['a', 'approve (on an approval, or the first one waiting)'],
  ['d', 'deny'],
  ['/', 'search'],
  ['Space', 'stop and go on with the stream'],
  ['?', 'this help'],
];

function KeyHelp() {
  const is_open = useCell(help_is_open);
  useKeys({});
  if (!is_open) return null;
  return (
    <Dialog title="Keys" close={() => help_is_open.set(false)}>
      <dl class="keys">
        {help.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split('  ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
        {pages.map(([key, , name]) => (
          <div key={key}>
            <dt>
              <kbd>g</kbd>
              <kbd>{key}</kbd>
            </dt>
            <dd>{name}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
