// How an action looks as one line, and what else a journal's record looks like as one.
import { Component } from 'preact';
import { lasting, one_line, plural } from '../core/format';
import type { Rec } from '../core/types';
import { Chip, Foreign, Time, Verdict } from './parts';

export function verdict_of(record: Rec): string {
  if (record.kind === 'judged') return record.verdict ?? 'deny';
  return record.kind;
}

export function summary_of(record: Rec): string {
  if (record.kind === 'judged' || record.kind === 'held') return record.summary ?? record.text ?? '';
  if (record.kind === 'session')
    return `session ${record.event ?? ''}${record.detail ? `: ${record.detail}` : ''}`;
  if (record.kind === 'incident') return record.what ?? 'incident';
  if (record.kind === 'anomaly') return record.detail ?? 'unlike this agent';
  if (record.kind === 'admin')
    return `${record.person} · ${record.event} ${record.subject ?? ''} ${record.detail ?? ''}`;
  return [record.event, record.detail].filter(Boolean).join(': ');
}

export function Outcome({ of }: { of: Rec }) {
  if (of.ending === undefined) return null;
  const parts = [
    of.ending === 'ok' ? '' : of.ending,
    of.rows === undefined ? '' : plural(of.rows, 'row'),
    of.duration_us === undefined ? '' : lasting(of.duration_us),
  ];
  return (
    <span class={of.ending === 'failed' ? 'tone-deny' : 'soft'}>{parts.filter(Boolean).join(' · ')}</span>
  );
}

// Drawn again only when its record is another one: scrolling and streaming move rows far more often.
export class ActionRow extends Component<{ of: Rec }> {
  override shouldComponentUpdate(next: { of: Rec }) {
    return next.of !== this.props.of;
  }

  override render({ of }: { of: Rec }) {
    return drawn(of);
  }
}

function drawn(of: Rec) {
  return (
    <span class="action-row">
      <span class="cell-time">
        <Time at={of.time} short />
      </span>
      <span class="cell-verdict">
        <Verdict of={verdict_of(of)} />
      </span>
      <span class="cell-who" title={of.agent}>
        {one_line(of.agent ?? of.person ?? '')}
      </span>
      <span class="cell-endpoint" title={of.endpoint}>
        {of.endpoint ?? ''}
      </span>
      <span class="cell-what mono">
        {of.destructive && <Chip tone="deny">destructive</Chip>}
        {of.break_glass && <Chip tone="held">break-glass</Chip>}
        <Foreign line text={summary_of(of).slice(0, 400)} />
      </span>
      <span class="cell-rule" title={of.rule}>
        {of.rule ?? ''}
      </span>
      <span class="cell-outcome">
        <Outcome of={of} />
      </span>
    </span>
  );
}
