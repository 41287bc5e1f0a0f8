import { OPERATIONS, Unknown, type Args } from "./operations";
import { along } from "./scope";
import type { EffectRule, Port, ValidatorRule } from "./types";

/** Reads the calls of validators and effects: a table from operation to function, never `eval`. */
interface Argument {
  key?: string | null;
  valueLiteral?: unknown;
  valuePath?: string | null;
  utilCall?: unknown;
  agentCall?: unknown;
  valueList?: Argument[] | null;
  valueDict?: Argument[] | null;
}

const DEEPEST = 20;

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Documents come in the spelling of the wire or in that of GraphQL. */
function spelled(argument: unknown): Argument {
  return Object.fromEntries(Object.entries((argument ?? {}) as Args).map(([key, value]) => [camel(key), value])) as Argument;
}

function valueOf(raw: unknown, scope: Args, depth: number): unknown {
  const argument = spelled(raw);
  if (argument.agentCall) throw new Unknown("agentCall");
  if (typeof argument.valuePath === "string") return along(scope, argument.valuePath);
  if (argument.utilCall) return evaluate(argument.utilCall, scope, depth + 1);
  if (argument.valueList) return argument.valueList.map((item) => valueOf(item, scope, depth + 1));
  if (argument.valueDict) return Object.fromEntries(argument.valueDict.map((item) => [spelled(item).key ?? "", valueOf(item, scope, depth + 1)]));
  return argument.valueLiteral ?? null;
}

/** The result of a call over the values of a form; throws `Unknown` for what is not known here. */
export function evaluate(call: unknown, scope: Args, depth = 0): unknown {
  if (depth > DEEPEST) throw new Unknown("depth");
  const { operation, arguments: given } = (call ?? {}) as { operation?: string; arguments?: unknown[] | null };
  const found = operation !== undefined && Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (!found) throw new Unknown(operation ?? "");
  const [parameters, run] = found;
  const args: Args = {};
  (given ?? []).forEach((argument, index) => {
    const { key: said } = spelled(argument);
    // Clients name arguments, count them, or do neither.
    const key = said && /^\d+$/.test(said) ? (parameters[Number(said)] ?? said) : said || parameters[index];
    if (key !== undefined) args[key] = valueOf(argument, scope, depth);
  });
  return run(args);
}

/** The message of the first validator that says no; what cannot be judged here says nothing. */
export function refused(validators: readonly ValidatorRule[] | null | undefined, scope: Args): string | null {
  for (const rule of validators ?? []) {
    try {
      if (!evaluate(rule.callJson, scope)) return rule.errorMessage || rule.label || "This value is not accepted.";
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
    }
  }
  return null;
}

export interface Effects {
  hidden: boolean;
  fade: boolean;
  messages: string[];
}

/** What the effects of a port say about the present values. */
export function effectsOf(port: Pick<Port, "effects">, scope: Args): Effects {
  const found: Effects = { hidden: false, fade: false, messages: [] };
  for (const rule of port.effects ?? []) {
    if (holds(rule, scope)) apply(rule, found);
  }
  return found;
}

function holds(rule: EffectRule, scope: Args): boolean {
  try {
    return Boolean(evaluate(rule.callJson, scope));
  } catch (error) {
    if (error instanceof Unknown) return false;
    throw error;
  }
}

function apply(rule: EffectRule, found: Effects): void {
  if (rule.kind === "HIDE") {
    found.hidden = true;
    found.fade = rule.fade ?? false;
  } else if (rule.kind === "MESSAGE" && rule.message) {
    found.messages.push(rule.message);
  }
}
