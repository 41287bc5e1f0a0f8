// Writes src/gen/<service>.ts from src/operations/{<service>,shared}/*.graphql: the types of every operation,
// and each as one text, with the fragments it uses. An operation outside the SDL ends the build.
import { readFileSync, readdirSync, writeFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as operationsPlugin from "@graphql-codegen/typescript-operations";
import { buildASTSchema, parse, print, validate, visit } from "graphql";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const SERVICES = ["fakts", "rekuest", "mikro", "kabinet"];
const SCALARS = {
  ThreeDVector: "number[]",
  DateTime: "string",
  AnyDefault: "unknown",
  Args: "unknown",
  Arg: "unknown",
  JSON: "unknown",
  Any: "unknown",
  JSONSerializable: "unknown",
  ByteCount: "number",
  ActionHash: "string",
  Identifier: "string",
};

function fragmentsUsed(node, known, found = new Map()) {
  visit(node, {
    FragmentSpread({ name }) {
      const fragment = known.get(name.value);
      if (fragment && !found.has(name.value)) {
        found.set(name.value, fragment);
        fragmentsUsed(fragment, known, found);
      }
    },
  });
  return found;
}

function scalarsOf(schema) {
  const named = Object.values(schema.getTypeMap()).filter((type) => type.astNode?.kind === "ScalarTypeDefinition");
  const others = named.map((type) => [type.name, "string"]);
  return { ...Object.fromEntries(others), ...SCALARS };
}

async function generate(service) {
  const folders = [service, "shared"].map((name) => join(here, "src", "operations", name));
  const sources = folders.flatMap((folder) => readdirSync(folder).sort().map((name) => join(folder, name)));
  const schemaNode = parse(readFileSync(join(here, "..", "..", service, "schema.graphql"), "utf8"));
  const schema = buildASTSchema(schemaNode);
  const text = sources
    .filter((path) => path.endsWith(".graphql"))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const document = parse(text, { noLocation: true });
  const problems = validate(schema, parse(text));
  if (problems.length > 0) {
    throw new Error(`${service}: ${problems.map((problem) => problem.message).join("\n  ")}`);
  }
  const types = await codegen({
    schema: schemaNode,
    schemaAst: schema,
    documents: [{ location: service, document }],
    config: {
      useTypeImports: true,
      enumsAsTypes: true,
      skipTypename: true,
      defaultScalarType: "unknown",
      scalars: scalarsOf(schema),
      strictScalars: false,
    },
    filename: "x.ts",
    plugins: [{ operations: {} }],
    pluginMap: { operations: operationsPlugin },
  });
  const known = new Map(
    document.definitions.filter((d) => d.kind === "FragmentDefinition").map((d) => [d.name.value, d]),
  );
  const texts = document.definitions
    .filter((definition) => definition.kind === "OperationDefinition")
    .map((definition) => {
      const parts = [definition, ...fragmentsUsed(definition, known).values()];
      const body = parts.map(print).join("\n").replace(/\s+/g, " ");
      const name = definition.name.value;
      const kind = definition.operation[0].toUpperCase() + definition.operation.slice(1);
      const type = `${name}${kind}`;
      return `export const ${name} = ${JSON.stringify(body)} as unknown as TypedDocumentNode<${type}, ${type}Variables>;`;
    });
  const head = 'import type { TypedDocumentNode } from "@graphql-typed-document-node/core";\n';
  writeFileSync(join(here, "src", "gen", `${service}.ts`), `${head}${types}\n${texts.join("\n")}\n`);
}

mkdirSync(join(here, "src", "gen"), { recursive: true });
for (const service of SERVICES) {
  await generate(service);
}
