// Asks the gateway. Every failure is a Problem with words for people; a request that changes something
// carries the session's CSRF token; nothing goes to another origin.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly retry_after?: number,
  ) {
    super(message);
  }
}

let csrf = '';
let on_anonymous: () => void = () => {};

export function keep_csrf(token: string | undefined): void {
  csrf = token ?? '';
}

export function when_anonymous(callback: () => void): void {
  on_anonymous = callback;
}

async function problem_of(answer: Response): Promise<Problem> {
  let said: { error?: string; code?: string; retry_after?: number } = {};
  try {
    said = await answer.json();
  } catch {
    said = {};
  }
  const text = said.error ?? `the gateway answered ${answer.status}`;
  return new Problem(text, said.code ?? 'unavailable', answer.status, said.retry_after);
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  const sent = body === undefined ? undefined : JSON.stringify(body);
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, body: sent, signal, credentials: 'same-origin' });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem('the gateway cannot be reached just now', 'unavailable', 0);
  }
  if (!answer.ok) {
    const problem = await problem_of(answer);
    if (problem.code === 'anonymous' || problem.code === 'first_start') on_anonymous();
    throw problem;
  }
  return (await answer.json()) as T;
}

export const api = {
  get: <T>(path: string, signal?: AbortSignal) => call<T>('GET', `/api/v1/${path}`, undefined, signal),
  post: <T>(path: string, body: unknown = {}) => call<T>('POST', `/api/v1/${path}`, body),
  patch: <T>(path: string, body: unknown) => call<T>('PATCH', `/api/v1/${path}`, body),
  remove: <T>(path: string) => call<T>('DELETE', `/api/v1/${path}`),
};

// `name=value&…` of what is set.
export function query(of: Record<string, string | number | undefined>): string {
  const set = Object.entries(of).filter(([, value]) => value !== undefined && value !== '');
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
}

export interface Loaded<T> {
  value?: T;
  problem?: Problem;
  loading: boolean;
  again: () => void;
  put: (value: T) => void;
}

// What a page shows: loaded at first and whenever `path` changes, again every `every_ms` while it can be
// seen.
export function useLoad<T>(path: string, every_ms = 0): Loaded<T> {
  const [state, set_state] = useState<{ value?: T; problem?: Problem; loading: boolean }>({ loading: true });
  const [round, set_round] = useState(0);
  const asked = useRef('');
  useEffect(() => {
    const abort = new AbortController();
    const is_new = asked.current !== path;
    asked.current = path;
    set_state((old) => (is_new ? { loading: true } : { ...old, loading: true }));
    api.get<T>(path, abort.signal).then(
      (value) => set_state({ value, loading: false }),
      (problem) => {
        if (!abort.signal.aborted)
          set_state((old) => ({ ...old, problem: problem as Problem, loading: false }));
      },
    );
    return () => abort.abort();
  }, [path, round]);
  const again = useCallback(() => set_round((count) => count + 1), []);
  useEffect(() => {
    if (every_ms === 0) return undefined;
    const timer = setInterval(() => document.hidden || again(), every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  const put = useCallback((value: T) => set_state({ value, loading: false }), []);
  return { ...state, again, put };
}
