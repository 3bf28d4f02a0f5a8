// Figures over time, counted from the record.
import { useState } from 'preact/hooks';
import { Bars, LatencyChart, Share, VerdictsChart } from '../charts/charts';
import { useLoad } from '../core/api';
import { count_of, span_of } from '../core/format';
import { link } from '../core/route';
import type { AnalyticsAnswer } from '../core/types';
import { Switcher } from '../ui/form';
import { Card, Empty, Failure, Loading, PageHead } from '../ui/parts';

export function AnalyticsPage() {
  const [hours, set_hours] = useState('24');
  const loaded = useLoad<AnalyticsAnswer>(`analytics?hours=${hours}`, 60000);
  return (
    <>
      <PageHead
        title="Analytics"
        side={
          <Switcher
            label="Time"
            value={hours}
            set={set_hours}
            options={[
              ['1', 'hour'],
              ['24', 'day'],
              ['168', 'week'],
              ['720', '30 days'],
            ]}
          />
        }
      />
      {loaded.problem && <Failure problem={loaded.problem} again={loaded.again} />}
      {!loaded.value && !loaded.problem && <Loading rows={8} />}
      {loaded.value && <Figures of={loaded.value} hours={Number(hours)} />}
    </>
  );
}

function Figures({ of, hours }: { of: AnalyticsAnswer; hours: number }) {
  const sum = (pick: (bucket: AnalyticsAnswer['buckets'][number]) => number) =>
    of.buckets.reduce((total, bucket) => total + pick(bucket), 0);
  const allowed = sum((bucket) => bucket.allow);
  const denied = sum((bucket) => bucket.deny);
  const seconds = of.bucket_seconds ?? Math.round((hours * 3600) / Math.max(1, of.buckets.length));
  if (allowed + denied === 0) {
    return (
      <Empty title="Nothing happened in this time." icon="analytics">
        Choose a longer one, or let an agent work.
      </Empty>
    );
  }
  const { asked, wait_p50_s, ...ended } = of.approvals;
  return (
    <>
      <dl class="figures">
        <div>
          <dt>actions</dt>
          <dd>{count_of(allowed + denied)}</dd>
        </div>
        <div>
          <dt>denied</dt>
          <dd class="tone-deny">
            {count_of(denied)} <small>{((denied / (allowed + denied)) * 100).toFixed(1)} %</small>
          </dd>
        </div>
        <div>
          <dt>asked a person</dt>
          <dd class="tone-held">{count_of(asked)}</dd>
        </div>
        <div>
          <dt>half were answered within</dt>
          <dd>{wait_p50_s === null ? '—' : span_of(wait_p50_s * 1000)}</dd>
        </div>
      </dl>
      <Card title="Verdicts">
        <VerdictsChart buckets={of.buckets} seconds={seconds} />
      </Card>
      <div class="chart-grid">
        <Card title="Latency">
          <LatencyChart
            rows={[
              ['decision', of.latency.decision],
              ['execution', of.latency.execution],
            ]}
          />
        </Card>
        <Card title="Approvals">
          <Share
            label="How approvals ended"
            parts={[
              ['approved', ended.allowed, 'allow'],
              ['denied', ended.denied, 'deny'],
              ['expired', ended.expired, 'faint'],
              [
                'open or withdrawn',
                Math.max(0, asked - ended.allowed - ended.denied - ended.expired),
                'held',
              ],
            ]}
          />
        </Card>
        <Card title="Most denied">
          <Bars
            none="Nothing was denied."
            href={(rule) => link('actions', '', `verdict=deny&rule=${encodeURIComponent(rule)}`)}
            rows={of.top_denied.map((each) => ({
              name: each.rule,
              detail: each.endpoint,
              count: each.count,
            }))}
          />
        </Card>
        <Card title="Busiest agents">
          <Bars
            none="None."
            href={(agent) => link('actions', '', `agent=${encodeURIComponent(agent)}`)}
            rows={of.top_agents.map((each) => ({ name: each.name, count: each.count, part: each.denied }))}
          />
        </Card>
        <Card title="Busiest endpoints">
          <Bars
            none="None."
            href={(endpoint) => link('actions', '', `endpoint=${encodeURIComponent(endpoint)}`)}
            rows={of.top_endpoints.map((each) => ({ name: each.name, count: each.count, part: each.denied }))}
          />
        </Card>
      </div>
    </>
  );
}
