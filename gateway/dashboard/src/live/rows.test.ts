import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batch, merge, type Row } from "./rows";

const rows = (...list: [string, number][]): Map<string, Row> => new Map(list.map(([id, revision]) => [id, { id, revision }]));
const frame = fc.record({ id: fc.constantFrom("a", "b", "c"), revision: fc.integer({ min: 0, max: 20 }) });

describe("merge", () => {
  it("takes the newer row and drops the late one", () => {
    const held = rows(["a", 2]);
    expect(merge(held, [{ id: "a", revision: 3 }]).get("a")?.revision).toBe(3);
    expect(merge(held, [{ id: "a", revision: 1 }])).toBe(held);
    expect(merge(held, [{ id: "a", revision: 2 }])).toBe(held);
  });
  it("comes to the same end whatever is doubled, late or out of order", () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat()), (frames, order) => {
        const shaken = [...frames, ...frames].map((one, index) => [order[index % Math.max(order.length, 1)] ?? index, one] as const).sort((x, y) => x[0] - y[0]).map(([, one]) => one);
        const straight = frames.reduce<ReadonlyMap<string, Row>>((held, one) => merge(held, [one]), new Map());
        const late = shaken.reduce<ReadonlyMap<string, Row>>((held, one) => merge(held, [one]), new Map());
        const told = (held: ReadonlyMap<string, Row>): string[] => [...held.values()].map((row) => `${row.id} ${row.revision}`).sort();
        expect(told(late)).toEqual(told(straight));
      }),
    );
  });
});

describe("batch", () => {
  function byHand() {
    const waiting: (() => void)[] = [];
    const seen: number[][] = [];
    const one = batch<number>((items) => seen.push(items), (run) => {
      waiting.push(run);
      return () => void waiting.splice(waiting.indexOf(run), 1);
    });
    return { one, seen, turn: () => waiting.shift()?.(), waiting };
  }
  it("hands over together what came between two turns", () => {
    const { one, seen, turn, waiting } = byHand();
    one.add(1);
    one.add(2);
    expect(waiting).toHaveLength(1);
    turn();
    one.add(3);
    turn();
    expect(seen).toEqual([[1, 2], [3]]);
  });
  it("hands over nothing once it is stopped", () => {
    const { one, seen, turn } = byHand();
    one.add(1);
    one.stop();
    turn();
    expect(seen).toEqual([]);
  });
});
