/** A row that changes: the higher revision is the newer one. */
export interface Row {
  id: string;
  revision: number;
}

/**
 * Merge rows read from the server into those held. Duplicates and late frames are harmless: a row
 * whose revision is not greater than the one held is dropped.
 */
export function merge<R extends Row>(held: ReadonlyMap<string, R>, incoming: readonly R[]): ReadonlyMap<string, R> {
  let next: Map<string, R> | null = null;
  for (const row of incoming) {
    const before = held.get(row.id);
    if (before && before.revision >= row.revision) continue;
    next ??= new Map(held);
    next.set(row.id, row);
  }
  return next ?? held;
}

export interface Batch<T> {
  add(item: T): void;
  stop(): void;
}

/** Collect items and hand them over together, at most once per turn of `schedule`. */
export function batch<T>(apply: (items: T[]) => void, schedule: (run: () => void) => () => void): Batch<T> {
  let items: T[] = [];
  let cancel: (() => void) | null = null;
  return {
    add(item) {
      items.push(item);
      cancel ??= schedule(() => {
        cancel = null;
        const now = items;
        items = [];
        apply(now);
      });
    },
    stop() {
      cancel?.();
      cancel = null;
      items = [];
    },
  };
}

export const later =
  (milliseconds: number) =>
  (run: () => void): (() => void) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  };
