import type { Drawn } from "./shapes";

/** Drawing over a picture: points become shapes, shapes are moved, and every deed can be taken back. */
export type Tool = "select" | "POINT" | "LINE" | "RECTANGLE" | "POLYGON";
export type Kind = Exclude<Tool, "select">;
export type Point = readonly [x: number, y: number];

/** How many points end a shape by themselves; a polygon ends when somebody says so. */
const ENDS: Record<Kind, number> = { POINT: 1, LINE: 2, RECTANGLE: 2, POLYGON: Number.POSITIVE_INFINITY };
const LEAST: Record<Kind, number> = { POINT: 1, LINE: 2, RECTANGLE: 2, POLYGON: 3 };

export interface Stroke {
  points: readonly Point[];
  /** The shape is whole. */
  done: boolean;
}

export const NOTHING: Stroke = { points: [], done: false };

/** Set a point; one that stands on the last one is none, for a click tells of itself more than once. */
export function put(tool: Kind, { points }: Stroke, point: Point): Stroke {
  const last = points.at(-1);
  if (last && last[0] === point[0] && last[1] === point[1]) return { points, done: false };
  const next = [...points, point];
  return { points: next, done: next.length >= ENDS[tool] };
}

/** End a shape where enough points are set. */
export const ended = (tool: Kind, { points }: Stroke): Stroke => ({ points, done: points.length >= LEAST[tool] });

export interface Axis {
  name: string;
  type: string;
}

/** The axes that points have numbers for: those of space, or all where none is said to be. */
export function spaceOf(axes: readonly Axis[]): string[] {
  const space = axes.filter((axis) => axis.type === "SPACE").map((axis) => axis.name);
  return space.length > 0 ? space : axes.map((axis) => axis.name);
}

type Cuts = Readonly<Record<string, number>>;
type Plane = readonly [rows: string, columns: string];

/** Points of the picture in the space of a collection, on the plane that is shown. */
export const vectorsOf = (points: readonly Point[], space: readonly string[], plane: Plane, cuts: Cuts): number[][] =>
  points.map(([x, y]) => space.map((axis) => (axis === plane[0] ? y : axis === plane[1] ? x : (cuts[axis] ?? 0))));

/** Points moved along the picture; the other axes stay. */
export const moved = (vectors: readonly (readonly number[])[], space: readonly string[], plane: Plane, by: Point): number[][] =>
  vectors.map((vector) => vector.map((value, index) => (space[index] === plane[1] ? value + by[0] : space[index] === plane[0] ? value + by[1] : value)));

/** What else a shape is pinned to: positions of axes that are no space, as time. */
export const pinsOf = (axes: readonly Axis[], cuts: Cuts): { name: string; value: number }[] =>
  axes.filter((axis) => !spaceOf(axes).includes(axis.name)).flatMap((axis) => (cuts[axis.name] === undefined ? [] : [{ name: axis.name, value: cuts[axis.name] ?? 0 }]));

export interface Surface {
  id: string;
  name: string;
  coordinateSystem: { axes: readonly Axis[] };
}

/** The name of the surfaces that are made by hand here; those of apps are not drawn upon. */
export const BY_HAND = "drawn by hand";

/** The axes of a surface over an image: all but its channels. */
export const surfaceAxes = (axes: readonly Axis[]): Axis[] => axes.filter((axis) => axis.type === "SPACE" || axis.type === "TIME").map(({ name, type }) => ({ name, type }));

/** A surface that was drawn upon by hand before, over the same axes. */
export const surfaceIn = (surfaces: readonly Surface[], axes: readonly Axis[]): Surface | undefined =>
  surfaces.find((one) => one.name === BY_HAND && JSON.stringify(one.coordinateSystem.axes.map((axis) => axis.name)) === JSON.stringify(axes.map((axis) => axis.name)));

/** A shape as it is stored, enough to draw it again. */
export type Stored = Pick<Drawn, "kind" | "name" | "vectors" | "strokeColor" | "fillColor" | "strokeWidth" | "filled" | "coordinates"> & { collection: string };

export const storedOf = (one: Drawn): Stored => ({
  kind: one.kind,
  name: one.name,
  vectors: one.vectors,
  strokeColor: one.strokeColor ?? null,
  fillColor: one.fillColor ?? null,
  strokeWidth: one.strokeWidth,
  filled: one.filled,
  coordinates: one.coordinates.map(({ name, value }) => ({ name, value })),
  collection: one.collection.id,
});

export interface Store {
  create(shape: Stored): Promise<string>;
  change(id: string, changes: { name?: string; vectors?: number[][] }): Promise<unknown>;
  remove(id: string): Promise<unknown>;
}

type Deed = { what: "created"; id: string } | { what: "changed"; id: string; before: { name?: string; vectors?: number[][] } } | { what: "removed"; id: string; shape: Stored };

/** What one did here, newest last; taking back a removal gives the shape a new id, which older deeds then mean. */
export class History {
  private deeds: Deed[] = [];

  constructor(private readonly store: Store) {}

  get length(): number {
    return this.deeds.length;
  }

  async create(shape: Stored): Promise<string> {
    const id = await this.store.create(shape);
    this.deeds.push({ what: "created", id });
    return id;
  }

  async change(one: Drawn, changes: { name?: string; vectors?: number[][] }): Promise<void> {
    const before = { ...(changes.name === undefined ? {} : { name: one.name }), ...(changes.vectors ? { vectors: one.vectors } : {}) };
    await this.store.change(one.id, changes);
    this.deeds.push({ what: "changed", id: one.id, before });
  }

  async remove(one: Drawn): Promise<void> {
    await this.store.remove(one.id);
    this.deeds.push({ what: "removed", id: one.id, shape: storedOf(one) });
  }

  /** Take the newest deed back. A shape that somebody else removed meanwhile is left alone. */
  async undo(): Promise<void> {
    const deed = this.deeds.pop();
    if (!deed) return;
    try {
      if (deed.what === "created") await this.store.remove(deed.id);
      else if (deed.what === "changed") await this.store.change(deed.id, deed.before);
      else {
        const again = await this.store.create(deed.shape);
        this.deeds = this.deeds.map((one) => (one.id === deed.id ? { ...one, id: again } : one));
      }
    } catch (problem) {
      if ((problem as { code?: string }).code !== "NOT_FOUND") {
        this.deeds.push(deed);
        throw problem;
      }
    }
  }
}
