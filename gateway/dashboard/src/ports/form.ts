import { check, isNothing, toWire, type Draft, type Issue } from "./ports";
import { effectsOf, refused } from "./rules";
import { valuesOf, within, type Scope } from "./scope";
import type { Port } from "./types";

/** A whole form: which fields are hidden, what is wrong, what is sent. Rules hold at every depth. */
type Drafts = Readonly<Record<string, Draft>>;

const named = (port: Port, draft: Draft): draft is Extract<Draft, { kind: "fields" }> => typeof draft === "object" && draft?.kind === "fields" && (port.children?.length ?? 0) > 0;

const own = (port: Port, draft: Draft, scope: Scope) => ({ ...scope.values, value: check(port, draft).length === 0 ? toWire(port, draft) : null });

export const scopeOf = (ports: readonly Port[], drafts: Drafts, implementation: string | null = null): Scope => ({
  values: valuesOf(ports, (port) => drafts[port.key] ?? null),
  ports,
  implementation,
});

export const effectsIn = (port: Port, draft: Draft, scope: Scope) => effectsOf(port, own(port, draft, scope));

/** Everything wrong with a port: what its kind says, then its validators, deepest included. */
export function issuesOf(port: Port, draft: Draft, scope: Scope): Issue[] {
  if (effectsIn(port, draft, scope).hidden) return [];
  if (named(port, draft)) {
    const inner = within(scope, port.children ?? [], draft.fields);
    const below = (port.children ?? []).flatMap((child, index) => issuesOf(child, draft.fields[index] ?? null, inner).map((issue) => ({ ...issue, path: [index, ...issue.path] })));
    return below.length > 0 ? below : validated(port, draft, scope);
  }
  const issues = check(port, draft);
  return issues.length > 0 || isNothing(draft) ? issues : validated(port, draft, scope);
}

function validated(port: Port, draft: Draft, scope: Scope): Issue[] {
  const text = refused(port.validators, own(port, draft, scope));
  return text ? [{ path: [], text }] : [];
}

/** What is sent of a port; of a hidden one nothing, or its default where nothing is not taken. */
function sent(port: Port, draft: Draft, scope: Scope): unknown {
  if (effectsIn(port, draft, scope).hidden) return port.nullable ? null : (port.default ?? null);
  if (!named(port, draft)) return toWire(port, draft);
  const inner = within(scope, port.children ?? [], draft.fields);
  return Object.fromEntries((port.children ?? []).map((child, index) => [child.key, sent(child, draft.fields[index] ?? null, inner)]));
}

/** The arguments to send. */
export function argsOf(ports: readonly Port[], drafts: Drafts): Record<string, unknown> {
  const scope = scopeOf(ports, drafts);
  return Object.fromEntries(ports.map((port) => [port.key, sent(port, drafts[port.key] ?? null, scope)]));
}
