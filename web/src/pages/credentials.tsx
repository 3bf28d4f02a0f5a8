// What the gateway can lend, by name: where each secret is kept, when it was used, and putting in a new one.
// A secret goes in and is never shown again, to nobody.
import { useState } from 'preact/hooks';
import { api, useLoad } from '../core/api';
import { may } from '../core/session';
import type { Credential } from '../core/types';
import { Dialog, Field, Said, tell, useDoing } from '../ui/form';
import { Ago, Button, Card, Chip, Copy, Empty, Failure, Loading, Note, PageHead } from '../ui/parts';

type Slot = Credential['slots'][number];

export function CredentialsPage() {
  const loaded = useLoad<Credential[]>('credentials');
  const [editing, set_editing] = useState<[Credential, Slot] | undefined>();
  return (
    <>
      <PageHead title="Credentials">
        Agents never hold these. The gateway lends them for one action and takes them back.
      </PageHead>
      {loaded.problem && <Failure problem={loaded.problem} again={loaded.again} />}
      {!loaded.value && !loaded.problem && <Loading rows={5} />}
      {loaded.value?.length === 0 && (
        <Empty title="No credentials are configured." icon="credentials">
          Add a <code>credential</code> block to the configuration.
        </Empty>
      )}
      <div class="agent-cards">
        {loaded.value?.map((each) => (
          <Card key={each.name} title={each.name} side={<Chip>{each.kind.replaceAll('_', ' ')}</Chip>}>
            {each.description && <p class="soft small">{each.description}</p>}
            <ul class="slots">
              {each.slots.map((slot) => (
                <li key={slot.slot} class="row spread">
                  <span>
                    {slot.slot !== '-' && <b>{slot.slot} </b>}
                    {slot.set ? <span class="tone-allow">set</span> : <span class="tone-deny">not set</span>}
                    {slot.source && <span class="soft small"> · {places[slot.source] ?? slot.source}</span>}
                    {slot.changed && (
                      <span class="soft small">
                        {' '}
                        · changed <Ago at={slot.changed} />
                      </span>
                    )}
                  </span>
                  {may('operator') && (each.writable ?? true) && (
                    <Button small onClick={() => set_editing([each, slot])}>
                      {slot.set ? 'Rotate' : 'Set'}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
            {each.connectable && (
              <div class="connect">
                <span class="soft small">To sign in with the provider, where the gateway runs:</span>
                <code>clawpatrol credentials connect {each.name}</code>
                <Copy text={`clawpatrol credentials connect ${each.name}`} label="Copy the command" />
              </div>
            )}
            <p class="soft small">
              last used <Ago at={each.last_used} />
              {each.used_by.length > 0 && ` · for ${each.used_by.join(', ')}`}
            </p>
          </Card>
        ))}
      </div>
      {editing && (
        <SetSecret
          of={editing[0]}
          slot={editing[1]}
          close={() => set_editing(undefined)}
          again={loaded.again}
        />
      )}
    </>
  );
}

const places: Record<string, string> = {
  sealed: 'in the sealed store',
  env: 'from the environment',
  file: 'from a file',
};

function SetSecret({
  of,
  slot,
  close,
  again,
}: {
  of: Credential;
  slot: Slot;
  close: () => void;
  again: () => void;
}) {
  const [secret, set_secret] = useState('');
  const [is_removing, set_removing] = useState(false);
  const doing = useDoing();
  const path = `credentials/${encodeURIComponent(of.name)}/${encodeURIComponent(slot.slot || '-')}`;
  const done = (words: string) => {
    set_secret('');
    tell(words, 'allow');
    close();
    again();
  };
  const set = async (event: Event) => {
    event.preventDefault();
    if (await doing.run(() => api.post(path, { secret }))) done(`${of.name} has a new secret.`);
  };
  const remove = async () => {
    if (await doing.run(() => api.remove(path))) done(`The secret of ${of.name} was removed.`);
  };
  return (
    <Dialog title={`${slot.set ? 'A new secret for' : 'The secret of'} ${of.name}`} close={close}>
      <form onSubmit={set}>
        <Field
          label={slot.slot && slot.slot !== '-' ? slot.slot : 'Secret'}
          type="password"
          autoComplete="off"
          value={secret}
          set={set_secret}
          hint="It is sealed at once and cannot be read back. Actions from now on use it."
          required
        />
        <Said doing={doing} />
        {is_removing && <Note tone="deny">Without it, whatever needs {of.name} is refused.</Note>}
        <div class="row end">
          {slot.set && slot.source === 'sealed' && (
            <Button
              kind={is_removing ? 'deny' : 'quiet'}
              onClick={() => (is_removing ? remove() : set_removing(true))}
            >
              {is_removing ? 'Yes, remove it' : 'Remove'}
            </Button>
          )}
          <Button type="submit" kind="primary" busy={doing.busy} disabled={secret === ''}>
            Seal it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
