// One's own account: password, authenticator, passkeys.
import { useState } from 'preact/hooks';
import { api, useLoad } from '../core/api';
import { useCell } from '../core/cell';
import { plural } from '../core/format';
import { can_use_passkeys, make_passkey, type CreationOptions } from '../core/passkey';
import { qr_of } from '../core/qr';
import { ask_session, session, take_session } from '../core/session';
import type { Person, Session } from '../core/types';
import { Dialog, Field, Said, tell, useDoing } from '../ui/form';
import { useFresh } from '../ui/fresh';
import { Ago, Button, Card, Chip, Code, Empty, Failure, Foreign, Loading, Note } from '../ui/parts';

export function Me() {
  const who = useCell(session);
  const loaded = useLoad<Person[]>('people');
  const me = loaded.value?.find((each) => each.name === who?.person);
  if (loaded.problem && !loaded.value) return <Failure problem={loaded.problem} again={loaded.again} />;
  if (!loaded.value) return <Loading />;
  if (!me) return <Empty title={`You are ${who?.person}, without an account here.`} icon="person" />;
  const again = () => (loaded.again(), ask_session().catch(() => undefined));
  return (
    <>
      {!me.has_totp && me.passkeys.length === 0 && (
        <Note tone="held">
          You have no second factor yet. A passkey is the best one, and some approvals ask for it.
        </Note>
      )}
      <div class="two-columns">
        <div>
          <Card title={me.name} side={<Chip>{me.role}</Chip>}>
            <p class="soft pad">
              {me.groups.length > 0 ? `In ${me.groups.join(', ')}.` : 'In no group.'} Signed in until the
              session ends or you sign out.
            </p>
          </Card>
          <Passkeys me={me} again={again} />
        </div>
        <div>
          <Authenticator me={me} again={again} />
          {me.has_password && <PasswordChange />}
        </div>
      </div>
    </>
  );
}

function PasswordChange() {
  const [old, set_old] = useState('');
  const [fresh, set_fresh] = useState('');
  const doing = useDoing();
  const change = async (event: Event) => {
    event.preventDefault();
    const is_done = await doing.run(async () =>
      take_session(await api.post<Session>('me/password', { old, new: fresh })),
    );
    if (!is_done) return;
    set_old('');
    set_fresh('');
    tell('Your password is changed. Your other sessions have ended.', 'allow');
  };
  return (
    <Card title="Password">
      <form class="pad" onSubmit={change}>
        <Field
          label="The present one"
          type="password"
          autoComplete="current-password"
          value={old}
          set={set_old}
          required
        />
        <Field
          label="A new one"
          type="password"
          autoComplete="new-password"
          value={fresh}
          set={set_fresh}
          required
          minLength={12}
          hint="Twelve characters or more."
        />
        <Said doing={doing} />
        <Button type="submit" busy={doing.busy} disabled={!old || fresh.length < 12}>
          Change it
        </Button>
      </form>
    </Card>
  );
}

function Authenticator({ me, again }: { me: Person; again: () => void }) {
  const [begun, set_begun] = useState<{ secret: string; uri: string } | undefined>();
  const fresh = useFresh();
  const doing = useDoing();
  const begin = () =>
    doing.run(async () => set_begun(await api.post<{ secret: string; uri: string }>('me/totp')));
  const remove = async () => {
    if (await doing.run(() => api.remove('me/totp'))) tell('The authenticator is no longer asked for.');
    again();
  };
  const has_factor = me.has_totp || me.passkeys.length > 0;
  return (
    <Card title="Authenticator app">
      <div class="pad">
        <p class="soft">
          {me.has_totp
            ? `Asked for after your password. ${plural(me.recovery_codes ?? 0, 'recovery code')} left.`
            : 'Codes of six digits from an app, for where no passkey is at hand.'}
        </p>
        <Said doing={doing} />
        <div class="row">
          <Button busy={doing.busy} onClick={() => (has_factor ? fresh.ask(begin) : begin())}>
            {me.has_totp ? 'Replace it' : 'Set it up'}
          </Button>
          {me.has_totp && (
            <Button kind="quiet" onClick={() => fresh.ask(remove)}>
              Remove
            </Button>
          )}
        </div>
      </div>
      {fresh.dialog}
      {begun && <ConfirmTotp of={begun} close={() => (set_begun(undefined), again())} />}
    </Card>
  );
}

