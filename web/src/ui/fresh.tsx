// Asks for the second factor once more before something that needs it fresh. Who has none is told to set one
// up.
import { useState } from 'preact/hooks';
import { api } from '../core/api';
import { useCell } from '../core/cell';
import { assert_passkey, can_use_passkeys, type RequestOptions } from '../core/passkey';
import { link } from '../core/route';
import { is_fresh, session, take_session } from '../core/session';
import type { Session } from '../core/types';
import { Dialog, Field, Said, useDoing } from './form';
import { Button, Note } from './parts';

export function useFresh(): { ask: (then: () => void) => void; dialog: preact.ComponentChild } {
  const [then, set_then] = useState<(() => void) | undefined>();
  const ask = (next: () => void) => {
    if (is_fresh()) next();
    else set_then(() => next);
  };
  const close = () => set_then(undefined);
  const dialog = then && <Freshen close={close} done={() => (close(), then())} />;
  return { ask, dialog };
}

function Freshen({ close, done }: { close: () => void; done: () => void }) {
  const who = useCell(session);
  const [code, set_code] = useState('');
  const doing = useDoing();
  const finish = async (work: () => Promise<Session>) => {
    const is_done = await doing.run(async () => take_session({ ...session.get()!, ...(await work()) }));
    if (is_done) done();
  };
  const by_code = (event: Event) => {
    event.preventDefault();
    return finish(() => api.post<Session>('session/totp', { code: code.replaceAll(' ', '') }));
  };
  const by_passkey = () =>
    finish(async () => {
      const options = await api.post<RequestOptions>('session/passkey/options');
      return api.post<Session>('session/passkey', await assert_passkey(options));
    });
  return (
    <Dialog title="Is it you?" close={close}>
      {who?.has_second_factor === false ? (
        <Note tone="held">
          This needs a second factor, and you have none yet.{' '}
          <a href={link('settings', 'me')} onClick={close}>
            Set one up
          </a>
        </Note>
      ) : (
        <>
          <p class="soft">This needs your second factor, given within the last five minutes.</p>
          {can_use_passkeys() && (
            <Button icon="key" busy={doing.busy} onClick={by_passkey}>
              Use your passkey
            </Button>
          )}
          <form onSubmit={by_code}>
            <Field
              label="Or the code of your authenticator"
              value={code}
              set={set_code}
              inputMode="numeric"
              autoComplete="one-time-code"
            />
            <Said doing={doing} />
            <div class="row end">
              <Button type="submit" kind="primary" busy={doing.busy} disabled={!code}>
                Go on
              </Button>
            </div>
          </form>
        </>
      )}
    </Dialog>
  );
}
