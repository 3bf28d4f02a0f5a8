// A value that components watch: the whole of this dashboard's state is a few of these.
import { useEffect, useState } from 'preact/hooks';

export class Cell<T> {
  private readonly watchers = new Set<() => void>();

  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const watcher of [...this.watchers]) watcher();
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

export function useCell<T>(cell: Cell<T>): T {
  const [, redraw] = useState(0);
  const value = cell.get();
  useEffect(() => {
    const look = () => redraw((count) => count + 1);
    if (!Object.is(cell.get(), value)) look(); // It changed between drawing and watching.
    return cell.watch(look);
  }, [cell]);
  return value;
}

// The present second, for countdowns and "3 min ago"; one timer for all who look.
export const now = new Cell(Date.now());
setInterval(() => now.set(Date.now()), 1000);
