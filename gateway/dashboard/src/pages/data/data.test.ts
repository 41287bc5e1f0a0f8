import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundsOf, channelsFrom, channelsTo, compose, histogramOf, numbersOf, rampOf, transposed } from "./channels";
import { isOf, keyOf } from "./pending";
import { cutsOf, keptLook, planeOf, rawPath, sizeOf, wholeLook, windowOf, zoomed } from "./region";
import { StoreError, partCount, partRange, partSize, partsIn, type Part } from "./s3";
import { colourOf, shapeOf, type Drawn } from "./shapes";
import { pause, transfer, type Steps, type Target } from "./transfer";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

describe("an upload that is not finished", () => {
  const file = { name: "a.czi", size: 5, lastModified: 7 };
  const one = { key: keyOf("lab 1", file, "3"), home: "lab 1", store: "9", name: "a.czi", size: 5, modified: 7, folder: "3" };
  it("is known by its file as long as that stays as it was", () => {
    expect(isOf(one, file)).toBe(true);
    for (const other of [{ ...file, name: "b.czi" }, { ...file, size: 6 }, { ...file, lastModified: 8 }]) expect(isOf(one, other)).toBe(false);
  });
  it("is of one person, one organization and one folder", () => {
    const keys = [keyOf("lab 1", file, "3"), keyOf("lab 2", file, "3"), keyOf("desk 1", file, "3"), keyOf("lab 1", file, null)];
    expect(new Set(keys).size).toBe(4);
  });
});

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
  it("asks for new credentials when those it has are refused", async () => {
    const shelf = new Shelf();
    let left = 2;
    shelf.fails = (number) => (number === 3 && left-- > 0 ? new StoreError(403, "ExpiredToken") : null);
    const told = steps(shelf);
    await transfer(sized(40 * MIB), told, going);
    expect(told.fresh).toBe(2);
    expect(shelf.completed).toEqual([1, 2, 3]);
  });
  it("tries a part again, longer apart each time, with the credentials it has", async () => {
    const shelf = new Shelf();
    let left = 3;
    shelf.fails = (number) => (number === 2 && left-- > 0 ? new TypeError("network") : null);
    const told = steps(shelf);
    await transfer(sized(40 * MIB), told, going);
    expect(told.waits).toEqual([pause(0), pause(1), pause(2)]);
    expect(told.fresh).toBe(0);
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
  it("leave the channels to be shown together", () => expect(cutsOf(["c", "z", "y", "x"], [2, 9, 5, 5], {}, "c")).toEqual({ z: 4 }));
});

