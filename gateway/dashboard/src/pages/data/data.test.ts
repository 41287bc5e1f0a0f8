import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutsOf, planeOf, regionPath, shownLevel } from "./region";
import { StoreError, partCount, partRange, partSize, partsIn, type Part } from "./s3";
import { pause, transfer, type Steps, type Target } from "./transfer";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

describe("parts", () => {
  it.each([[1, 16 * MIB], [16 * MIB, 16 * MIB], [100 * GIB, 16 * MIB], [200 * GIB, 23 * MIB]])("of %d bytes are %d", (size, part) => expect(partSize(size)).toBe(part));
  it("cover a file of any size once, and are never too many", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 * GIB }), (size) => {
        const count = partCount(size);
        expect(count).toBeLessThanOrEqual(10_000);
        expect(partRange(size, 1)[0]).toBe(0);
        expect(partRange(size, count)[1]).toBe(size);
        const some = Math.ceil(count / 2);
        if (some < count) expect(partRange(size, some)[1]).toBe(partRange(size, some + 1)[0]);
      }),
    );
  });
  it("are read from the store's answer", () => {
    expect(partsIn("<R><Part><PartNumber>2</PartNumber><ETag>&quot;ab&quot;</ETag></Part><Part><PartNumber>3</PartNumber><ETag>\"cd\"</ETag></Part></R>")).toEqual([{ number: 2, etag: '"ab"' }, { number: 3, etag: '"cd"' }]);
    expect(partsIn("<R/>")).toEqual([]);
  });
});

class Shelf implements Target {
  puts = 0;
  begun = 0;
  held = new Map<number, number>();
  completed: number[] | null = null;
  fails: (number: number) => Error | null = () => null;
  known = true;

  async put(): Promise<void> {
    const error = this.fails(0);
    if (error) throw error;
    this.puts += 1;
  }
  async begin(): Promise<string> {
    this.begun += 1;
    return `u${this.begun}`;
  }
  async part(_upload: string, number: number, body: Blob): Promise<Part> {
    const error = this.fails(number);
    if (error) throw error;
    this.held.set(number, body.size);
    return { number, etag: `"${number}"` };
  }
  async parts(): Promise<Part[] | null> {
    return this.known ? [...this.held.keys()].map((number) => ({ number, etag: `"${number}"` })) : null;
  }
  async complete(_upload: string, parts: readonly Part[]): Promise<void> {
    this.completed = parts.map((part) => part.number).sort((a, b) => a - b);
  }
}

function steps(shelf: Shelf): Steps & { waits: number[]; seen: number[]; fresh: number; ids: string[] } {
  const one = {
    waits: [] as number[],
    seen: [] as number[],
    ids: [] as string[],
    fresh: 0,
    target: async (fresh: boolean) => {
      if (fresh) one.fresh += 1;
      return shelf;
    },
    onBegun: (upload: string) => void one.ids.push(upload),
    onProgress: (bytes: number) => void one.seen.push(bytes),
    wait: async (milliseconds: number) => void one.waits.push(milliseconds),
  };
  return one;
}

const sized = (size: number): Blob => ({ size, slice: (from: number, to: number) => ({ size: to - from }) as Blob }) as Blob;
const going = new AbortController().signal;

