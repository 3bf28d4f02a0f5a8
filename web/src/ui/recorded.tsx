// Where a terminal of the record can be looked at: a button, and only then the player and the recording.
import type { ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { may } from '../core/session';
import type { Rec } from '../core/types';
import { Button } from './parts';

// Only commands in pods have streams; the server says whether this one has.
export function has_streams(of: Rec): boolean {
  const resource = String(of.resource ?? '');
  return of.verdict === 'allow' && (resource.endsWith('/exec') || resource.endsWith('/attach'));
}

export function Recorded({ of }: { of: Rec }) {
  const [Terminal, set_terminal] = useState<ComponentType<{ action: string }> | null>(null);
  const [failed, set_failed] = useState(false);
  if (!has_streams(of) || !of.action) return null;
  if (Terminal) return <Terminal key={of.action} action={of.action} />;
  if (!may('operator')) return <p class="soft">Operators can play what its terminal showed.</p>;
  const load = () =>
    import('./terminal').then(
      (loaded) => set_terminal(() => loaded.default),
      () => set_failed(true),
    );
  return (
    <div class="row">
      <Button small icon="play" onClick={load}>
        Show the terminal
      </Button>
      {failed && <span class="tone-deny">The player could not be loaded.</span>}
    </div>
  );
}
