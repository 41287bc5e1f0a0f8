import type { Search } from "~/lib/search";

export interface View {
  /** Positions of the axes that are not shown. */
  at: Record<string, number>;
  level: number;
  colour: string;
  min: string | undefined;
  max: string | undefined;
}

const PLANE = ["y", "x"];
/** About as many pixels as a screen has. */
const ENOUGH = 2048;

/** The axes that span the picture: y and x where there are, else the last two. */
export function planeOf(axes: readonly string[]): string[] {
  const named = PLANE.filter((axis) => axes.includes(axis));
  return named.length === 2 ? named : axes.slice(-2);
}

/** One position of each axis that is not shown, from the address, kept inside of the array. */
export function cutsOf(axes: readonly string[], shape: readonly number[], search: Search): Record<string, number> {
  const plane = planeOf(axes);
  return Object.fromEntries(
    axes.flatMap((axis, index) => {
      if (plane.includes(axis)) return [];
      const size = shape[index] ?? 1;
      const asked = Number(search[axis] ?? (axis === "z" ? Math.floor(size / 2) : 0));
      return [[axis, Math.max(0, Math.min(size - 1, Number.isInteger(asked) ? asked : 0))]];
    }),
  );
}

/** The finest level that is not much larger than a screen, else the coarsest there is. */
export function shownLevel(levels: readonly { level: number; shape: readonly number[] }[]): number {
  const fine = [...levels].sort((a, b) => a.level - b.level);
  const fitting = fine.find((one) => one.shape.slice(-2).every((extent) => extent <= ENOUGH));
  return (fitting ?? fine.at(-1))?.level ?? 0;
}

export function regionPath(id: string, axes: readonly string[], view: View): string {
  const query = new URLSearchParams({ level: String(view.level), format: "webp", colormap: view.colour });
  for (const axis of axes) {
    const at = view.at[axis];
    if (at !== undefined) query.append("slice", `${axis}:${at}`);
  }
  for (const bound of ["min", "max"] as const) {
    const value = view[bound];
    if (value !== undefined && value !== "" && Number.isFinite(Number(value))) query.set(bound, value);
  }
  return `/mikro/arrays/${encodeURIComponent(id)}/region?${query.toString()}`;
}
