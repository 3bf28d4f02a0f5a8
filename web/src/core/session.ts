// Who sits here. The session's cookie is out of reach of scripts; this holds its role and its CSRF token.
import { api, keep_csrf, when_anonymous } from './api';
import { Cell } from './cell';
import type { Role, Session } from './types';

export const session = new Cell<Session | undefined>(undefined);

const roles: Role[] = ['viewer', 'approver', 'operator', 'admin'];

export function take_session(value: Session): void {
  keep_csrf(value.csrf);
  session.set(value);
}

export async function ask_session(): Promise<void> {
  take_session(await api.get<Session>('session'));
}

export function may(least: Role): boolean {
  const role = session.get()?.role;
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(least);
}

export function is_fresh(): boolean {
  const until = session.get()?.fresh_until;
  return until !== undefined && Date.parse(until) > Date.now();
}

export async function sign_out(): Promise<void> {
  take_session(await api.remove<Session>('session'));
}

let asking = false;
when_anonymous(() => {
  if (asking) return;
  asking = true;
  ask_session()
    .finally(() => (asking = false))
    .catch(() => undefined);
});
