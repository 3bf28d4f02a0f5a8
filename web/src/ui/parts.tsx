// The small parts every page is made of.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Problem } from '../core/api';
import { now, useCell } from '../core/cell';
import { ago, clock_of, one_line, time_of, visible } from '../core/format';
import { Icon, type IconName } from './icon';

type Children = { children?: ComponentChildren };

interface ButtonProps extends Children {
  kind?: 'plain' | 'primary' | 'allow' | 'deny' | 'quiet';
  icon?: IconName;
  onClick?: () => void;
  disabled?: boolean;
  busy?: boolean;
  type?: 'button' | 'submit';
  title?: string;
  label?: string;
  small?: boolean;
  pressed?: boolean;
  keys?: string;
}

export function Button(props: ButtonProps) {
  const { kind = 'plain', icon, busy, small, keys } = props;
  return (
    <button
      class={`button ${kind} ${small ? 'small' : ''}`}
      type={props.type ?? 'button'}
      onClick={props.onClick}
      disabled={props.disabled || busy}
      title={props.title}
      aria-label={props.label}
      aria-busy={busy || undefined}
      aria-pressed={props.pressed}
      aria-keyshortcuts={keys}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {props.children && <span>{props.children}</span>}
      {keys && <kbd aria-hidden="true">{keys}</kbd>}
    </button>
  );
}

export function Card(
  props: Children & { title?: ComponentChildren; side?: ComponentChildren; class?: string },
) {
  return (
    <section class={`card ${props.class ?? ''}`}>
      {(props.title || props.side) && (
        <header class="card-head">
          <h2>{props.title}</h2>
          {props.side}
        </header>
      )}
      {props.children}
    </section>
  );
}

export function Empty({ title, children, icon = 'check' }: Children & { title: string; icon?: IconName }) {
  return (
    <div class="empty">
      <Icon name={icon} size={26} />
      <p class="empty-title">{title}</p>
      {children && <div class="soft">{children}</div>}
    </div>
  );
}

export function Failure({ problem, again }: { problem: Problem; again?: () => void }) {
  return (
    <div class="failure" role="alert">
      <Icon name="alert" size={20} />
      <div>
        <p class="empty-title">This could not be loaded.</p>
        <p class="soft">{one_line(problem.message)}</p>
        {problem.code === 'denied' && (
          <p class="soft">Your role does not include it. An admin can change that.</p>
        )}
      </div>
      {again && (
        <Button small onClick={again}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} class="skeleton" />
      ))}
    </div>
  );
}

const verdicts: Record<string, { word: string; tone: string; icon: IconName }> = {
  allow: { word: 'allowed', tone: 'allow', icon: 'check' },
  allowed: { word: 'approved', tone: 'allow', icon: 'check' },
  deny: { word: 'denied', tone: 'deny', icon: 'cross' },
  denied: { word: 'denied', tone: 'deny', icon: 'cross' },
  approve: { word: 'asks', tone: 'held', icon: 'clock' },
  held: { word: 'held', tone: 'held', icon: 'clock' },
  open: { word: 'waiting', tone: 'held', icon: 'clock' },
  expired: { word: 'expired', tone: 'faint', icon: 'clock' },
  withdrawn: { word: 'withdrawn', tone: 'faint', icon: 'cross' },
  shutdown: { word: 'gateway stopped', tone: 'faint', icon: 'cross' },
  incident: { word: 'incident', tone: 'deny', icon: 'alert' },
};

export function Verdict({ of, word }: { of: string; word?: string }) {
  const known = verdicts[of] ?? { word: of, tone: 'faint', icon: 'more' as IconName };
  return (
    <span class={`verdict tone-${known.tone}`}>
      <Icon name={known.icon} size={13} />
      {word ?? known.word}
    </span>
  );
}

// What a rule says, before anything happened.
export function RuleVerdict({ of }: { of: string }) {
  return <Verdict of={of} word={of === 'approve' ? 'ask' : of} />;
}

export function Chip({ tone = 'plain', children, title }: Children & { tone?: string; title?: string }) {
  return (
    <span class={`chip chip-${tone}`} title={title}>
      {children}
    </span>
  );
}

export function Time({ at, short }: { at?: string; short?: boolean }) {
  if (!at) return <span class="faint">—</span>;
  return (
    <time dateTime={at} title={time_of(at)}>
      {short ? clock_of(at) : time_of(at)}
    </time>
  );
}

export function Ago({ at }: { at?: string }) {
  const at_present = useCell(now);
  if (!at) return <span class="faint">never</span>;
  return (
    <time dateTime={at} title={time_of(at)}>
      {ago(at, at_present)}
    </time>
  );
}

// A text that an agent or an upstream gave: always a text node, with what is invisible made visible.
export function Foreign({ text, line }: { text: string; line?: boolean }) {
  return <bdi>{line ? one_line(text) : visible(text)}</bdi>;
}

export function AgentWords({ text }: { text: string }) {
  return (
    <figure class="agent-words">
      <figcaption>
        <Icon name="quote" size={13} /> The agent’s words — nobody has checked them
      </figcaption>
      <blockquote>
        <Foreign text={text} />
      </blockquote>
    </figure>
  );
}

export function Code({ text, label, tall }: { text: string; label: string; tall?: boolean }) {
  return (
    <div class="code-box">
      <pre class={tall ? 'code tall' : 'code'} tabIndex={0} aria-label={label}>
        <Foreign text={text} />
      </pre>
      <Copy text={text} label={`Copy: ${label}`} />
    </div>
  );
}

export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [is_done, set_done] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    set_done(true);
    setTimeout(() => set_done(false), 1500);
  };
  const failed = () => set_done(false);
  return (
    <button class="copy" type="button" aria-label={label} title={label} onClick={() => copy().catch(failed)}>
      <Icon name={is_done ? 'check' : 'copy'} size={14} />
    </button>
  );
}

export function Facts({ of }: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of
        .filter(([, value]) => value !== undefined && value !== '' && value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Note({ tone, children }: Children & { tone: 'deny' | 'held' | 'info' | 'allow' }) {
  return (
    <div class={`note tone-${tone}`} role={tone === 'deny' ? 'alert' : undefined}>
      {children}
    </div>
  );
}

export function PageHead({ title, children, side }: Children & { title: string; side?: ComponentChildren }) {
  return (
    <header class="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {children && <p class="soft">{children}</p>}
      </div>
      {side && <div class="row">{side}</div>}
    </header>
  );
}