function ConfirmTotp({ of, close }: { of: { secret: string; uri: string }; close: () => void }) {
  const [code, set_code] = useState('');
  const [codes, set_codes] = useState<string[] | undefined>();
  const doing = useDoing();
  const confirm = (event: Event) => {
    event.preventDefault();
    return doing.run(async () =>
      set_codes(
        (await api.post<{ recovery_codes: string[] }>('me/totp/confirm', { code: code.replaceAll(' ', '') }))
          .recovery_codes,
      ),
    );
  };
  if (codes) {
    return (
      <Dialog title="Recovery codes" close={close}>
        <Note tone="held">Each works once, should you lose the app. They are shown only now.</Note>
        <Code text={codes.join('\n')} label="Recovery codes" />
        <div class="row end">
          <Button kind="primary" onClick={close}>
            I have kept them
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Scan this with your app" close={close}>
      <div class="qr-row">
        <Qr text={of.uri} />
        <div>
          <p class="soft small">
            The picture was drawn in this browser. If you cannot scan it, type the secret:
          </p>
          <Code text={of.secret} label="The secret" />
        </div>
      </div>
      <form onSubmit={confirm}>
        <Field
          label="The code it shows now"
          value={code}
          set={set_code}
          inputMode="numeric"
          autoComplete="one-time-code"
          required
        />
        <Said doing={doing} />
        <div class="row end">
          <Button type="submit" kind="primary" busy={doing.busy} disabled={!code}>
            Confirm
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Qr({ text }: { text: string }) {
  const modules = qr_of(text);
  if (!modules) return <p class="soft">Too long for a picture.</p>;
  const size = modules.length + 8;
  const path = modules
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : '')))
    .join('');
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="QR code of the authenticator’s secret"
    >
      <rect width={size} height={size} class="qr-paper" />
      <path d={path} class="qr-ink" />
    </svg>
  );
}

function Passkeys({ me, again }: { me: Person; again: () => void }) {
  const [label, set_label] = useState('');
  const [is_adding, set_adding] = useState(false);
  const fresh = useFresh();
  const doing = useDoing();
  const add = async (event: Event) => {
    event.preventDefault();
    const is_done = await doing.run(async () => {
      const made = await make_passkey(await api.post<CreationOptions>('me/passkeys/options'));
      await api.post('me/passkeys', { label, ...made });
    });
    if (!is_done) return;
    set_label('');
    set_adding(false);
    tell('The passkey is yours.', 'allow');
    again();
  };
  const remove = async (id: string) => {
    if (await doing.run(() => api.remove(`me/passkeys/${encodeURIComponent(id)}`)))
      tell('The passkey was removed.');
    again();
  };
  const has_factor = me.has_totp || me.passkeys.length > 0;
  const begin = () => set_adding(true);
  return (
    <Card
      title="Passkeys"
      side={
        can_use_passkeys() && (
          <Button small icon="plus" onClick={() => (has_factor ? fresh.ask(begin) : begin())}>
            Add one
          </Button>
        )
      }
    >
      {!can_use_passkeys() && (
        <p class="soft pad">
          Passkeys need a secure address (https, or localhost) and a browser that has them.
        </p>
      )}
      {me.passkeys.length === 0 && (
        <p class="soft pad">None yet. It signs you in with a finger or a face, and cannot be phished.</p>
      )}
      <ul class="lines">
        {me.passkeys.map((each) => (
          <li key={each.id} class="row spread">
            <span>
              <b>
                <Foreign line text={each.label} />
              </b>
              <br />
              <span class="soft small">
                used <Ago at={each.last_used} />
              </span>
            </span>
            <Button
              small
              onClick={() => fresh.ask(() => remove(each.id))}
              label={`Remove the passkey ${each.label}`}
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      {!is_adding && <Said doing={doing} />}
      {fresh.dialog}
      {is_adding && (
        <Dialog title="A new passkey" close={() => set_adding(false)}>
          <form onSubmit={add}>
            <Field
              label="What you call it"
              value={label}
              set={set_label}
              placeholder="my phone"
              required
              maxLength={60}
            />
            <Said doing={doing} />
            <div class="row end">
              <Button type="submit" kind="primary" icon="key" busy={doing.busy} disabled={!label}>
                Make it
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </Card>
  );
}
