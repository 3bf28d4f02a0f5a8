// Charts as SVG elements of our own. Each has its figures in words too: a title for who hovers, a table or a
// label for who listens.
import { useEffect, useRef, useState } from 'preact/hooks';
import { clock_of, count_of, date_of, plural, short_count } from '../core/format';
import type { Bucket, Percentiles } from '../core/types';

export function Sparkline({
  of,
  label,
  width = 120,
  height = 26,
}: {
  of: number[];
  label: string;
  width?: number;
  height?: number;
}) {
  const most = Math.max(1, ...of);
  const step = width / Math.max(1, of.length);
  return (
    <svg
      class="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      preserveAspectRatio="none"
    >
      <title>{label}</title>
      {of.map((value, at) => {
        const tall = value === 0 ? 1 : Math.max(2, (value / most) * height);
        return (
          <rect
            key={at}
            class={value === 0 ? 'bar-none' : 'bar'}
            x={at * step}
            y={height - tall}
            width={Math.max(1, step - 0.6)}
            height={tall}
          />
        );
      })}
    </svg>
  );
}

function nice_top(most: number): number {
  if (most <= 5) return 5;
  const size = 10 ** Math.floor(Math.log10(most));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * size).find((top) => top >= most) ?? most;
}

// The width there is, so that a chart is drawn in true pixels: its letters stay readable on a phone.
function useWidth(at_first: number) {
  const box = useRef<HTMLElement>(null);
  const [width, set_width] = useState(at_first);
  useEffect(() => {
    if (!box.current) return undefined;
    const watcher = new ResizeObserver(
      ([entry]) => entry && set_width(Math.max(240, entry.contentRect.width)),
    );
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return { box, width };
}

const plot = { left: 38, right: 4, top: 12, bottom: 24, height: 230 };

function bar_words(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
}

export function VerdictsChart({ buckets, seconds }: { buckets: Bucket[]; seconds: number }) {
  const [at, set_at] = useState(-1);
  const { box, width } = useWidth(900);
  const top = nice_top(Math.max(1, ...buckets.map((bucket) => bucket.allow + bucket.deny)));
  const inner = width - plot.left - plot.right;
  const tall = plot.height - plot.top - plot.bottom;
  const step = inner / Math.max(1, buckets.length);
  const y_of = (value: number) => plot.top + tall - (value / top) * tall;
  const every = Math.max(1, Math.ceil((buckets.length * 76) / inner));
  const chosen = buckets[at];
  const label_of = (bucket: Bucket) =>
    seconds >= 86400 ? date_of(bucket.at).slice(5) : clock_of(bucket.at).slice(0, 5);
  return (
    <figure class="chart" ref={box}>
      <svg
        width={width}
        height={plot.height}
        role="img"
        aria-label="Verdicts over time"
        onMouseLeave={() => set_at(-1)}
      >
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line
              class="grid"
              x1={plot.left}
              x2={width - plot.right}
              y1={y_of(part * top)}
              y2={y_of(part * top)}
            />
            <text class="tick" x={plot.left - 6} y={y_of(part * top) + 4} text-anchor="end">
              {short_count(part * top)}
            </text>
          </g>
        ))}
        {buckets.map((bucket, index) => {
          const x = plot.left + index * step;
          const wide = Math.max(1, step - Math.min(2, step * 0.2));
          return (
            <g key={bucket.at} class={index === at ? 'lit' : ''} onMouseEnter={() => set_at(index)}>
              <rect
                class="bar-allow"
                x={x}
                width={wide}
                y={y_of(bucket.allow)}
                height={y_of(0) - y_of(bucket.allow)}
              />
              <rect
                class="bar-deny"
                x={x}
                width={wide}
                y={y_of(bucket.allow + bucket.deny)}
                height={y_of(bucket.allow) - y_of(bucket.allow + bucket.deny)}
              />
              {bucket.approve > 0 && (
                <circle
                  class="dot-held"
                  cx={x + wide / 2}
                  r={Math.min(3.5, Math.max(2, step / 3))}
                  cy={Math.max(plot.top - 4, y_of(bucket.allow + bucket.deny) - 6)}
                />
              )}
              <rect class="hit" x={x} y={plot.top} width={step} height={tall} />
              {index % every === 0 && (
                <text class="tick" x={x + wide / 2} y={plot.height - 7} text-anchor="middle">
                  {label_of(bucket)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <figcaption class="row spread">
        <span class="legend">
          <i class="key key-allow" /> allowed
          <i class="key key-deny" /> denied
          <i class="key key-held" /> asked a person
        </span>
        <span class="soft tabular" aria-live="polite">
          {chosen
            ? `${date_of(chosen.at)} ${clock_of(chosen.at)} — ${count_of(chosen.allow)} allowed, ` +
              `${count_of(chosen.deny)} denied, ${count_of(chosen.approve)} asked`
            : `each bar is ${bar_words(seconds)}`}
        </span>
      </figcaption>
    </figure>
  );
}

function milliseconds(value: number | null): string {
  if (value === null) return 'not measured';
  if (value < 1) return `${Math.max(1, Math.round(value * 1000))} µs`;
  return value < 1000 ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(value / 1000).toFixed(1)} s`;
}

// Percentiles on a logarithmic scale from 10 µs to 100 s, since a decision and an execution differ a
// thousandfold.
export function LatencyChart({ rows }: { rows: [name: string, of: Percentiles][] }) {
  const { box, width } = useWidth(360);
  const left = 84;
  const x_of = (ms: number) =>
    left + ((Math.log10(Math.min(1e5, Math.max(0.01, ms))) + 2) / 7) * (width - left - 16);
  return (
    <figure class="chart" ref={box}>
      <svg width={width} height={rows.length * 46 + 26} role="img" aria-label="Latency percentiles">
        {['10 µs', '1 ms', '100 ms', '10 s'].map((words, at) => (
          <g key={words}>
            <line
              class="grid"
              x1={x_of(10 ** (2 * at - 2))}
              x2={x_of(10 ** (2 * at - 2))}
              y1={4}
              y2={rows.length * 46}
            />
            <text class="tick" x={x_of(10 ** (2 * at - 2))} y={rows.length * 46 + 18} text-anchor="middle">
              {words}
            </text>
          </g>
        ))}
        {rows.map(([name, of], at) => {
          const y = at * 46 + 26;
          if (of.p50 === null || of.p95 === null || of.p99 === null) {
            return (
              <text key={name} class="tick" x={0} y={y + 4}>
                {name}: not measured yet
              </text>
            );
          }
          return (
            <g key={name}>
              <text class="name" x={0} y={y + 4}>
                {name}
              </text>
              <line class="whisker" x1={x_of(of.p50)} x2={x_of(of.p99)} y1={y} y2={y} />
              {(
                [
                  ['p50', of.p50],
                  ['p95', of.p95],
                  ['p99', of.p99],
                ] as const
              ).map(([what, ms]) => (
                <circle key={what} class={`dot ${what}`} cx={x_of(ms)} cy={y} r={5}>
                  <title>{`${name} ${what}: ${milliseconds(ms)}`}</title>
                </circle>
              ))}
            </g>
          );
        })}
      </svg>
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">latency</th>
            <th scope="col">p50</th>
            <th scope="col">p95</th>
            <th scope="col">p99</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, of]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{milliseconds(of.p50)}</td>
              <td>{milliseconds(of.p95)}</td>
              <td>{milliseconds(of.p99)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

export function Bars({
  rows,
  none,
  href,
}: {
  rows: { name: string; detail?: string; count: number; part?: number }[];
  none: string;
  href?: (name: string) => string;
}) {
  const most = Math.max(1, ...rows.map((row) => row.count));
  if (rows.length === 0) return <p class="soft pad">{none}</p>;
  return (
    <ol class="bars">
      {rows.map((row) => (
        <li key={`${row.name} ${row.detail}`}>
          <span class="bars-name">
            {href ? <a href={href(row.name)}>{row.name}</a> : row.name}
            {row.detail && <span class="soft"> {row.detail}</span>}
          </span>
          <span class="bars-track" aria-hidden="true">
            <span class="bars-fill" style={{ width: `${(row.count / most) * 100}%` }}>
              {row.part ? (
                <span class="bars-part" style={{ width: `${(row.part / row.count) * 100}%` }} />
              ) : null}
            </span>
          </span>
          <span
            class="bars-count tabular"
            title={row.part ? `${plural(row.part, 'denied', 'denied')} of them` : undefined}
          >
            {count_of(row.count)}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function Share({
  parts,
  label,
}: {
  parts: [name: string, count: number, tone: string][];
  label: string;
}) {
  const all = parts.reduce((sum, [, count]) => sum + count, 0);
  const around = 2 * Math.PI * 42;
  let from = 0;
  return (
    <div class="share">
      <svg viewBox="0 0 110 110" width="110" height="110" role="img" aria-label={label}>
        <circle class="ring" cx="55" cy="55" r="42" />
        {all > 0 &&
          parts.map(([name, count, tone]) => {
            const part = (count / all) * around;
            const turned = from;
            from += part;
            return (
              count > 0 && (
                <circle
                  key={name}
                  class={`ring-part ring-${tone}`}
                  cx="55"
                  cy="55"
                  r="42"
                  stroke-dasharray={`${Math.max(0, part - 1.5)} ${around}`}
                  stroke-dashoffset={-turned}
                />
              )
            );
          })}
        <text class="share-count" x="55" y="53" text-anchor="middle">
          {short_count(all)}
        </text>
        <text class="tick" x="55" y="69" text-anchor="middle">
          asked
        </text>
      </svg>
      <ul class="legend-list">
        {parts.map(([name, count, tone]) => (
          <li key={name}>
            <i class={`key key-${tone}`} /> {name} <b class="tabular">{count_of(count)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
