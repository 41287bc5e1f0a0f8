/** The pure operations of the catalog `base@1`, by name: parameters in order, then what they mean. */
export type Args = Record<string, unknown>;
export type Operation = readonly [parameters: readonly string[], run: (args: Args) => unknown];

/** What is not judged here; the server still is asked. */
export class Unknown extends Error {}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const missing = (value: unknown): boolean => value === null || value === undefined;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (missing(value) ? "" : typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value));
const object = (value: unknown): Args => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Args) : {});

export function equal(a: unknown, b: unknown): boolean {
  if (missing(a) && missing(b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal((a as Args)[key], (b as Args)[key]));
}

export function size(value: unknown): number {
  if (typeof value === "string") return [...value].length;
  if (Array.isArray(value)) return value.length;
  return Object.keys(object(value)).length;
}

/** Read a path: words with points (`a.b.0`), as clients write it (`a/b/0`), or a JSON pointer (`/a/b/0`). */
export function at(value: unknown, path: string): unknown {
  const keys = path.includes("/") ? path.replace(/^\//, "").split("/").map((key) => key.replace(/~1/g, "/").replace(/~0/g, "~")) : path === "" ? [] : path.split(".");
  return keys.reduce<unknown>((found, key) => {
    if (Array.isArray(found)) return found[Number(key)];
    return Object.hasOwn(object(found), key) ? object(found)[key] : undefined;
  }, value);
}

const numbers = (test: (a: number, b: number) => unknown, other: unknown): Operation => [["a", "b"], ({ a, b }) => (isNumber(a) && isNumber(b) ? test(a, b) : other)];
const mathOf = (run: (value: number) => number): Operation => [["value"], ({ value }) => (isNumber(value) ? run(value) : null)];
const textOf = (run: (value: string, args: Args) => unknown, ...more: string[]): Operation => [["value", ...more], (args) => run(text(args["value"]), args)];
const listOf = (run: (items: unknown[], args: Args) => unknown, ...more: string[]): Operation => [["value", ...more], (args) => run(list(args["value"]), args)];

const PATTERN_MOST = 200;
const TEXT_MOST = 10_000;
const RANGE_MOST = 10_000;

function matches(value: string, pattern: string): boolean {
  // Nested repetition could run for minutes: such patterns are left to the server.
  if (pattern.length > PATTERN_MOST || value.length > TEXT_MOST || /\([^)]*[+*{][^)]*\)[+*{]/.test(pattern)) throw new Unknown("matches");
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(value);
  } catch {
    throw new Unknown("matches");
  }
}

function contains(haystack: unknown, needle: unknown): boolean {
  if (typeof haystack === "string") return haystack.includes(text(needle));
  if (Array.isArray(haystack)) return haystack.some((item) => equal(item, needle));
  return Object.hasOwn(object(haystack), text(needle));
}

function compare(a: unknown, b: unknown): number {
  return isNumber(a) && isNumber(b) ? a - b : text(a).localeCompare(text(b));
}

function round(value: number, precision: unknown): number {
  const factor = 10 ** (isNumber(precision) ? precision : 0);
  return Math.round(value * factor) / factor;
}

function range(count: unknown, start: unknown, step: unknown): number[] {
  const from = isNumber(start) ? start : 0;
  const by = isNumber(step) ? step : 1;
  return Array.from({ length: Math.max(0, Math.min(RANGE_MOST, isNumber(count) ? count : 0)) }, (_, index) => from + index * by);
}

const BYTES = ["B", "kB", "MB", "GB", "TB", "PB"];
function bytes(value: number, precision: unknown): string {
  let left = value;
  let unit = 0;
  while (Math.abs(left) >= 1000 && unit < BYTES.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${round(left, isNumber(precision) ? precision : 1)} ${BYTES[unit]}`;
}

const dated = (value: unknown, options: Intl.DateTimeFormatOptions): string => {
  const date = new Date(text(value));
  return Number.isNaN(date.getTime()) ? "" : new Intl.DateTimeFormat(undefined, options).format(date);
};
type Style = "full" | "long" | "medium" | "short";
const style = (value: unknown): Style => (["full", "long", "medium", "short"].includes(text(value)) ? (text(value) as Style) : "medium");

function typeOf(value: unknown): string {
  if (missing(value)) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

export const OPERATIONS: Record<string, Operation> = {
  eq: [["a", "b"], ({ a, b }) => equal(a, b)],
  ne: [["a", "b"], ({ a, b }) => !equal(a, b)],
  gt: numbers((a, b) => a > b, false),
  gte: numbers((a, b) => a >= b, false),
  lt: numbers((a, b) => a < b, false),
  lte: numbers((a, b) => a <= b, false),
  between: [["value", "min", "max"], ({ value, min, max }) => isNumber(value) && isNumber(min) && isNumber(max) && min <= value && value <= max],
  and: [["a", "b"], ({ a, b }) => Boolean(a) && Boolean(b)],
  or: [["a", "b"], ({ a, b }) => Boolean(a) || Boolean(b)],
  not: [["a"], ({ a }) => !a],
  if: [["condition", "then", "otherwise"], ({ condition, then, otherwise }) => (condition ? then : otherwise)],
  is_null: [["a"], ({ a }) => missing(a)],
  is_set: [["a"], ({ a }) => !missing(a)],
  len: [["a"], ({ a }) => size(a)],
  len_between: [["value", "min", "max"], ({ value, min, max }) => size(value) >= Number(min) && (missing(max) || size(value) <= Number(max))],
  is_empty: [["a"], ({ a }) => missing(a) || size(a) === 0],
  contains: [["haystack", "needle"], ({ haystack, needle }) => contains(haystack, needle)],
  in: [["value", "options"], ({ value, options }) => list(options).some((item) => equal(item, value))],
  matches: [["value", "pattern"], ({ value, pattern }) => matches(text(value), text(pattern))],
  starts_with: [["value", "prefix"], ({ value, prefix }) => text(value).startsWith(text(prefix))],
  ends_with: [["value", "suffix"], ({ value, suffix }) => text(value).endsWith(text(suffix))],
  get: [["value", "path"], ({ value, path }) => at(value, text(path)) ?? null],
  coalesce: [["a", "b"], ({ a, b }) => a ?? b],
  add: numbers((a, b) => a + b, null),
  sub: numbers((a, b) => a - b, null),
  mul: numbers((a, b) => a * b, null),
  div: numbers((a, b) => (b === 0 ? null : a / b), null),
  mod: numbers((a, b) => (b === 0 ? null : ((a % b) + b) % b), null),
  neg: [["a"], ({ a }) => (isNumber(a) ? -a : null)],
  "fmt.bytes": [["value", "precision"], ({ value, precision }) => (isNumber(value) ? bytes(value, precision) : "")],
  "fmt.currency": [["value", "currency"], ({ value, currency }) => new Intl.NumberFormat(undefined, { style: "currency", currency: text(currency) }).format(Number(value))],
  "fmt.date": [["value", "dateStyle"], ({ value, dateStyle }) => dated(value, { dateStyle: style(dateStyle) })],
  "fmt.datetime": [["value", "dateStyle", "timeStyle"], ({ value, dateStyle, timeStyle }) => dated(value, { dateStyle: style(dateStyle), timeStyle: style(timeStyle) })],
  "fmt.json": [["value", "indent"], ({ value, indent }) => JSON.stringify(value ?? null, null, isNumber(indent) ? indent : 0)],
  "fmt.number": [["value", "minimumFractionDigits", "maximumFractionDigits"], ({ value, ...digits }) => new Intl.NumberFormat(undefined, digits as Intl.NumberFormatOptions).format(Number(value))],
  "fmt.percent": [["value", "precision"], ({ value, precision }) => (isNumber(value) ? `${round(value * 100, precision)}%` : "")],
  "fmt.relativeTime": [["value"], ({ value }) => text(value)],
  "list.at": listOf((items, { index }) => items.at(Number(index)) ?? null, "index"),
  "list.compact": listOf((items) => items.filter((item) => !missing(item))),
  "list.first": listOf((items) => items[0] ?? null),
  "list.join": listOf((items, { separator }) => items.map(text).join(missing(separator) ? ", " : text(separator)), "separator"),
  "list.last": listOf((items) => items.at(-1) ?? null),
  "list.pluck": listOf((items, { path }) => items.map((item) => at(item, text(path)) ?? null), "path"),
  "list.range": [["count", "start", "step"], ({ count, start, step }) => range(count, start, step)],
  "list.reverse": listOf((items) => [...items].reverse()),
  "list.slice": listOf((items, { start, end }) => items.slice(Number(start ?? 0), missing(end) ? undefined : Number(end)), "start", "end"),
  "list.sort": listOf((items, { path, descending }) => {
    const key = (item: unknown): unknown => (missing(path) ? item : at(item, text(path)));
    return [...items].sort((a, b) => compare(key(a), key(b)) * (descending ? -1 : 1));
  }, "path", "descending"),
  "list.sum": listOf((items) => items.filter(isNumber).reduce((sum, item) => sum + item, 0)),
  "list.unique": listOf((items) => items.filter((item, index) => items.findIndex((other) => equal(other, item)) === index)),
  "math.abs": mathOf(Math.abs),
  "math.ceil": mathOf(Math.ceil),
  "math.clamp": [["value", "min", "max"], ({ value, min, max }) => (isNumber(value) ? Math.min(Math.max(value, Number(min)), Number(max)) : null)],
  "math.floor": mathOf(Math.floor),
  "math.round": [["value", "precision"], ({ value, precision }) => (isNumber(value) ? round(value, precision) : null)],
  "obj.entries": [["value"], ({ value }) => Object.entries(object(value)).map(([key, item]) => ({ key, value: item }))],
  "obj.has": [["value", "path"], ({ value, path }) => at(value, text(path)) !== undefined],
  "obj.keys": [["value"], ({ value }) => Object.keys(object(value))],
  "obj.values": [["value"], ({ value }) => Object.values(object(value))],
  "str.capitalize": textOf((value) => value.charAt(0).toUpperCase() + value.slice(1)),
  "str.default": textOf((value, { fallback }) => value || text(fallback), "fallback"),
  "str.lower": textOf((value) => value.toLowerCase()),
  "str.replace": textOf((value, { search, replacement }) => value.replaceAll(text(search), text(replacement)), "search", "replacement"),
  "str.slice": textOf((value, { start, end }) => value.slice(Number(start ?? 0), missing(end) ? undefined : Number(end)), "start", "end"),
  "str.split": textOf((value, { separator }) => value.split(missing(separator) ? "," : text(separator)), "separator"),
  "str.trim": textOf((value) => value.trim()),
  "str.truncate": textOf((value, { length, suffix }) => (value.length > Number(length) ? value.slice(0, Number(length)) + (missing(suffix) ? "…" : text(suffix)) : value), "length", "suffix"),
  "str.upper": textOf((value) => value.toUpperCase()),
  "type.of": [["value"], ({ value }) => typeOf(value)],
  "type.toBoolean": [["value"], ({ value }) => !["false", "0", ""].includes(text(value).toLowerCase())],
  "type.toNumber": [["value", "fallback"], ({ value, fallback }) => (text(value).trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : (fallback ?? null))],
  "type.toString": [["value"], ({ value }) => text(value)],
};