describe("a transfer", () => {
  it("of a small file is one piece", async () => {
    const shelf = new Shelf();
    const told = steps(shelf);
    await transfer(sized(100), told, going);
    expect([shelf.puts, shelf.begun, told.seen]).toEqual([1, 0, [100]]);
  });
  it("of a large one sends each part once and tells how far it is", async () => {
    const shelf = new Shelf();
    const told = steps(shelf);
    await transfer(sized(70 * MIB), told, going);
    expect(shelf.completed).toEqual([1, 2, 3, 4, 5]);
    expect([...shelf.held.values()].reduce((a, b) => a + b)).toBe(70 * MIB);
    expect(told.seen.at(-1)).toBe(70 * MIB);
    expect(told.seen).toEqual([...told.seen].sort((a, b) => a - b));
  });
  it("goes on where an earlier one ended", async () => {
    const shelf = new Shelf();
    shelf.held.set(1, 16 * MIB).set(3, 16 * MIB);
    const told = steps(shelf);
    await transfer(sized(70 * MIB), told, going, "earlier");
    expect(told.ids).toEqual([]);
    expect(told.seen[0]).toBe(32 * MIB);
    expect(shelf.completed).toEqual([1, 2, 3, 4, 5]);
  });
  it("begins anew when the earlier one is not known any more", async () => {
    const shelf = new Shelf();
    shelf.known = false;
    const told = steps(shelf);
    await transfer(sized(40 * MIB), told, going, "earlier");
    expect(told.ids).toEqual(["u1"]);
    expect(shelf.completed).toEqual([1, 2, 3]);
  });
  it("tries a part again, longer apart each time, with fresh credentials", async () => {
    const shelf = new Shelf();
    let left = 3;
    shelf.fails = (number) => (number === 2 && left-- > 0 ? new TypeError("network") : null);
    const told = steps(shelf);
    await transfer(sized(40 * MIB), told, going);
    expect(told.waits).toEqual([pause(0), pause(1), pause(2)]);
    expect(told.fresh).toBe(3);
    expect(shelf.completed).toEqual([1, 2, 3]);
  });
  it("gives up in the end, and at once on what will not change", async () => {
    const shelf = new Shelf();
    shelf.fails = () => new StoreError(503, "SlowDown");
    const told = steps(shelf);
    await expect(transfer(sized(40 * MIB), told, going)).rejects.toThrow("SlowDown");
    expect(told.waits.length).toBeGreaterThanOrEqual(5);
    shelf.fails = () => new StoreError(400, "EntityTooLarge");
    const again = steps(shelf);
    await expect(transfer(sized(100), again, going)).rejects.toThrow("EntityTooLarge");
    expect(again.waits).toEqual([]);
  });
  it("ends when it is stopped", async () => {
    const shelf = new Shelf();
    const stopper = new AbortController();
    shelf.fails = () => {
      stopper.abort();
      return new Error("aborted");
    };
    const told = steps(shelf);
    await expect(transfer(sized(40 * MIB), told, stopper.signal)).rejects.toThrow("aborted");
    expect(shelf.completed).toBeNull();
    expect(told.waits).toEqual([]);
  });
});

describe("regions of arrays", () => {
  it("show y and x, or the last two axes", () => {
    expect(planeOf(["c", "z", "y", "x"])).toEqual(["y", "x"]);
    expect(planeOf(["x", "y", "t"])).toEqual(["y", "x"]);
    expect(planeOf(["a", "b", "c"])).toEqual(["b", "c"]);
  });
  it("begin in the middle of z and at the start of others, inside of the array", () => {
    expect(cutsOf(["c", "z", "y", "x"], [2, 9, 5, 5], {})).toEqual({ c: 0, z: 4 });
    expect(cutsOf(["c", "z", "y", "x"], [2, 9, 5, 5], { c: "7", z: "-1" })).toEqual({ c: 1, z: 0 });
    expect(cutsOf(["z", "y", "x"], [9, 5, 5], { z: "nonsense" })).toEqual({ z: 0 });
  });
  it("are asked for at a level that fits a screen", () => {
    const levels = [{ level: 0, shape: [1, 9000, 9000] }, { level: 1, shape: [1, 4500, 4500] }, { level: 2, shape: [1, 1125, 1125] }];
    expect(shownLevel(levels)).toBe(2);
    expect(shownLevel([{ level: 0, shape: [100, 100] }])).toBe(0);
    expect(shownLevel(levels.slice(0, 2))).toBe(1);
    expect(shownLevel([])).toBe(0);
  });
  it("name each axis that is cut, and bounds only where they are numbers", () => {
    const path = regionPath("7", ["c", "z", "y", "x"], { at: { c: 1, z: 4 }, level: 2, colour: "VIRIDIS", min: "12.5", max: "much" });
    expect(path).toBe("/mikro/arrays/7/region?level=2&format=webp&colormap=VIRIDIS&slice=c%3A1&slice=z%3A4&min=12.5");
  });
});
