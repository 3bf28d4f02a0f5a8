// MCP servers behind the gateway: what they offer that nobody has accepted yet, beside what was accepted of
// it before; how they do; and what agents have of them. All of a definition is somebody else's words.
import { api, useLoad } from '../core/api';
import { may } from '../core/session';
import type { McpDefinition, McpServer } from '../core/types';
import { Said, tell, useDoing } from '../ui/form';
import { Ago, Button, Card, Chip, Empty, Failure, Foreign, Loading, Note, PageHead } from '../ui/parts';

export function ServersPage() {
  const loaded = useLoad<McpServer[]>('mcp');
  return (
    <>
      <PageHead title="MCP servers">
        What a server says of its tools reaches agents once somebody has accepted it, and not when it has
        changed.
      </PageHead>
      {loaded.problem && <Failure problem={loaded.problem} again={loaded.again} />}
      {!loaded.value && !loaded.problem && <Loading rows={5} />}
      {loaded.value?.length === 0 && (
        <Empty title="No MCP servers are configured." icon="servers">
          Add an <code>endpoint "mcp"</code> block to the configuration.
        </Empty>
      )}
      {loaded.value?.map((each) => <Server key={each.endpoint} of={each} again={loaded.again} />)}
    </>
  );
}

function Server({ of, again }: { of: McpServer; again: () => void }) {
  const down = of.connections.filter((each) => !each.up);
  return (
    <Card
      title={of.endpoint}
      side={
        <>
          {of.held.length > 0 && <Chip tone="held">{of.held.length} held</Chip>}
          <Chip tone={down.length > 0 ? 'deny' : 'allow'}>{down.length > 0 ? 'not up' : 'up'}</Chip>
        </>
      }
    >
      {of.description && <p class="soft small">{of.description}</p>}
      {down.map((each) => (
        <Note key={each.credential ?? ''} tone="deny">
          {each.credential && <b>{each.credential}: </b>}
          <Foreign text={each.why ?? 'it is starting'} line />
        </Note>
      ))}
      {of.held.map((each) => (
        <Held key={each.hash} server={of.endpoint} of={each} again={again} />
      ))}
      {of.pins.length > 0 && (
        <details>
          <summary>{of.pins.length} accepted</summary>
          <ul class="slots">
            {of.pins.map((each) => (
              <li key={each.hash} class="row spread">
                <span>
                  <Foreign text={each.name} line />{' '}
                  <span class="soft small">
                    {each.kind.replaceAll('_', ' ')} · by {each.by} <Ago at={each.at} />
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
}

function Held({ server, of, again }: { server: string; of: McpDefinition; again: () => void }) {
  const doing = useDoing();
  const accept = async () => {
    const body = { kind: of.kind, name: of.name, hash: of.hash };
    const path = `mcp/${encodeURIComponent(server)}/accept`;
    if (!(await doing.run(() => api.post(path, body)))) return;
    tell(`Agents have ${of.name} now.`, 'allow');
    again();
  };
  const lines = (of.difference ?? '').split('\n').filter((line) => line !== '');
  return (
    <section>
      <h3 class="row spread">
        <span>
          <Foreign text={of.name} line /> <Chip tone="held">{of.is_new ? 'new' : 'changed'}</Chip>
        </span>
        {may('operator') && (
          <Button small onClick={accept}>
            Accept
          </Button>
        )}
      </h3>
      {of.signs && of.signs.length > 0 && <Note tone="held">Look: it {of.signs.join('; it ')}.</Note>}
      <pre class="diff" tabIndex={0} role="region" aria-label={`What is different in ${of.name}`}>
        {lines.map((line, at) => (
          <span key={at} class={line.startsWith('+') ? 'added' : 'removed'}>
            {line}
          </span>
        ))}
      </pre>
      <Said doing={doing} />
    </section>
  );
}
