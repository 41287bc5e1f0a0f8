import { parse, type OperationDefinitionNode } from "@0no-co/graphql.web";
import { query } from "~/api/client";
import { SERVICES, type Service } from "~/lib/services";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";

export interface Option {
  value: string;
  label: string;
  description?: string | null;
}

const TEXT_MOST = 8000;

/** Why a search query of an app is not run, or null: one query, with the agreed variables. */
export function unusable(text: string, ward: string): string | null {
  if (!(SERVICES as readonly string[]).includes(serviceOf(ward))) return `unknown service ${ward}`;
  if (text.length > TEXT_MOST) return "too long";
  let operations: OperationDefinitionNode[];
  try {
    const document = parse(text, { noLocation: true });
    operations = document.definitions.filter((one): one is OperationDefinitionNode => one.kind === "OperationDefinition");
  } catch {
    return "not a GraphQL document";
  }
  const [operation] = operations;
  if (operations.length !== 1 || !operation || operation.operation !== "query") return "not one query";
  const names = new Set(operation.variableDefinitions?.map((one) => one.variable.name.value));
  if (!names.has("search") || !names.has("values")) return "needs the variables search and values";
  const aliases = operation.selectionSet.selections.map((one) => (one.kind === "Field" ? (one.alias ?? one.name).value : ""));
  return aliases.length === 1 && aliases[0] === "options" ? null : "needs one list named options";
}

/** A ward is the name of a service, or its identifier: `mikro`, `live.arkitekt.mikro`. */
export const serviceOf = (ward: string): string => ward.split(".").pop() ?? ward;

export async function options(text: string, ward: string, variables: { search: string | null; values: string[] | null }): Promise<Option[]> {
  const document = text as unknown as TypedDocumentNode<{ options: Option[] | null }, Record<string, unknown>>;
  const answer = await query(serviceOf(ward) as Service, document, variables);
  if (answer.problem) throw answer.problem;
  return (answer.data?.options ?? []).slice(0, 20).map((one) => ({ ...one, value: String(one.value) }));
}
