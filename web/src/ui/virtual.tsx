// A list of any length: only the rows that can be seen exist. Rows have one height, so that the position of a
// row is a multiplication and scrolling costs the same for a hundred rows and for a hundred thousand.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props {
  count: number;
  row_px: number;
  row: (at: number) => ComponentChildren;
  key_of: (at: number) => string | number;
  chosen?: number;
  choose?: (at: number) => void;
  open?: (at: number) => void;
  near_end?: () => void;
  on_top?: (is_on_top: boolean) => void;
  label: string;
}

const spare_rows = 8;

export function VirtualList(props: Props) {
  const { count, row_px, row, key_of, chosen = -1 } = props;
  const box = useRef<HTMLDivElement>(null);
  const [first, set_first] = useState(0);
  const [seen, set_seen] = useState(40);
  const was_on_top = useRef(true);

  const look = () => {
    const at = box.current;
    if (!at) return;
    set_first(Math.floor(at.scrollTop / row_px));
    const is_on_top = at.scrollTop < row_px / 2;
    if (is_on_top !== was_on_top.current) props.on_top?.((was_on_top.current = is_on_top));
    if (at.scrollTop + at.clientHeight > (count - 50) * row_px) props.near_end?.();
  };
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return undefined;
    const measure = () => set_seen(Math.ceil(at.clientHeight / row_px) + 1);
    const watcher = new ResizeObserver(measure);
    watcher.observe(at);
    measure();
    return () => watcher.disconnect();
  }, [row_px]);
  useEffect(look, [count]);
  useEffect(() => {
    const at = box.current;
    if (!at || chosen < 0) return;
    const top = chosen * row_px;
    if (top < at.scrollTop) at.scrollTop = top;
    else if (top + row_px > at.scrollTop + at.clientHeight) at.scrollTop = top + row_px - at.clientHeight;
  }, [chosen]);

  const from = Math.max(0, Math.min(first, count - seen) - spare_rows);
  const to = Math.min(count, from + seen + 2 * spare_rows);
  const rows = [];
  for (let at = from; at < to; ++at) {
    rows.push(
      <div
        key={key_of(at)}
        id={`row-${at}`}
        class={at === chosen ? 'vrow chosen' : 'vrow'}
        role="option"
        aria-selected={at === chosen}
        aria-setsize={count}
        aria-posinset={at + 1}
        style={{ transform: `translateY(${at * row_px}px)`, height: `${row_px}px` }}
        onClick={() => (props.choose?.(at), props.open?.(at))}
      >
        {row(at)}
      </div>,
    );
  }
  const move = (event: KeyboardEvent) => {
    const page = Math.max(1, seen - 3);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -count,
      End: count,
    };
    const step = steps[event.key];
    if (step !== undefined && props.choose && count > 0) {
      event.preventDefault();
      props.choose(Math.max(0, Math.min(count - 1, chosen + step)));
    } else if (event.key === 'Enter' && chosen >= 0) {
      event.preventDefault();
      event.stopPropagation();
      props.open?.(chosen);
    }
  };
  return (
    <div
      ref={box}
      class="vlist"
      role="listbox"
      aria-label={props.label}
      aria-activedescendant={chosen >= from && chosen < to ? `row-${chosen}` : undefined}
      tabIndex={0}
      onScroll={look}
      onKeyDown={move}
    >
      <div class="vspace" style={{ height: `${count * row_px}px` }}>
        {rows}
      </div>
    </div>
  );
}
