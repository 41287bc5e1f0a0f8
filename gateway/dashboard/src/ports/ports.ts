import type { Choice, Port } from "./types";

/**
 * What a form holds while somebody fills it in. `null` is "no value". Text stays text until it is
 * sent, so that half a number is never turned into another one.
 */
export type Draft =
  | null
  | string
  | boolean
  | { kind: "choice"; index: number }
  | { kind: "quantity"; amount: string; unit: string }
  | { kind: "rows"; rows: Draft[] }
  | { kind: "entries"; entries: { key: string; value: Draft }[] }
  | { kind: "fields"; fields: Draft[] }
  | { kind: "union"; use: number; variants: Draft[] }
  | { kind: "json"; text: string };

/** Something wrong, and where: positions of children, as `[2, 0]`. */
export interface Issue {
  path: number[];
  text: string;
  values?: Record<string, string | number>;
}

const DEPTH_MOST = 8;
const CHOOSABLE = new Set(["ENUM", "INT", "FLOAT", "STRING"]);
const REFERENCES = new Set(["STRUCTURE", "INTERFACE", "MEMORY_STRUCTURE"]);
const KNOWN = new Set(["INT", "FLOAT", "BOOL", "STRING", "DATE", "ENUM", "QUANTITY", "LIST", "DICT", "MODEL", "UNION", ...REFERENCES]);

export const hasChoices = (port: Port): boolean => CHOOSABLE.has(port.kind) && (port.choices?.length ?? 0) > 0;
const childrenOf = (port: Port): readonly Port[] => port.children ?? [];
export const isOpenDict = (port: Port): boolean => port.kind === "DICT" && (childrenOf(port).length === 0 || (childrenOf(port).length === 1 && childrenOf(port)[0]?.key === "..."));

export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}

/** A kind this page does not know, or one nested too deep, is edited as JSON. */
export const asJson = (port: Port, depth = 0): boolean => !KNOWN.has(port.kind) || depth > DEPTH_MOST || (port.kind === "ENUM" && !hasChoices(port));

const anything: Port = { key: "...", kind: "ANY", nullable: true };
export const itemOf = (port: Port): Port => childrenOf(port)[0] ?? anything;

/** The draft of a value as it comes over the wire; what does not fit becomes "no value". */
export function fromWire(port: Port, value: unknown, depth = 0): Draft {
  if (value === undefined) value = null;
  if (asJson(port, depth)) return value === null && port.nullable ? null : { kind: "json", text: value === null ? "" : JSON.stringify(value) };
  if (value === null) return empty(port, depth);
  if (hasChoices(port)) {
    const index = (port.choices as readonly Choice[]).findIndex((choice) => same(choice.value, value));
    return index < 0 ? null : { kind: "choice", index };
  }
  if (REFERENCES.has(port.kind)) return referenceText(value);
  switch (port.kind) {
    case "INT":
    case "FLOAT":
      return typeof value === "number" || typeof value === "string" ? String(value) : "";
    case "BOOL":
      return typeof value === "boolean" ? value : empty(port, depth);
    case "STRING":
      return typeof value === "string" ? value : JSON.stringify(value);
    case "DATE":
      return typeof value === "string" ? (dateOnly(port) ? localText(value).slice(0, 10) : localText(value)) : "";
    case "QUANTITY":
      return quantityDraft(port, value);
    default:
      return compound(port, value, depth);
  }
}

function compound(port: Port, value: unknown, depth: number): Draft {
  if (port.kind === "LIST") {
    return Array.isArray(value) ? { kind: "rows", rows: value.map((item) => fromWire(itemOf(port), item, depth + 1)) } : empty(port, depth);
  }
  if (typeof value !== "object" || value === null) return empty(port, depth);
  const fields = value as Record<string, unknown>;
  if (port.kind === "UNION") {
    const use = Number(fields["__use"] ?? 0);
    const variants = childrenOf(port).map((child, index) => (index === use ? fromWire(child, fields["__value"], depth + 1) : empty(child, depth + 1)));
    return { kind: "union", use: use >= 0 && use < variants.length ? use : 0, variants };
  }
  if (isOpenDict(port)) {
    return { kind: "entries", entries: Object.entries(fields).map(([key, item]) => ({ key, value: fromWire(itemOf(port), item, depth + 1) })) };
  }
  return { kind: "fields", fields: childrenOf(port).map((child) => fromWire(child, fields[child.key], depth + 1)) };
}

