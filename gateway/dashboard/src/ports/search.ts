import { Kind, parse, type DocumentNode, type OperationDefinitionNode } from "@0no-co/graphql.web";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { query } from "~/api/client";
import { SERVICES, type Service } from "~/lib/services";
import { along, bare, type Scope } from "./scope";
import type { Port, Widget } from "./types";

export interface Option {
  value: string;
  label: string;
  description?: string | null;
}

const TEXT_MOST = 8000;
const SHOWN = 20;
/** Given by the form itself; every other variable is the value of a port or of a filter. */
const RESERVED = new Set(["search", "values", "requires", "limit", "offset"]);

function parsed(text: string): DocumentNode | null {
  try {
    return parse(text, { noLocation: true });
  } catch {
    return null;
  }
}

const operationsOf = (document: DocumentNode | null): OperationDefinitionNode[] =>
  (document?.definitions ?? []).filter((one): one is OperationDefinitionNode => one.kind === "OperationDefinition");

/** Why a search query of an app is not run, or null: one query, with the agreed variables. */
export function unusable(text: string, ward: string): string | null {
  if (!(SERVICES as readonly string[]).includes(serviceOf(ward))) return `unknown service ${ward}`;
  if (text.length > TEXT_MOST) return "too long";
  const document = parsed(text);
  if (!document) return "not a GraphQL document";
  const operations = operationsOf(document);
  const [operation] = operations;
  if (operations.length !== 1 || !operation || operation.operation !== "query") return "not one query";
  const names = new Set(operation.variableDefinitions?.map((one) => one.variable.name.value));
  if (!names.has("search") || !names.has("values")) return "needs the variables search and values";
  const aliases = operation.selectionSet.selections.map((one) => (one.kind === "Field" ? (one.alias ?? one.name).value : ""));
  return aliases.length === 1 && aliases[0] === "options" ? null : "needs one list named options";
}

/** The variables of a query, and whether each must be given. */
export function variablesOf(text: string): Map<string, boolean> {
  const [operation] = operationsOf(parsed(text));
  return new Map(operation?.variableDefinitions?.map((one) => [one.variable.name.value, one.type.kind === Kind.NON_NULL_TYPE && !one.defaultValue]));
}

export interface Narrowing {
  /** What is sent beside the words that are looked for. */
  variables: Record<string, unknown>;
  /** The ports and filters whose values have to be there first. */
  waits: string[];
}

/** What other ports and filters narrow a search to, and what it still waits for. */
export function narrowing(port: Port, widget: Widget, scope: Scope, filters: Readonly<Record<string, unknown>>): Narrowing {
  const found: Narrowing = { variables: {}, waits: [] };
  for (const [name, needed] of variablesOf(widget.query ?? "")) {
    if (name === "requires") found.variables[name] = port.requires?.length ? port.requires.map(({ key, operator, value }) => ({ key, operator, value: value ?? null })) : null;
    if (name === "limit") found.variables[name] = SHOWN;
    if (RESERVED.has(name)) continue;
    const isFilter = widget.filters?.some((one) => one.key === name) ?? false;
    const value = bare(isFilter ? filters[name] : along(scope.values, name)) ?? null;
    const asked = isFilter ? undefined : scope.ports.find((one) => one.key === name);
    // What is chosen before the port it depends on has a value could not go with it.
    if (value === null && (needed || (asked && !asked.nullable))) found.waits.push(name);
    found.variables[name] = value;
  }
  return found;
}

/** A ward is the name of a service, or its identifier: `mikro`, `live.arkitekt.mikro`. */
export const serviceOf = (ward: string): string => ward.split(".").pop() ?? ward;

export async function options(text: string, ward: string, variables: Readonly<Record<string, unknown>>): Promise<Option[]> {
  const document = text as unknown as TypedDocumentNode<{ options: Option[] | null }, Record<string, unknown>>;
  const answer = await query(serviceOf(ward) as Service, document, variables);
  if (answer.problem) throw answer.problem;
  return (answer.data?.options ?? []).slice(0, SHOWN).map((one) => ({ ...one, value: String(one.value) }));
}