describe("what is read for a look", () => {
  const axes = ["z", "y", "x"];
  const levels = [{ level: 0, shape: [8, 9000, 8000] }, { level: 1, shape: [8, 4500, 4000] }, { level: 2, shape: [4, 1000, 889] }];
  const stage = { width: 800, height: 600 };
  const image = sizeOf(axes, [8, 9000, 8000]);
  it("is a whole coarse level for all of it", () => {
    expect(windowOf(axes, levels, wholeLook(image, stage), stage)).toEqual({ level: 2, rows: [0, 1000], columns: [0, 889] });
  });
  it("is the part in sight of a finer one when one comes closer", () => {
    const near = windowOf(axes, levels, { x: 4000, y: 4500, scale: 1 }, stage);
    expect(near).toEqual({ level: 0, rows: [4096, 4864], columns: [3584, 4608] });
    expect(windowOf(axes, levels, { x: 4000, y: 4500, scale: 1 }, stage, 2).level).toBe(2);
  });
  it("is never more than may be read, and always holds the middle", () => {
    const numbers = fc.record({ width: fc.integer({ min: 1, max: 60_000 }), height: fc.integer({ min: 1, max: 60_000 }), x: fc.double({ min: 0, max: 1, noNaN: true }), y: fc.double({ min: 0, max: 1, noNaN: true }), scale: fc.double({ min: 0.001, max: 64, noNaN: true }) });
    fc.assert(
      fc.property(numbers, ({ width, height, x, y, scale }) => {
        const look = { x: x * width, y: y * height, scale };
        const { rows, columns } = windowOf(["y", "x"], [{ level: 0, shape: [height, width] }], look, stage);
        for (const [[from, to], extent, middle] of [[rows, height, look.y], [columns, width, look.x]] as const) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(extent);
          expect(to - from).toBeLessThanOrEqual(2048);
          expect(to - from).toBeGreaterThan(0);
          expect(from).toBeLessThanOrEqual(middle);
          expect(to).toBeGreaterThanOrEqual(Math.min(middle, extent));
        }
      }),
    );
  });
  it("is asked for by every axis once, planes of coarser levels by their share", () => {
    const path = rawPath("7", axes, levels, { level: 2, rows: [0, 1000], columns: [0, 889] }, { z: 7 });
    expect(decodeURIComponent(path)).toBe("/mikro/arrays/7/region?level=2&format=raw&slice=z:3&slice=y:0:1000&slice=x:0:889");
  });
  it("keeps the place under the pointer when it zooms, and the picture in reach", () => {
    const before = { x: 100, y: 50, scale: 2 };
    const after = zoomed(before, 2, { x: 40, y: -20 });
    expect(after.x + 40 / after.scale).toBeCloseTo(before.x + 40 / before.scale);
    expect(after.y - 20 / after.scale).toBeCloseTo(before.y - 20 / before.scale);
    expect(keptLook({ x: -5, y: 1e9, scale: 1e9 }, image, stage)).toEqual({ x: 0, y: 9000, scale: 64 });
  });
});

describe("channels", () => {
  it("stand in the address only where they differ from what is usual", () => {
    const usual = channelsFrom({}, 2);
    expect(usual.map((one) => one.colour)).toEqual(["green", "magenta"]);
    expect(channelsFrom({}, 8).filter((one) => one.on)).toHaveLength(6);
    expect(channelsTo(usual)).toEqual({ c0: undefined, c1: undefined });
    const changed = usual.map((one, index) => (index === 0 ? one : { on: false, colour: "viridis", min: 3, max: 9.5 }));
    expect(channelsTo(changed)).toEqual({ c0: undefined, c1: "3,9.5,off,viridis" });
    expect(channelsFrom({ c1: "3,9.5,off,viridis" }, 2)).toEqual(changed);
    expect(channelsFrom({ c0: "much,,maybe,toString" }, 1)[0]).toEqual({ on: false, colour: "grey", min: null, max: null });
  });
  it("are read by the type the answer names", () => {
    const buffer = new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00]).buffer;
    expect([...numbersOf(buffer, "float16")]).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
    expect([...numbersOf(new BigInt64Array([-3n, 5n]).buffer, "int64")]).toEqual([-3, 5]);
    expect([...numbersOf(new Uint16Array([7, 9]).buffer, "uint16")]).toEqual([7, 9]);
    expect(() => numbersOf(buffer, "complex64")).toThrow("complex64");
  });
  it("are turned where x comes before y", () => expect([...transposed(new Uint8Array([1, 2, 3, 4, 5, 6]), 3, 2)]).toEqual([1, 3, 5, 2, 4, 6]));
  it("are bounded by percentiles, without what is no number", () => {
    const values = Float32Array.from({ length: 1000 }, (_, index) => (index === 999 ? 1e6 : index));
    values[0] = Number.NaN;
    const { all, auto } = boundsOf(values);
    expect(all).toEqual({ min: 1, max: 1e6 });
    expect(auto.max).toBeLessThan(1000);
    expect(boundsOf(new Uint8Array(4).fill(5)).auto).toEqual({ min: 5, max: 6 });
    expect(histogramOf(new Uint8Array([0, 0, 9, 10]), { min: 0, max: 10 }, 2)).toEqual([2, 2]);
  });
  it("add their light, each between its bounds", () => {
    const pixels = new Uint8ClampedArray(8);
    const layer = (values: number[], colour: string) => ({ values: new Uint8Array(values), bounds: { min: 10, max: 20 }, colour });
    compose([layer([10, 20], "red"), layer([200, 0], "green"), layer([20, 20], "red")], pixels);
    expect([...pixels]).toEqual([255, 255, 0, 255, 255, 0, 0, 255]);
    expect([...rampOf("viridis").slice(0, 3), ...rampOf("viridis").slice(-3)]).toEqual([0x44, 1, 0x54, 0xfd, 0xe7, 0x25]);
  });
});

