// The keyboard: `g` and a letter goes to a page, the rest belongs to the page shown. Typing in a field is
// never taken for a command, nor is anything with Ctrl, Alt or Meta, which belong to the browser.
import { useEffect, useRef } from 'preact/hooks';
import { Cell } from './cell';
import { go, link } from './route';

export const help_is_open = new Cell(false);

export const pages: [key: string, page: string, name: string][] = [
  ['n', 'now', 'Now'],
  ['a', 'actions', 'Actions'],
  ['s', 'sessions', 'Sessions'],
  ['g', 'agents', 'Agents'],
  ['p', 'policy', 'Policy'],
  ['c', 'credentials', 'Credentials'],
  ['m', 'servers', 'MCP servers'],
  ['y', 'analytics', 'Analytics'],
  ['u', 'audit', 'Audit'],
  ['e', 'settings', 'Settings'],
];

type Keys = Record<string, () => void>;
const layers: { current: Keys }[] = [];
let has_g_at = 0;

function is_typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (is_typing(event.target)) {
    if (event.key === 'Escape') (event.target as HTMLElement).blur();
    return;
  }
  if (document.querySelector('dialog[open]')) return;
  if (event.timeStamp - has_g_at < 1200 && has_g_at > 0) {
    has_g_at = 0;
    const page = pages.find(([key]) => key === event.key);
    if (page) {
      event.preventDefault();
      go(link(page[1]));
    }
    return;
  }
  if (event.key === 'g') {
    has_g_at = event.timeStamp;
    return;
  }
  if (event.key === '?') {
    help_is_open.set(true);
    return;
  }
  const on_button = event.target instanceof HTMLElement && event.target.matches('a, button, summary');
  if (event.key === 'Enter' && on_button) return;
  for (let at = layers.length - 1; at >= 0; --at) {
    const action = layers[at]?.current[event.key];
    if (!action) continue;
    event.preventDefault();
    action();
    return;
  }
});

// The page's own keys, as long as it is shown.
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    layers.push(latest);
    return () => {
      layers.splice(layers.indexOf(latest), 1);
    };
  }, []);
}
