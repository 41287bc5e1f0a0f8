import { describe, expect, it } from "vitest";
import { BY_HAND, History, NOTHING, ended, moved, pinsOf, put, spaceOf, surfaceAxes, surfaceIn, vectorsOf, type Store, type Stored } from "./drawing";
import type { Drawn } from "./shapes";

const ZYX = [{ name: "z", type: "SPACE" }, { name: "y", type: "SPACE" }, { name: "x", type: "SPACE" }];
const TZYX = [{ name: "t", type: "TIME" }, ...ZYX];

describe("points", () => {
  it("end a shape by themselves, but for a polygon", () => {
    expect(put("POINT", NOTHING, [1, 2]).done).toBe(true);
    const line = put("LINE", NOTHING, [1, 2]);
    expect([line.done, put("LINE", line, [3, 4]).done, put("RECTANGLE", line, [3, 4]).done]).toEqual([false, true, true]);
    const many = ([[1, 1], [5, 1], [5, 5], [1, 5]] as const).reduce((stroke, point) => put("POLYGON", stroke, point), NOTHING);
    expect([many.done, many.points.length, ended("POLYGON", many).done]).toEqual([false, 4, true]);
  });
  it("too few end nothing, and the same one twice is one", () => {
    const two = put("POLYGON", put("POLYGON", NOTHING, [1, 1]), [5, 1]);
    expect(ended("POLYGON", two).done).toBe(false);
    expect(put("POLYGON", two, [5, 1]).points).toHaveLength(2);
    expect(put("LINE", put("LINE", NOTHING, [1, 1]), [1, 1]).done).toBe(false);
  });
});

describe("the space of a surface", () => {
  it("has a number for each axis of space, on the plane that is shown", () => {
    expect(spaceOf(TZYX)).toEqual(["z", "y", "x"]);
    expect(spaceOf([{ name: "a", type: "INDEX" }])).toEqual(["a"]);
    expect(vectorsOf([[3, 4]], spaceOf(TZYX), ["y", "x"], { z: 5, t: 2 })).toEqual([[5, 4, 3]]);
    expect(vectorsOf([[3, 4]], ["y", "x"], ["y", "x"], { z: 5 })).toEqual([[4, 3]]);
  });
  it("pins a shape to its time", () => {
    expect(pinsOf(TZYX, { z: 5, t: 2 })).toEqual([{ name: "t", value: 2 }]);
    expect(pinsOf(ZYX, { z: 5, c: 1 })).toEqual([]);
  });
  it("moves along the picture alone", () => {
    expect(moved([[5, 4, 3]], ["z", "y", "x"], ["y", "x"], [10, -1])).toEqual([[5, 3, 13]]);
  });
  it("leaves channels out, and is found again", () => {
    const axes = surfaceAxes([{ name: "c", type: "CHANNEL" }, ...ZYX]);
    expect(axes).toEqual(ZYX);
    const one = (name: string, of: typeof ZYX) => ({ id: name + of.length, name, coordinateSystem: { axes: of } });
    expect(surfaceIn([one("cells", ZYX), one(BY_HAND, ZYX.slice(1)), one(BY_HAND, ZYX)], axes)?.id).toBe(`${BY_HAND}3`);
    expect(surfaceIn([one("cells", ZYX)], axes)).toBeUndefined();
  });
});

class Shelf implements Store {
  shapes = new Map<string, { name: string; vectors: number[][] }>();
  next = 1;

  async create(shape: Stored): Promise<string> {
    const id = String(this.next);
    this.next += 1;
    this.shapes.set(id, { name: shape.name, vectors: shape.vectors });
    return id;
  }
  private held(id: string) {
    const found = this.shapes.get(id);
    if (!found) throw Object.assign(new Error("not found"), { code: "NOT_FOUND" });
    return found;
  }
  async change(id: string, changes: { name?: string; vectors?: number[][] }): Promise<void> {
    Object.assign(this.held(id), changes);
  }
  async remove(id: string): Promise<void> {
    this.held(id);
    this.shapes.delete(id);
  }
}

const drawn = (shelf: Shelf, id: string): Drawn =>
  ({ id, kind: "POINT", strokeWidth: 2, filled: false, strokeColor: null, fillColor: null, coordinates: [], collection: { id: "7" }, ...(shelf.shapes.get(id) as object) }) as unknown as Drawn;
const point = { kind: "POINT", name: "one", vectors: [[1, 2]], collection: "7" } as unknown as Stored;

describe("taking back", () => {
  it("goes through every deed, the newest first, past a shape that came back under a new id", async () => {
    const shelf = new Shelf();
    const history = new History(shelf);
    const id = await history.create(point);
    await history.change(drawn(shelf, id), { name: "two" });
    await history.change(drawn(shelf, id), { vectors: [[5, 6]] });
    await history.remove(drawn(shelf, id));
    expect(shelf.shapes.size).toBe(0);
    await history.undo();
    expect([...shelf.shapes.values()]).toEqual([{ name: "two", vectors: [[5, 6]] }]);
    await history.undo();
    expect([...shelf.shapes.values()]).toEqual([{ name: "two", vectors: [[1, 2]] }]);
    await history.undo();
    expect([...shelf.shapes.values()]).toEqual([{ name: "one", vectors: [[1, 2]] }]);
    await history.undo();
    expect([shelf.shapes.size, history.length]).toEqual([0, 0]);
    await history.undo();
  });
  it("lets be what somebody else removed, and keeps a deed that could not be taken back", async () => {
    const shelf = new Shelf();
    const history = new History(shelf);
    const id = await history.create(point);
    shelf.shapes.clear();
    await history.undo();
    expect(history.length).toBe(0);
    await history.create(point);
    shelf.remove = () => Promise.reject(new Error("away"));
    await expect(history.undo()).rejects.toThrow("away");
    expect([history.length, id]).toEqual([1, "1"]);
  });
});
