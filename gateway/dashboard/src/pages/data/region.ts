import type { Search } from "~/lib/search";

export interface Level {
  level: number;
  shape: readonly number[];
}

/** What of a level is read: its number, and from where to where on both axes of the picture. */
export interface Window {
  level: number;
  rows: readonly [from: number, to: number];
  columns: readonly [from: number, to: number];
}

/** What one looks at: the middle in pixels of the finest level, and screen pixels per pixel of it. */
export interface Look {
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

const PLANE = ["y", "x"];
/** Levels up to this size are read whole; larger ones by windows that start at multiples of `STEP`. */
const WHOLE = 1024;
const STEP = 256;
/** The most that is read at once along one axis: 2048 x 2048 numbers of 8 bytes are 32 MiB. */
const MOST = 2048;
/** A pixel of a level may be this large on the screen before a finer level is asked for. */
const COARSE = 1.5;

/** The axes that span the picture, rows first: y and x where there are, else the last two. */
export function planeOf(axes: readonly string[]): [rows: string, columns: string] {
  const named = PLANE.filter((axis) => axes.includes(axis));
  const [rows, columns] = named.length === 2 ? named : axes.slice(-2);
  return [rows ?? "", columns ?? ""];
}

/** One position of each axis that is neither shown nor a channel, from the address, kept inside. */
export function cutsOf(axes: readonly string[], shape: readonly number[], search: Search, channel: string | null = null): Record<string, number> {
  const plane: readonly string[] = planeOf(axes);
  return Object.fromEntries(
    axes.flatMap((axis, index) => {
      if (plane.includes(axis) || axis === channel) return [];
      const size = shape[index] ?? 1;
      const asked = Number(search[axis] ?? (axis === "z" ? Math.floor(size / 2) : 0));
      return [[axis, Math.max(0, Math.min(size - 1, Number.isInteger(asked) ? asked : 0))]];
    }),
  );
}

function extents(axes: readonly string[], shape: readonly number[]): [rows: number, columns: number] {
  const [rows, columns] = planeOf(axes);
  return [shape[axes.indexOf(rows)] ?? 1, shape[axes.indexOf(columns)] ?? 1];
}

export function sizeOf(axes: readonly string[], shape: readonly number[]): Size {
  const [height, width] = extents(axes, shape);
  return { width, height };
}

/** Show everything, as large as it fits. */
export function wholeLook(image: Size, stage: Size): Look {
  return { x: image.width / 2, y: image.height / 2, scale: Math.min(stage.width / image.width, stage.height / image.height) || 1 };
}

/** Keep the scale sensible and the middle on the picture. */
export function keptLook(look: Look, image: Size, stage: Size): Look {
  const least = wholeLook(image, stage).scale / 2;
  return {
    x: Math.max(0, Math.min(image.width, look.x)),
    y: Math.max(0, Math.min(image.height, look.y)),
    scale: Math.max(least, Math.min(64, look.scale)),
  };
}

/** The same place under the pointer at another scale; `at` is measured from the middle of the stage. */
export function zoomed(look: Look, factor: number, at: { x: number; y: number } = { x: 0, y: 0 }): Look {
  const scale = look.scale * factor;
  return { scale, x: look.x + at.x / look.scale - at.x / scale, y: look.y + at.y / look.scale - at.y / scale };
}

function along(extent: number, middle: number, seen: number): [number, number] {
  if (extent <= WHOLE) return [0, extent];
  const reach = Math.min(seen, MOST - 2 * STEP) / 2;
  const from = Math.max(0, Math.floor((middle - reach) / STEP) * STEP);
  return [Math.min(from, extent), Math.min(extent, Math.max(from + 1, Math.ceil((middle + reach) / STEP) * STEP))];
}

/**
 * What to read for a look: of the coarsest level that is sharp enough the part in sight. A picture
 * without coarser levels is cut to what may be read at once, around the middle.
 */
export function windowOf(axes: readonly string[], levels: readonly Level[], look: Look, stage: Size, forced: number | null = null): Window {
  const fine = [...levels].sort((a, b) => a.level - b.level);
  const finest = fine[0] ?? { level: 0, shape: axes.map(() => 1) };
  const whole = sizeOf(axes, finest.shape);
  const factor = (one: Level): number => whole.width / Math.max(1, sizeOf(axes, one.shape).width);
  const sharp = [...fine].reverse().find((one) => look.scale * factor(one) <= COARSE);
  const chosen = fine.find((one) => one.level === forced) ?? sharp ?? finest;
  const [height, width] = extents(axes, chosen.shape);
  const fx = whole.width / Math.max(1, width);
  const fy = whole.height / Math.max(1, height);
  return {
    level: chosen.level,
    rows: along(height, look.y / fy, stage.height / look.scale / fy),
    columns: along(width, look.x / fx, stage.width / look.scale / fx),
  };
}

/** The address of the numbers of one channel of a window. */
export function rawPath(id: string, axes: readonly string[], levels: readonly Level[], window: Window, at: Readonly<Record<string, number>>): string {
  const finest = levels.reduce((best, one) => (one.level < best.level ? one : best), levels[0] ?? { level: 0, shape: [] });
  const shape = levels.find((one) => one.level === window.level)?.shape ?? [];
  const [rows, columns] = planeOf(axes);
  const query = new URLSearchParams({ level: String(window.level), format: "raw" });
  axes.forEach((axis, index) => {
    if (axis === rows) query.append("slice", `${axis}:${window.rows[0]}:${window.rows[1]}`);
    else if (axis === columns) query.append("slice", `${axis}:${window.columns[0]}:${window.columns[1]}`);
    else {
      // Coarser levels may have fewer planes too.
      const here = shape[index] ?? 1;
      const position = Math.floor(((at[axis] ?? 0) * here) / (finest.shape[index] ?? here));
      query.append("slice", `${axis}:${Math.max(0, Math.min(here - 1, position))}`);
    }
  });
  return `/mikro/arrays/${encodeURIComponent(id)}/region?${query.toString()}`;
}
