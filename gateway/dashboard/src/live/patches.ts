/** A change of one state of an agent, as its feed tells it: a JSON pointer below the state. */
export interface Patch {
  interface: string;
  op: string;
  path: string;
  value?: unknown;
}

/** The states with a change made, or null where it does not fit and they have to be read anew. */
export function patched(values: Readonly<Record<string, unknown>>, { interface: name, op, path, value }: Patch): Record<string, unknown> | null {
  const words = path === "" || path === "/" ? [] : path.replace(/^\//, "").split("/").map((word) => word.replaceAll("~1", "/").replaceAll("~0", "~"));
  try {
    return { ...values, [name]: change(values[name], words, op, value ?? null) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function change(held: unknown, words: readonly string[], op: string, value: unknown): unknown {
  const [word, ...rest] = words;
  if (word === undefined) return op === "remove" ? null : value;
  if (Array.isArray(held)) return changeList(held, word, rest, op, value);
  if (typeof held !== "object" || held === null) throw new RangeError(word);
  const fields = held as Record<string, unknown>;
  const known = Object.hasOwn(fields, word);
  if (rest.length > 0 || op === "remove") {
    if (!known) throw new RangeError(word);
    if (rest.length > 0) return { ...fields, [word]: change(fields[word], rest, op, value) };
    return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== word));
  }
  return { ...fields, [word]: value };
}

function changeList(held: readonly unknown[], word: string, rest: readonly string[], op: string, value: unknown): unknown[] {
  const place = word === "-" ? held.length : Number(word);
  const adds = op === "add" && rest.length === 0;
  if (!Number.isInteger(place) || place < 0 || place > held.length - (adds ? 0 : 1)) throw new RangeError(word);
  if (rest.length > 0) return held.with(place, change(held[place], rest, op, value));
  if (op === "remove") return held.toSpliced(place, 1);
  return adds ? held.toSpliced(place, 0, value) : held.with(place, value);
}
