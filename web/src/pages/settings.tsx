// Settings: one's own ways to sign in, the other people, tokens for programs, break-glass, the gateway's
// settings.
import { useState } from 'preact/hooks';
import { api, useLoad } from '../core/api';
import { now, useCell } from '../core/cell';
import { count_of, span_of } from '../core/format';
import { status } from '../core/live';
import { go, link } from '../core/route';
import { may } from '../core/session';
import type { BreakGlass, Scope, Token } from '../core/types';
import { Area, Dialog, Field, Said, Select, Switcher, tell, useDoing } from '../ui/form';
import { useFresh } from '../ui/fresh';
import { Icon } from '../ui/icon';
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
  Time,
} from '../ui/parts';
import { Me } from './me';
import { People } from './people';

const tabs: [string, string][] = [
  ['me', 'Me'],
  ['people', 'People'],
  ['tokens', 'Tokens'],
  ['breakglass', 'Break-glass'],
  ['gateway', 'Gateway'],
];

export function SettingsPage({ tab }: { tab: string }) {
  return (
    <>
      <PageHead title="Settings" />
      <Switcher
        label="Part of the settings"
        value={tab || 'me'}
        options={tabs}
        set={(value) => go(link('settings', value), true)}
      />
      {(!tab || tab === 'me') && <Me />}
      {tab === 'people' && <People />}
      {tab === 'tokens' && <Tokens />}
      {tab === 'breakglass' && <Break />}
      {tab === 'gateway' && <Gateway />}
    </>
  );
}

const scopes: [Scope, string][] = [
  ['read', 'see everything'],
  ['approve', 'answer approvals'],
  ['operate', 'reload, credentials, agents'],
  ['admin', 'people'],
];

function Tokens() {
  const loaded = useLoad<Token[]>('tokens');
  const [is_making, set_making] = useState(false);
  const fresh = useFresh();
  const doing = useDoing();
  const revoke = async (of: Token) => {
    if (await doing.run(() => api.remove(`tokens/${encodeURIComponent(of.id)}`)))
      tell(`“${of.label}” opens nothing any more.`);
    loaded.again();
  };
  return (
    <Card
      title="Tokens for programs"
      side={
        <Button small icon="plus" onClick={() => fresh.ask(() => set_making(true))}>
          New token
        </Button>
      }
    >
      <p class="soft pad">
        For the command line and scripts: <code>CLAWPATROL_TOKEN</code>. Never more than your own role.
      </p>
      {loaded.problem && <Failure problem={loaded.problem} again={loaded.again} />}
      {!loaded.value && !loaded.problem && <Loading rows={2} />}
      {loaded.value?.length === 0 && (
        <Empty title="No tokens." icon="key">
          Nothing but people can sign in.
        </Empty>
      )}
      <ul class="lines">
        {loaded.value?.map((each) => (
          <li key={each.id} class="row spread">
            <span>
              <b>
                <Foreign line text={each.label} />
              </b>{' '}
              {each.scopes.map((scope) => (
                <Chip key={scope}>{scope}</Chip>
              ))}
              <br />
              <span class="soft small">
                {each.person} · last used <Ago at={each.last_used} />
                {each.expires && (
                  <>
                    {' '}
                    · until <Time at={each.expires} />
                  </>
                )}
              </span>
            </span>
            <Button small onClick={() => revoke(each)} label={`Revoke ${each.label}`}>
              Revoke
            </Button>
          </li>
        ))}
      </ul>
      <Said doing={doing} />
      {fresh.dialog}
      {is_making && <NewToken close={() => (set_making(false), loaded.again())} />}
    </Card>
  );
}

