// Whether the record is whole: the chain, its checkpoint, and how to take it elsewhere.
import { useEffect } from 'preact/hooks';
import { api, useLoad } from '../core/api';
import { count_of } from '../core/format';
import { link } from '../core/route';
import { may } from '../core/session';
import type { AuditAnswer } from '../core/types';
import { Said, useDoing } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Card, Code, Facts, Failure, Foreign, Loading, PageHead, Time } from '../ui/parts';

const states: Record<AuditAnswer['verified']['state'], [title: string, tone: string, words: string]> = {
  ok: [
    'The record is whole.',
    'allow',
    'Every record follows from the one before it, and the signatures are this gateway’s.',
  ],
  broken: [
    'The record was changed.',
    'deny',
    'Something is missing, altered or unsigned. Keep the files and find out who had access.',
  ],
  unknown: [
    'Not verified since the start.',
    'faint',
    'Verifying reads the whole journal once; nothing waits for it.',
  ],
  running: ['Verifying now…', 'held', 'It goes through the whole journal; you may leave this page.'],
};

export function AuditPage() {
  const loaded = useLoad<AuditAnswer>('audit');
  const doing = useDoing();
  const is_running = loaded.value?.verified.state === 'running';
  useEffect(() => {
    if (!is_running) return undefined;
    const timer = setInterval(loaded.again, 1000);
    return () => clearInterval(timer);
  }, [is_running]);
  if (loaded.problem && !loaded.value) return <Failure problem={loaded.problem} again={loaded.again} />;
  if (!loaded.value) return <Loading />;
  const audit = loaded.value;
  const [title, tone, words] = states[audit.verified.state];
  const verify = () => doing.run(async () => loaded.put(await api.post<AuditAnswer>('audit/verify')));
  return (
    <>
      <PageHead title="Audit">
        Each record is chained to the one before it, so that no one can change the past unseen.
      </PageHead>
      <section class={`card verdict-card tone-${tone}`} role="status">
        <Icon name={tone === 'allow' ? 'check' : tone === 'deny' ? 'alert' : 'clock'} size={30} />
        <div>
          <h2>{title}</h2>
          <p class="soft">{words}</p>
          {audit.verified.at && (
            <p class="soft small tabular">
              verified <Time at={audit.verified.at} />
              {audit.verified.through !== undefined && ` through record ${count_of(audit.verified.through)}`}
            </p>
          )}
          {audit.verified.problems?.map((problem) => (
            <p key={problem} class="small">
              <Foreign line text={problem} />
            </p>
          ))}
        </div>
        {may('operator') && (
          <Button busy={doing.busy || is_running} onClick={verify}>
            Verify now
          </Button>
        )}
      </section>
      <Said doing={doing} />
      <Card title="The journal">
        <Facts
          of={[
            ['records', <a href={link('actions', '', 'kind=all')}>{count_of(audit.records)}</a>],
            ['from', count_of(audit.first)],
            ['to', count_of(audit.last)],
            [
              'checkpoint',
              audit.checkpoint && (
                <>
                  through {count_of(audit.checkpoint.through)} <Time at={audit.checkpoint.at} />
                </>
              ),
            ],
            ['its hash', audit.checkpoint && <code class="wrap">{audit.checkpoint.hash}</code>],
          ]}
        />
        <p class="soft small pad">
          Write the checkpoint’s hash down somewhere else: it proves later that nothing before it was changed.
        </p>
      </Card>
      <Card title="Exports">
        <p class="soft pad">Run where the gateway runs; whole and verifiable, never through this page.</p>
        {audit.exports.map((each) => (
          <div key={each.name} class="pad">
            <h3>{each.name}</h3>
            <Code text={each.command} label={`Command for ${each.name}`} />
          </div>
        ))}
      </Card>
    </>
  );
}
