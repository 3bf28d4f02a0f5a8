// The way in: the first admin, an invitation, and signing in with whatever the person has.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../core/api';
import { useCell } from '../core/cell';
import { assert_passkey, can_use_passkeys, type RequestOptions } from '../core/passkey';
import { go, link } from '../core/route';
import { session, take_session } from '../core/session';
import type { Session } from '../core/types';
import { Field, Said, useDoing } from '../ui/form';
import { Mark } from '../ui/icon';
import { Button } from '../ui/parts';

function Door({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <main class="door">
      <div class="door-box card">
        <p class="brand">
          <Mark size={34} /> <span>Claw Patrol</span>
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

export function FirstStart({ token = '' }: { token?: string }) {
  const [name, set_name] = useState('');
  if (!token) {
    return (
      <Door title="Nobody is at home yet">
        <p class="soft">
          When it started, the gateway printed a link that works once. Open it to become the first admin. If
          it is lost, restart the gateway: it prints a new one.
        </p>
      </Door>
    );
  }
  return (
    <Door title="Welcome. Be the first admin.">
      <p class="soft">This link works once. Afterwards you invite others, and give yourself a passkey.</p>
      <NewPassword
        name={name}
        words="Begin"
        send={(password) => api.post<Session>('session/first', { link: token, name, password })}
      >
        <Field
          label="Your name"
          value={name}
          set={(value) => set_name(value.toLowerCase())}
          autoComplete="username"
          autoFocus
          required
          pattern="[a-z0-9][a-z0-9._@\-]{0,63}"
          hint="As it will stand in the record: small letters, digits, . _ @ -"
        />
      </NewPassword>
    </Door>
  );
}

export function Invited({ token }: { token: string }) {
  return (
    <Door title="Welcome.">
      <p class="soft">You were invited. Choose a password; the link works once.</p>
      <NewPassword
        words="Begin"
        send={(password) => api.post<Session>('session/invite', { link: token, password })}
      />
    </Door>
  );
}

interface NewProps {
  words: string;
  name?: string;
  send: (password: string) => Promise<Session>;
  children?: ComponentChildren;
}

function NewPassword({ words, name, send, children }: NewProps) {
  const [password, set_password] = useState('');
  const [again, set_again] = useState('');
  const doing = useDoing();
  const is_short = new TextEncoder().encode(password).length < 12;
  const submit = async (event: Event) => {
    event.preventDefault();
    let made: Session | undefined;
    if (!(await doing.run(async () => (made = await send(password))))) return;
    go(link('settings', 'me'), true);
    take_session(made!);
  };
  return (
    <form onSubmit={submit}>
      {children}
      <Field
        label="Password"
        type="password"
        autoComplete="new-password"
        value={password}
        set={set_password}
        required
        hint={
          password && is_short
            ? 'At least twelve characters; a few words are fine.'
            : 'Twelve characters or more.'
        }
      />
      <Field
        label="Once more"
        type="password"
        autoComplete="new-password"
        value={again}
        set={set_again}
        required
        hint={again && again !== password ? 'Not the same yet.' : undefined}
      />
      <Said doing={doing} />
      <Button
        type="submit"
        kind="primary"
        busy={doing.busy}
        disabled={name === '' || is_short || again !== password}
      >
        {words}
      </Button>
    </form>
  );
}

export function SignIn() {
  const who = useCell(session);
  return who?.state === 'second_factor' ? <SecondFactor who={who} /> : <Password who={who} />;
}

async function passkey_in(): Promise<void> {
  const options = await api.post<RequestOptions>('session/passkey/options');
  take_session(await api.post<Session>('session/passkey', await assert_passkey(options)));
}

function Password({ who }: { who: Session | undefined }) {
  const [name, set_name] = useState('');
  const [password, set_password] = useState('');
  const doing = useDoing();
  const other = useDoing();
  const methods = who?.methods ?? ['password'];
  const submit = async (event: Event) => {
    event.preventDefault();
    await doing.run(async () =>
      take_session(await api.post<Session>('session/password', { name, password })),
    );
    set_password('');
  };
  return (
    <Door title="Sign in">
      {methods.includes('password') && (
        <form onSubmit={submit}>
          <Field
            label="Name"
            value={name}
            set={set_name}
            autoComplete="username webauthn"
            autoFocus
            required
            autoCapitalize="none"
          />
          <Field
            label="Password"
            type="password"
            value={password}
            set={set_password}
            autoComplete="current-password"
            required
          />
          <Said doing={doing} />
          <Button type="submit" kind="primary" busy={doing.busy}>
            Sign in
          </Button>
        </form>
      )}
      <div class="door-others">
        {methods.includes('passkey') && can_use_passkeys() && (
          <Button icon="key" busy={other.busy} onClick={() => other.run(passkey_in)}>
            With a passkey
          </Button>
        )}
        {methods.includes('oidc') && (
          <a class="button plain" href="/api/v1/session/oidc">
            <span>With {who?.oidc_label ?? 'single sign-on'}</span>
          </a>
        )}
        <Said doing={other} />
      </div>
    </Door>
  );
}

function SecondFactor({ who }: { who: Session }) {
  const [code, set_code] = useState('');
  const [is_recovery, set_recovery] = useState(false);
  const doing = useDoing();
  const factors = who.factors ?? ['totp'];
  const has_code = factors.includes('totp') || factors.includes('recovery');
  const submit = async (event: Event) => {
    event.preventDefault();
    await doing.run(async () =>
      take_session(await api.post<Session>('session/totp', { code: code.replaceAll(' ', '') })),
    );
    set_code('');
  };
  const leave = () => doing.run(async () => take_session(await api.remove<Session>('session')));
  return (
    <Door title="One more thing">
      {factors.includes('passkey') && (
        <Button
          kind={has_code ? 'plain' : 'primary'}
          icon="key"
          busy={doing.busy}
          onClick={() => doing.run(passkey_in)}
        >
          Use your passkey
        </Button>
      )}
      {has_code && (
        <form onSubmit={submit}>
          <Field
            label={is_recovery ? 'A recovery code' : 'The code of your authenticator'}
            value={code}
            set={set_code}
            autoComplete="one-time-code"
            inputMode={is_recovery ? 'text' : 'numeric'}
            autoFocus
            required
          />
          <Said doing={doing} />
          <Button type="submit" kind="primary" busy={doing.busy}>
            Go on
          </Button>
        </form>
      )}
      {!has_code && <Said doing={doing} />}
      <div class="row spread">
        {factors.includes('recovery') && (
          <Button kind="quiet" small onClick={() => set_recovery(!is_recovery)}>
            {is_recovery ? 'I have my authenticator' : 'I lost my authenticator'}
          </Button>
        )}
        <Button kind="quiet" small onClick={leave}>
          Somebody else
        </Button>
      </div>
    </Door>
  );
}