function NewToken({ close }: { close: () => void }) {
  const [label, set_label] = useState('');
  const [chosen, set_chosen] = useState<Scope[]>(['read']);
  const [days, set_days] = useState('90');
  const [made, set_made] = useState<Token | undefined>();
  const doing = useDoing();
  const make = (event: Event) => {
    event.preventDefault();
    return doing.run(async () =>
      set_made(await api.post<Token>('tokens', { label, scopes: chosen, days: Number(days) })),
    );
  };
  if (made?.token) {
    return (
      <Dialog title="Your token" close={close}>
        <Note tone="held">It is shown once. Copy it now; the gateway keeps only its hash.</Note>
        <Code text={made.token} label="The token" />
        <div class="row end">
          <Button kind="primary" onClick={close}>
            I have it
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="A token for a program" close={close}>
      <form onSubmit={make}>
        <Field label="What for" value={label} set={set_label} maxLength={100} required />
        <fieldset>
          <legend>It may</legend>
          {scopes.map(([scope, words]) => (
            <label key={scope} class="check">
              <input
                type="checkbox"
                checked={chosen.includes(scope)}
                onChange={(event) =>
                  set_chosen(
                    event.currentTarget.checked
                      ? [...chosen, scope]
                      : chosen.filter((each) => each !== scope),
                  )
                }
              />
              <span>
                <b>{scope}</b> — {words}
              </span>
            </label>
          ))}
        </fieldset>
        <Select
          label="For"
          value={days}
          set={set_days}
          options={[
            ['1', 'a day'],
            ['7', 'a week'],
            ['30', '30 days'],
            ['90', '90 days'],
            ['366', 'a year'],
          ]}
        />
        <Said doing={doing} />
        <div class="row end">
          <Button type="submit" kind="primary" busy={doing.busy} disabled={!label || chosen.length === 0}>
            Make it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Break() {
  const loaded = useLoad<BreakGlass[]>('breakglass', 10000);
  const [profile, set_profile] = useState('');
  const [minutes, set_minutes] = useState('15');
  const [reason, set_reason] = useState('');
  const fresh = useFresh();
  const doing = useDoing();
  const grant = async () => {
    const body = { profile: profile.trim(), minutes: Number(minutes), reason: reason.trim() };
    if (!(await doing.run(() => api.post('breakglass', body)))) return;
    tell(`Break-glass for ${profile}: everybody is told, every action is flagged.`, 'deny');
    set_reason('');
    loaded.again();
  };
  const end = async (id: string) => {
    await doing.run(() => api.remove(`breakglass/${encodeURIComponent(id)}`));
    loaded.again();
  };
  return (
    <div class="two-columns">
      <Card title="Open now">
        {loaded.problem && <Failure problem={loaded.problem} again={loaded.again} />}
        {loaded.value?.length === 0 && <Empty title="Nothing is broken open." />}
        <ul class="lines">
          {loaded.value?.map((each) => (
            <li key={each.id} class="row spread">
              <span>
                <b class="tone-deny">{each.profile}</b> by {each.person} · <Left until={each.until} />
                <br />
                <span class="soft">
                  <Foreign line text={each.reason} />
                </span>
              </span>
              {may('operator') && (
                <Button small kind="deny" onClick={() => end(each.id)}>
                  End it
                </Button>
              )}
            </li>
          ))}
        </ul>
      </Card>
      <Card title="Break the glass">
        <p class="soft pad">
          For an emergency: rules marked <code>break_glass</code> come into force for a profile, for minutes.
          Everybody is told, and every action is flagged in the record.
        </p>
        {may('operator') ? (
          <form class="pad" onSubmit={(event) => (event.preventDefault(), fresh.ask(grant))}>
            <Field label="Profile" value={profile} set={set_profile} required />
            <Select
              label="For"
              value={minutes}
              set={set_minutes}
              options={[
                ['5', '5 minutes'],
                ['15', '15 minutes'],
                ['30', '30 minutes'],
                ['60', '60 minutes'],
              ]}
            />
            <Area
              label="Why"
              value={reason}
              set={set_reason}
              hint="It stands in the record with your name."
            />
            <Said doing={doing} />
            <Button
              type="submit"
              kind="deny"
              icon="bolt"
              busy={doing.busy}
              disabled={!profile.trim() || !reason.trim()}
            >
              Break the glass
            </Button>
          </form>
        ) : (
          <Note tone="info">An operator can do this; your role cannot.</Note>
        )}
      </Card>
      {fresh.dialog}
    </div>
  );
}

function Left({ until }: { until: string }) {
  const left = Date.parse(until) - useCell(now);
  return <span class="tabular">{left > 0 ? `${span_of(left)} left` : 'over'}</span>;
}

function Gateway() {
  const loaded = useLoad<Record<string, unknown>>('settings');
  if (loaded.problem) return <Failure problem={loaded.problem} again={loaded.again} />;
  if (!loaded.value) return <Loading />;
  return (
    <>
      <Channels />
      <InForce of={loaded.value} />
    </>
  );
}

// Where people are told of questions, and whether it gets there.
function Channels() {
  const channels = useCell(status)?.channels ?? [];
  if (channels.length === 0) return null;
  return (
    <Card title="Channels">
      <ul class="lines">
        {channels.map((each) => (
          <li key={each.name} class="row spread">
            <span>
              <b>
                <Foreign line text={each.name} />
              </b>{' '}
              {each.failing ? <Chip tone="deny">failing</Chip> : <Chip tone="allow">works</Chip>}
              <br />
              <span class="soft small">
                {count_of(each.sent)} sent · {count_of(each.failed)} failed · {count_of(each.waiting)} waiting
                {each.failing && (
                  <>
                    {' '}
                    · since <Ago at={each.since} />: <Foreign line text={each.why ?? ''} />
                  </>
                )}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function InForce({ of }: { of: Record<string, unknown> }) {
  return (
    <Card title="Settings in force">
      <p class="soft pad">
        <Icon name="settings" size={14} /> They come from the configuration’s files and are changed there.
      </p>
      <Code text={JSON.stringify(of, null, 2)} label="Settings in force" />
    </Card>
  );
}