describe("annotations over a plane", () => {
  const drawn = (kind: string, vectors: number[][], more: object = {}): Drawn =>
    ({ id: "1", name: "", kind, vectors, coordinates: [], strokeWidth: 1, filled: false, strokeColor: null, fillColor: null, collection: { id: "1", name: "", coordinateSystem: { id: "1", axes: ["z", "y", "x"].map((name) => ({ id: name, name, type: name === "t" ? "TIME" : "SPACE" })) } }, ...more }) as Drawn;
  it("are drawn by the names of axes, and only on planes they touch", () => {
    const box = drawn("RECTANGLE", [[2, 10, 20], [4, 30, 50]]);
    expect(shapeOf(box, ["y", "x"], { z: 3 })).toEqual({ form: "line", closed: true, points: [[20, 10], [50, 10], [50, 30], [20, 30]] });
    expect(shapeOf(box, ["y", "x"], { z: 5 })).toBeNull();
    expect(shapeOf(box, ["y", "w"], { z: 3 })).toBeNull();
    expect(shapeOf(drawn("POINT", [[3, 1, 2]], { coordinates: [{ name: "t", value: 4 }] }), ["y", "x"], { t: 5, z: 3 })).toBeNull();
  });
  it("have numbers for the axes of space alone", () => {
    const axes = [{ id: "t", name: "t", type: "TIME" }, ...["y", "x"].map((name) => ({ id: name, name, type: "SPACE" }))];
    const pinned = drawn("POINT", [[1, 2]], { coordinates: [{ name: "t", value: 4 }], collection: { id: "1", name: "", coordinateSystem: { id: "1", axes } } });
    expect(shapeOf(pinned, ["y", "x"], { t: 4 })).toEqual({ form: "dots", points: [[2, 1]] });
    expect(shapeOf(pinned, ["y", "x"], { t: 5 })).toBeNull();
  });
  it("have the form of their kind", () => {
    expect(shapeOf(drawn("MULTI_POINT", [[0, 1, 2], [0, 3, 4]]), ["y", "x"], {})).toEqual({ form: "dots", points: [[2, 1], [4, 3]] });
    expect(shapeOf(drawn("CIRCLE", [[0, 5, 5], [0, 5, 9]]), ["y", "x"], {})).toEqual({ form: "ellipse", x: 5, y: 5, rx: 4, ry: 4 });
    expect(shapeOf(drawn("ELLIPSE", [[0, 0, 0], [0, 0, 8], [0, 4, 8], [0, 4, 0]]), ["y", "x"], {})).toEqual({ form: "ellipse", x: 4, y: 2, rx: 4, ry: 2 });
    expect(shapeOf(drawn("POLYGON", [[0, 0, 0], [0, 0, 8], [0, 4, 8]]), ["y", "x"], {})).toMatchObject({ closed: true });
    expect(shapeOf(drawn("PATH", [[0, 0, 0], [0, 0, 8], [0, 4, 8]]), ["y", "x"], {})).toMatchObject({ closed: false });
    expect(colourOf([1, 2, 3], "red")).toBe("rgb(1 2 3 / 1)");
    expect(colourOf(null, "red")).toBe("red");
  });
});
