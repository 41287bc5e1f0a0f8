import type { ShapesQuery } from "~/gen/mikro";
import { spaceOf } from "./drawing";

export type Drawn = ShapesQuery["annotations"][number];

export type Shape =
  | { form: "dots"; points: [x: number, y: number][] }
  | { form: "line"; points: [x: number, y: number][]; closed: boolean }
  | { form: "ellipse"; x: number; y: number; rx: number; ry: number };

const CLOSED = new Set(["POLYGON"]);
const BOXES = new Set(["RECTANGLE", "CUBE"]);
const ROUND = new Set(["CIRCLE", "ELLIPSE", "SPHERE", "ELLIPSOID"]);

function boxOf(points: readonly [number, number][]): [left: number, right: number, top: number, bottom: number] {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

/** An annotation on the plane: what is drawn, or null where it lies on other planes. */
export function shapeOf(one: Drawn, plane: readonly [rows: string, columns: string], cuts: Readonly<Record<string, number>>): Shape | null {
  for (const pin of one.coordinates) if (cuts[pin.name] !== undefined && cuts[pin.name] !== pin.value) return null;
  const axes = spaceOf(one.collection.coordinateSystem.axes);
  const [row, column] = plane.map((axis) => axes.indexOf(axis)) as [number, number];
  if (row < 0 || column < 0) return null;
  const points = one.vectors.map((vector): [number, number] => [vector[column] ?? 0, vector[row] ?? 0]);
  for (const [axis, at] of Object.entries(cuts)) {
    const index = axes.indexOf(axis);
    if (index < 0) continue;
    const along = one.vectors.map((vector) => vector[index] ?? 0);
    if (at < Math.floor(Math.min(...along)) || at > Math.ceil(Math.max(...along))) return null;
  }
  const [first, second, third] = points;
  if (!first) return null;
  const [left, right, top, bottom] = boxOf(points);
  if (BOXES.has(one.kind)) return { form: "line", closed: true, points: [[left, top], [right, top], [right, bottom], [left, bottom]] };
  if (ROUND.has(one.kind) && points.length > 3) return { form: "ellipse", x: (left + right) / 2, y: (top + bottom) / 2, rx: (right - left) / 2, ry: (bottom - top) / 2 };
  if (ROUND.has(one.kind) && second) {
    // The middle and a point on the rim for each half axis.
    const reach = ([x, y]: [number, number]): number => Math.hypot(x - first[0], y - first[1]);
    const rx = reach(second);
    return { form: "ellipse", x: first[0], y: first[1], rx, ry: third ? reach(third) : rx };
  }
  if (one.kind.includes("POINT") || points.length === 1) return { form: "dots", points };
  return { form: "line", points, closed: CLOSED.has(one.kind) };
}

/** A colour of the store, [r, g, b] or [r, g, b, a], as styles write it. */
export function colourOf(parts: readonly number[] | null | undefined, usual: string): string {
  if (!parts || parts.length < 3) return usual;
  const [r, g, b, a = 255] = parts;
  return `rgb(${r} ${g} ${b} / ${a / 255})`;
}
