// A recorded terminal, played: a page loads this only when somebody asks for it. Every letter is a text node.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLoad } from '../core/api';
import {
  apply,
  bold,
  colour_of,
  dim,
  inverse,
  italic,
  underlined,
  screen_after,
  type Cell,
  type Look,
  type Recording,
  type Screen,
} from '../core/screen';
import { Select } from './form';
import { Button, Failure, Loading } from './parts';

const silence_max_us = 2_000_000; // Of the record's time: longer ones are cut to this.
const speeds = [1, 2, 4, 16];

export default function Terminal({ action }: { action: string }) {
  const loaded = useLoad<Recording>(`actions/${encodeURIComponent(action)}/terminal`);
  if (loaded.problem?.code === 'not_found') return <p class="soft">No stream of it is on record.</p>;
  if (loaded.problem && !loaded.value) return <Failure problem={loaded.problem} again={loaded.again} />;
  if (!loaded.value) return <Loading rows={4} />;
  return <Player of={loaded.value} />;
}

function Player({ of }: { of: Recording }) {
  const [at, set_at] = useState(of.frames.length);
  const [is_playing, set_playing] = useState(false);
  const [speed, set_speed] = useState(1);
  const drawn = useRef<{ at: number; screen: Screen } | null>(null);
  const screen = useMemo(() => {
    const last = drawn.current;
    const kept = last !== null && last.at <= at ? last.screen : screen_after(of, at);
    const from = last !== null && last.at <= at ? last.at : at;
    for (const frame of of.frames.slice(from, at)) apply(kept, frame);
    drawn.current = { at, screen: kept };
    return kept;
  }, [of, at]);
  useEffect(() => {
    if (!is_playing) return undefined;
    const next = of.frames[at];
    if (!next) return set_playing(false);
    const gap = next.at_us - (of.frames[at - 1]?.at_us ?? next.at_us);
    const timer = setTimeout(() => set_at(at + 1), Math.min(silence_max_us, gap) / 1000 / speed);
    return () => clearTimeout(timer);
  }, [is_playing, at, speed]);
  const play = () => {
    if (!is_playing && at >= of.frames.length) set_at(0);
    set_playing(!is_playing);
  };
  return (
    <div class="terminal">
      <div class="row">
        <Button small kind="primary" icon={is_playing ? 'pause' : 'play'} onClick={play}>
          {is_playing ? 'Stop the terminal' : 'Play the terminal'}
        </Button>
        <Select
          label="Speed of the terminal"
          hidden_label
          value={String(speed)}
          set={(value) => set_speed(Number(value))}
          options={speeds.map((each): [string, string] => [String(each), `${each}×`])}
        />
        <input
          type="range"
          min={0}
          max={of.frames.length}
          value={at}
          aria-label="Position in the terminal’s recording"
          onInput={(event) => set_at(Number(event.currentTarget.value))}
        />
        <span class="soft tabular">
          {screen.columns}×{screen.height}
        </span>
      </div>
      <pre class="terminal-screen" tabIndex={0} aria-label="What the terminal showed">
        {screen.rows.map((row, index) => (
          <Line key={index} row={row} />
        ))}
      </pre>
    </div>
  );
}

function Line({ row }: { row: Cell[] }) {
  const runs: { look: Look; text: string }[] = [];
  for (const cell of row) {
    const last = runs.at(-1);
    if (last && last.look === (cell?.look ?? last.look)) last.text += cell?.letter ?? ' ';
    else runs.push({ look: cell.look, text: cell.letter });
  }
  return (
    <>
      {runs.map((run, index) => (
        <span key={index} class={class_of(run.look)} style={style_of(run.look)}>
          {run.text}
        </span>
      ))}
      {'\n'}
    </>
  );
}

function class_of({ fore, back, marks }: Look): string {
  const names = [
    marks & bold && 'term-bold',
    marks & dim && 'term-dim',
    marks & italic && 'term-italic',
    marks & underlined && 'term-underlined',
    marks & inverse && 'term-inverse',
    fore >= 0 && fore < 16 && `term-f${fore}`,
    back >= 0 && back < 16 && `term-b${back}`,
  ];
  return names.filter(Boolean).join(' ');
}

// Set property by property, which the Content-Security-Policy allows.
function style_of({ fore, back }: Look): Record<string, string> | undefined {
  if (fore < 16 && back < 16) return undefined;
  const style: Record<string, string> = {};
  if (fore >= 16) style.color = colour_of(fore);
  if (back >= 16) style.backgroundColor = colour_of(back);
  return style;
}