function referenceText(value: unknown): string {
  if (typeof value === "object" && value !== null && "object" in value) return String((value as { object: unknown }).object ?? "");
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

const QUANTITY = /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$/;

function quantityDraft(port: Port, value: unknown): Draft {
  const match = QUANTITY.exec(String(value));
  return { kind: "quantity", amount: match?.[1] ?? "", unit: match?.[2] || unitsOf(port)[0] || "" };
}

export function unitsOf(port: Port): string[] {
  return [...new Set([...(port.referenceUnit ? [port.referenceUnit] : []), ...(port.proposedUnits ?? [])])];
}

/** The draft of nothing. */
export function empty(port: Port, depth = 0): Draft {
  if (asJson(port, depth)) return port.nullable ? null : { kind: "json", text: "" };
  if (hasChoices(port)) return null;
  if (port.kind === "QUANTITY") return { kind: "quantity", amount: "", unit: unitsOf(port)[0] ?? "" };
  if (["LIST", "DICT", "MODEL", "UNION"].includes(port.kind) && port.nullable) return null;
  return filled(port, depth);
}

/** The draft of a value that is there but holds nothing yet. */
export function filled(port: Port, depth = 0): Draft {
  switch (port.kind) {
    case "BOOL":
      return port.nullable ? null : false;
    case "LIST":
      return { kind: "rows", rows: [] };
    case "DICT":
      if (isOpenDict(port)) return { kind: "entries", entries: [] };
      return { kind: "fields", fields: childrenOf(port).map((child) => initial(child, depth + 1)) };
    case "MODEL":
      return { kind: "fields", fields: childrenOf(port).map((child) => initial(child, depth + 1)) };
    case "UNION":
      return { kind: "union", use: 0, variants: childrenOf(port).map((child) => initial(child, depth + 1)) };
    default:
      return "";
  }
}

/** What a form begins with: the declared default, or nothing. */
export function initial(port: Port, depth = 0): Draft {
  return port.default === null || port.default === undefined ? empty(port, depth) : fromWire(port, port.default, depth);
}

/** The value to send; only for drafts without issues. */
export function toWire(port: Port, draft: Draft, depth = 0): unknown {
  if (isNothing(draft)) return port.kind === "STRING" && !port.nullable && !hasChoices(port) ? (draft ?? "") : null;
  if (typeof draft === "object" && draft !== null) return objectToWire(port, draft, depth);
  if (REFERENCES.has(port.kind)) return { __identifier: port.identifier ?? "", object: String(draft).trim() };
  switch (port.kind) {
    case "INT": {
      const text = String(draft).trim();
      // Beyond 2^53 JavaScript would round; the clients read text as well.
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    }
    case "FLOAT":
      return Number(numberText(String(draft)));
    case "DATE":
      return isoText(String(draft));
    default:
      return draft;
  }
}

type ObjectDraft = Exclude<Draft, null | string | boolean>;

function objectToWire(port: Port, draft: ObjectDraft, depth: number): unknown {
  switch (draft.kind) {
    case "json":
      return JSON.parse(draft.text) as unknown;
    case "choice":
      return port.choices?.[draft.index]?.value ?? null;
    case "quantity":
      return `${Number(numberText(draft.amount))} ${draft.unit}`.trim();
    case "rows":
      return draft.rows.map((row) => toWire(itemOf(port), row, depth + 1));
    case "entries":
      return Object.fromEntries(draft.entries.map(({ key, value }) => [key, toWire(itemOf(port), value, depth + 1)]));
    case "fields":
      return Object.fromEntries(childrenOf(port).map((child, index) => [child.key, toWire(child, draft.fields[index] ?? null, depth + 1)]));
    case "union": {
      const child = childrenOf(port)[draft.use];
      return child ? { __use: draft.use, __value: toWire(child, draft.variants[draft.use] ?? null, depth + 1) } : null;
    }
  }
}

export function isNothing(draft: Draft): boolean {
  if (draft === null || draft === "") return true;
  if (typeof draft !== "object") return false;
  if (draft.kind === "quantity") return draft.amount.trim() === "";
  return draft.kind === "json" && draft.text.trim() === "";
}

/** Everything wrong with a draft, deepest included. */
export function check(port: Port, draft: Draft, path: number[] = []): Issue[] {
  const wrong = (text: string, values?: Issue["values"]): Issue[] => [{ path, text, ...(values ? { values } : {}) }];
  if (isNothing(draft)) {
    const emptyTextIsFine = port.kind === "STRING" && port.default === "";
    return port.nullable || emptyTextIsFine ? [] : wrong("This is needed.");
  }
  if (typeof draft === "object" && draft !== null) return checkObject(port, draft, path);
  if (port.kind === "INT") return checkInt(port, String(draft), wrong);
  if (port.kind === "FLOAT") return checkFloat(port, String(draft), wrong);
  if (port.kind === "DATE" && isoText(String(draft)) === null) return wrong("This is not a date.");
  return [];
}

type Wrong = (text: string, values?: Issue["values"]) => Issue[];

function checkInt(port: Port, text: string, wrong: Wrong): Issue[] {
  if (!/^\s*[-+]?\d+\s*$/.test(text)) return wrong("This must be a whole number.");
  return checkRange(port, Number(text), wrong);
}

function checkFloat(port: Port, text: string, wrong: Wrong): Issue[] {
  const number = Number(numberText(text));
  if (numberText(text) === "" || !Number.isFinite(number)) return wrong("This must be a number.");
  return checkRange(port, number, wrong);
}

function checkRange(port: Port, value: number, wrong: Wrong): Issue[] {
  const { min, max } = port.widget?.kind === "SLIDER" ? port.widget : { min: null, max: null };
  if (typeof min === "number" && typeof max === "number" && (value < min || value > max)) return wrong("This must be between {{min}} and {{max}}. You gave {{value}}.", { min, max, value });
  if (typeof min === "number" && value < min) return wrong("This must be {{min}} or more. You gave {{value}}.", { min, value });
  if (typeof max === "number" && value > max) return wrong("This must be {{max}} or less. You gave {{value}}.", { max, value });
  return [];
}

function checkObject(port: Port, draft: ObjectDraft, path: number[]): Issue[] {
  switch (draft.kind) {
    case "json":
      try {
        JSON.parse(draft.text);
        return [];
      } catch {
        return [{ path, text: "This is not JSON." }];
      }
    case "choice":
      return port.choices?.[draft.index] ? [] : [{ path, text: "This is none of the choices." }];
    case "quantity":
      if (!Number.isFinite(Number(numberText(draft.amount)))) return [{ path, text: "This must be a number." }];
      return draft.unit === port.referenceUnit ? checkRange(port, Number(numberText(draft.amount)), (text, values) => [{ path, text, ...(values ? { values } : {}) }]) : [];
    case "rows":
      return draft.rows.flatMap((row, index) => check(itemOf(port), row, [...path, index]));
    case "entries":
      return checkEntries(port, draft.entries, path);
    case "fields":
      return childrenOf(port).flatMap((child, index) => check(child, draft.fields[index] ?? null, [...path, index]));
    case "union": {
      const child = childrenOf(port)[draft.use];
      return child ? check(child, draft.variants[draft.use] ?? null, [...path, draft.use]) : [{ path, text: "Choose one." }];
    }
  }
}

function checkEntries(port: Port, entries: { key: string; value: Draft }[], path: number[]): Issue[] {
  const keys = entries.map((entry) => entry.key.trim());
  return entries.flatMap((entry, index) => {
    const here = [...path, index];
    if (keys[index] === "") return [{ path: here, text: "The key is needed." }];
    if (keys.indexOf(keys[index] ?? "") !== index) return [{ path: here, text: "This key is there twice." }];
    return check(itemOf(port), entry.value, here);
  });
}

/** A number as people type it: a comma for a point, spaces between thousands. */
export function numberText(text: string): string {
  const plain = text.trim().replace(/[\s\u00a0\u202f]/g, "");
  return plain.includes(".") ? plain : plain.replace(",", ".");
}

/** The moment as the field of a browser holds it, in the zone of the person. */
const DAY = /^\d{4}-\d\d-\d\d$/;

/** Whether a date is asked for without a time: its default has none. */
export const dateOnly = (port: Port): boolean => port.kind === "DATE" && typeof port.default === "string" && DAY.test(port.default);

export function localText(iso: string): string {
  if (DAY.test(iso)) return iso;
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, date.getSeconds() === 0 ? 16 : 19);
}

/** ISO 8601 with the offset of the person's zone, or null for what is no date. */
export function isoText(text: string): string | null {
  const date = new Date(DAY.test(text) ? `${text}T00:00` : text);
  if (text.trim() === "" || Number.isNaN(date.getTime())) return null;
  const minutes = -date.getTimezoneOffset();
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, "0");
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** The arguments of an action from drafts by port key. */
export function wireOf(ports: readonly Port[], drafts: Readonly<Record<string, Draft>>): Record<string, unknown> {
  return Object.fromEntries(ports.map((port) => [port.key, toWire(port, drafts[port.key] ?? null)]));
}

/** Drafts of old arguments; keys the action no longer has are told, not kept. */
export function draftsOf(ports: readonly Port[], args: Readonly<Record<string, unknown>>): { drafts: Record<string, Draft>; dropped: string[] } {
  const keys = new Set(ports.map((port) => port.key));
  return {
    drafts: Object.fromEntries(ports.map((port) => [port.key, port.key in args ? fromWire(port, args[port.key]) : initial(port)])),
    dropped: Object.keys(args).filter((key) => !keys.has(key)),
  };
}
