import { createContext } from "react";
import { at, type Args } from "./operations";
import { check, toWire, type Draft } from "./ports";
import type { Port } from "./types";

/** What the fields of a form know of it: the values given so far, the ports they are of, and who would run it. */
export interface Scope {
  values: Args;
  ports: readonly Port[];
  implementation: string | null;
}

export const FormScope = createContext<Scope>({ values: {}, ports: [], implementation: null });

/** The value of a draft as far as it can be read: of a model those fields that are right already. */
function readable(port: Port, draft: Draft): { value: unknown } | null {
  if (typeof draft === "object" && draft?.kind === "fields") return { value: valuesOf(port.children ?? [], (_, index) => draft.fields[index] ?? null) };
  return check(port, draft).length === 0 ? { value: toWire(port, draft) } : null;
}

/** Values by port key, as validators read them; what cannot be read yet is left out. */
export function valuesOf(ports: readonly Port[], draftOf: (port: Port, index: number) => Draft): Args {
  return Object.fromEntries(
    ports.flatMap((port, index) => {
      const found = readable(port, draftOf(port, index));
      return found ? [[port.key, found.value]] : [];
    }),
  );
}

/** The scope inside of a port with children. Paths begin at the top of the form; what is not there is looked for beside. */
export const within = (outer: Scope, children: readonly Port[], drafts: readonly Draft[]): Scope => ({
  ...outer,
  values: { ...valuesOf(children, (_, index) => drafts[index] ?? null), ...outer.values },
  ports: [...outer.ports, ...children],
});

/** The value of a port by its key, or of one inside of another by a path (`a..b`). */
export const along = (values: Args, path: string): unknown => (Object.hasOwn(values, path) ? values[path] : at(values, path.replaceAll("..", ".")));

/** A structure goes by its id. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  return typeof value === "object" && value !== null && "__identifier" in value && "object" in value ? value.object : value;
}
