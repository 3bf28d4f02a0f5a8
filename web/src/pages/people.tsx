// The people behind the gateway: who they are, what they may, and links for new ones.
import { useState } from 'preact/hooks';
import { api, useLoad } from '../core/api';
import { useCell } from '../core/cell';
import { may, session } from '../core/session';
import type { Person, Role } from '../core/types';
import { Dialog, Field, Said, Select, tell, useDoing } from '../ui/form';
import { useFresh } from '../ui/fresh';
import { Ago, Button, Card, Chip, Code, Failure, Loading, Note, Time } from '../ui/parts';

const roles: [Role, string][] = [
  ['viewer', 'viewer — sees everything'],
  ['approver', 'approver — also answers approvals'],
  ['operator', 'operator — also reloads, credentials, agents'],
  ['admin', 'admin — also people'],
];

interface Invite {
  invite: string;
  expires: string;
}

export function People() {
  const loaded = useLoad<Person[]>('people');
  const [shown, set_shown] = useState<Person | 'new' | undefined>();
  const fresh = useFresh();
  const edit = (of: Person | 'new') => fresh.ask(() => set_shown(of));
  return (
    <Card
      title="People"
      side={
        may('admin') && (
          <Button small icon="plus" onClick={() => edit('new')}>
            Invite
          </Button>
        )
      }
    >
      {loaded.problem && <Failure problem={loaded.problem} again={loaded.again} />}
      {!loaded.value && !loaded.problem && <Loading rows={3} />}
      <ul class="lines">
        {loaded.value?.map((each) => (
          <li key={each.name} class="row spread">
            <span>
              <b>{each.name}</b> <Chip>{each.role}</Chip>
              {each.disabled && <Chip tone="deny">off</Chip>}
              {each.invited && <Chip tone="held">invited</Chip>}
              {each.groups.map((group) => (
                <Chip key={group}>{group}</Chip>
              ))}
              <br />
              <span class="soft small">
                {factors_of(each)} · seen <Ago at={each.last_seen} />
              </span>
            </span>
            {may('admin') && (
              <Button small onClick={() => edit(each)} label={`Change ${each.name}`}>
                Change
              </Button>
            )}
          </li>
        ))}
      </ul>
      {fresh.dialog}
      {shown && <Edit of={shown} close={() => (set_shown(undefined), loaded.again())} />}
    </Card>
  );
}

function factors_of(of: Person): string {
  const has = [
    of.by_provider && 'single sign-on',
    of.has_password && 'password',
    of.has_totp && 'authenticator',
    of.passkeys.length > 0 && (of.passkeys.length === 1 ? 'a passkey' : `${of.passkeys.length} passkeys`),
  ].filter(Boolean);
  return has.length > 0 ? has.join(', ') : 'cannot sign in yet';
}

function groups_of(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function Edit({ of, close }: { of: Person | 'new'; close: () => void }) {
  const is_new = of === 'new';
  const me = useCell(session)?.person;
  const [name, set_name] = useState(is_new ? '' : of.name);
  const [role, set_role] = useState<string>(is_new ? 'approver' : of.role);
  const [groups, set_groups] = useState(is_new ? '' : of.groups.join(', '));
  const [invite, set_invite] = useState<Invite | undefined>();
  const [sure, set_sure] = useState('');
  const doing = useDoing();
  const path = `people/${encodeURIComponent(name)}`;
  const save = async (event: Event) => {
    event.preventDefault();
    const body = { role, groups: groups_of(groups) };
    if (is_new) await doing.run(async () => set_invite(await api.post<Invite>('people', { name, ...body })));
    else if (await doing.run(() => api.patch(path, body))) close();
  };
  const twice = (what: string, work: () => Promise<unknown>) =>
    sure === what ? doing.run(work) : set_sure(what);
  if (invite) return <Link of={invite} name={name} close={close} />;
  return (
    <Dialog title={is_new ? 'Invite a person' : of.name} close={close}>
      <form onSubmit={save}>
        {is_new && (
          <Field
            label="Name"
            value={name}
            set={(value) => set_name(value.toLowerCase())}
            required
            pattern="[a-z0-9][a-z0-9._@\-]{0,63}"
            hint="As it will stand in the record."
          />
        )}
        <Select label="Role" value={role} set={set_role} options={roles} />
        <Field
          label="Groups"
          value={groups}
          set={set_groups}
          placeholder="dba, on-call"
          hint="Approvers may name group:dba."
        />
        <Said doing={doing} />
        <div class="row end">
          <Button type="submit" kind="primary" busy={doing.busy} disabled={!name}>
            {is_new ? 'Make the link' : 'Save'}
          </Button>
        </div>
      </form>
      {!is_new && of.name !== me && (
        <div class="danger row wrap">
          <Button
            small
            onClick={() =>
              twice('off', async () => (await api.patch(path, { disabled: !of.disabled }), close()))
            }
          >
            {of.disabled ? 'Switch on' : sure === 'off' ? 'Yes, switch off' : 'Switch off'}
          </Button>
          <Button
            small
            onClick={() => twice('reset', async () => set_invite(await api.post<Invite>(`${path}/reset`)))}
          >
            {sure === 'reset' ? 'Yes, take it all away' : 'Reset how they sign in'}
          </Button>
          <Button
            small
            kind={sure === 'remove' ? 'deny' : 'plain'}
            onClick={() =>
              twice('remove', async () => {
                await api.remove(path);
                tell(`${of.name} is gone.`);
                close();
              })
            }
          >
            {sure === 'remove' ? 'Yes, remove' : 'Remove'}
          </Button>
        </div>
      )}
    </Dialog>
  );
}

function Link({ of, name, close }: { of: Invite; name: string; close: () => void }) {
  return (
    <Dialog title={`A link for ${name}`} close={close}>
      <Note tone="held">
        It is shown once, works once, and until <Time at={of.expires} />. Give it to {name} alone.
      </Note>
      <Code text={of.invite} label="The link" />
      <div class="row end">
        <Button kind="primary" onClick={close}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
