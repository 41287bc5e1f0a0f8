import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { mutate } from "~/api/client";
import {
  ChangeFolder, DeleteArray, DeleteFile, DeleteFolder, DeleteTable, PutArrays, PutFiles, PutFolders, PutTables, ReleaseArrays, ReleaseFiles, ReleaseFolders, ReleaseTables, RenameArray, RenameFile, RenameTable, Restore,
  type AssociateInput, type DataListQuery, type DesociateInput, type TrashKind,
} from "~/gen/mikro";
import { bytes } from "~/lib/format";

export type Kind = "folder" | "array" | "table" | "file";

export interface Thing {
  id: string;
  kind: Kind;
  name: string;
  detail: string;
  createdAt: string;
  /** The folder it lies in, if any. */
  folder: string | null;
}

type Named = Pick<Thing, "kind" | "id">;

export const WORDS: Record<Kind, string> = { folder: "folder", array: "image", table: "table", file: "file" };
const TRASH: Record<Kind, TrashKind> = { folder: "FOLDER", array: "ARRAY_DATASET", table: "TABLE_DATASET", file: "FILE" };
export const pathOf = (thing: Named): string => (thing.kind === "folder" ? `/data/f/${thing.id}` : `/data/${thing.kind}/${thing.id}`);
export const keyOf = (thing: Named): string => `${thing.kind} ${thing.id}`;

export function thingsOf(data: DataListQuery): Thing[] {
  return [
    ...data.folders.map((one): Thing => ({ id: one.id, kind: "folder", name: one.name, detail: one.description ?? "", createdAt: one.createdAt, folder: one.parent?.id ?? null })),
    ...data.arrayDatasets.map((one): Thing => ({ id: one.id, kind: "array", name: one.name, detail: one.axisNames.map((axis, index) => `${axis} ${one.shape[index] ?? ""}`).join(" · "), createdAt: one.createdAt, folder: one.folder?.id ?? null })),
    ...data.tableDatasets.map((one): Thing => ({ id: one.id, kind: "table", name: one.name, detail: "", createdAt: one.createdAt, folder: one.folder?.id ?? null })),
    ...data.files.map((one): Thing => ({ id: one.id, kind: "file", name: one.name, detail: one.size === null ? "" : bytes(one.size), createdAt: one.createdAt, folder: one.folder?.id ?? null })),
  ];
}

export function trash(thing: Named): Promise<unknown> {
  const input = { input: { id: thing.id } };
  if (thing.kind === "folder") return mutate("mikro", DeleteFolder, input);
  if (thing.kind === "array") return mutate("mikro", DeleteArray, input);
  return thing.kind === "table" ? mutate("mikro", DeleteTable, input) : mutate("mikro", DeleteFile, input);
}

export const restore = (thing: Named): Promise<unknown> => mutate("mikro", Restore, { input: { kind: TRASH[thing.kind], id: thing.id } });

type Filing<I> = Readonly<Record<Kind, TypedDocumentNode<unknown, { input: I }>>>;
const PUT: Filing<AssociateInput> = { folder: PutFolders, array: PutArrays, table: PutTables, file: PutFiles };
const RELEASE: Filing<DesociateInput> = { folder: ReleaseFolders, array: ReleaseArrays, table: ReleaseTables, file: ReleaseFiles };

/** Put things into a folder, or out of the one they lie in; what lies there already is left alone. */
export async function move(things: readonly Pick<Thing, "kind" | "id" | "folder">[], to: string | null): Promise<void> {
  for (const kind of ["folder", "array", "table", "file"] as const) {
    const going = things.filter((one) => one.kind === kind && one.folder !== to && !(kind === "folder" && one.id === to));
    if (to !== null) {
      if (going.length > 0) await mutate("mikro", PUT[kind], { input: { selfs: going.map((one) => one.id), other: to } });
      continue;
    }
    for (const from of new Set(going.map((one) => one.folder))) {
      if (from !== null) await mutate("mikro", RELEASE[kind], { input: { selfs: going.filter((one) => one.folder === from).map((one) => one.id), other: from } });
    }
  }
}

/** Bring everything back to where it lay. */
export async function moveBack(things: readonly Thing[], from: string | null): Promise<void> {
  for (const to of new Set(things.map((one) => one.folder))) {
    await move(things.filter((one) => one.folder === to).map((one) => ({ ...one, folder: from })), to);
  }
}

export function rename(thing: Pick<Thing, "kind" | "id" | "folder">, name: string): Promise<unknown> {
  if (thing.kind === "array") return mutate("mikro", RenameArray, { input: { id: thing.id, name } });
  if (thing.kind === "table") return mutate("mikro", RenameTable, { input: { id: thing.id, name } });
  if (thing.kind === "file") return mutate("mikro", RenameFile, { input: { id: thing.id, name } });
  return mutate("mikro", ChangeFolder, { input: { id: thing.id, name, parent: thing.folder } });
}

/** What people say of a thing. */
export interface Described {
  kind: "array" | "table" | "file";
  id: string;
  name: string;
  description: string | null;
}

export function describe({ kind, id, name, ...said }: Described): Promise<unknown> {
  // No text takes back what was said; nothing at all would leave it.
  const description = said.description ?? "";
  if (kind === "array") return mutate("mikro", RenameArray, { input: { id, name, description } });
  return kind === "table" ? mutate("mikro", RenameTable, { input: { id, name, description } }) : mutate("mikro", RenameFile, { input: { id, name } });
}
