import { evaluate } from "./rules";
import { Unknown } from "./operations";
import type { Widget } from "./types";

export interface StateOption {
  value: unknown;
  label: string;
  description?: string;
}

/** What stands at a path of nested values: `Stage.slots` or `/Stage/slots`; undefined is nothing. */
export function under(values: unknown, path: string): unknown {
  return path
    .split(/[./]/)
    .filter(Boolean)
    .reduce<unknown>((held, word) => (typeof held === "object" && held !== null && Object.hasOwn(held, word) ? (held as Record<string, unknown>)[word] : undefined), values);
}

interface Item {
  whole: unknown;
  value: unknown;
  label: unknown;
  about?: unknown;
}

function itemOf(whole: unknown): Item {
  // Without accessors an item is its own value, or says so itself, as clients agree.
  if (typeof whole !== "object" || whole === null || !("key" in whole && "value" in whole)) return { whole, value: whole, label: whole };
  const { key, value, description } = whole as { key: unknown; value: unknown; description?: unknown };
  return { whole, value, label: key, about: description };
}

function listed(values: Readonly<Record<string, unknown>>, widget: Widget): Item[] | null {
  let found: unknown;
  try {
    found = widget.stateCall ? evaluate(widget.stateCall, values as Record<string, unknown>) : under(values, widget.statePath ?? "");
  } catch (error) {
    if (error instanceof Unknown) return null;
    throw error;
  }
  if (Array.isArray(found)) return found.map(itemOf);
  if (typeof found !== "object" || found === null) return null;
  return Object.entries(found).map(([key, whole]) => ({ whole, value: key, label: key }));
}

const worded = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value) ?? "");

/** The options a state offers, or null where the state has no such list. */
export function stateOptions(values: Readonly<Record<string, unknown>>, widget: Widget): StateOption[] | null {
  const items = listed(values, widget);
  if (items === null) return null;
  const accessor = (key: string) => widget.stateAccessors?.find((one) => one.optionKey === key && typeof one.path === "string")?.path ?? null;
  const [value, label, description] = ["VALUE", "LABEL", "DESCRIPTION"].map(accessor);
  return items.map((item) => {
    const chosen = value ? under(item.whole, value) : item.value;
    const about = description ? under(item.whole, description) : item.about;
    return {
      value: chosen ?? null,
      label: worded((label ? under(item.whole, label) : undefined) ?? (value ? chosen : item.label)),
      ...(about === undefined || about === null ? {} : { description: worded(about) }),
    };
  });
}
