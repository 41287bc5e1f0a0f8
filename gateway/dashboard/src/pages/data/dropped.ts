import { mutate } from "~/api/client";
import { EnsureFolder } from "~/gen/mikro";

/** A file and the folders it lies in, outermost first. */
export interface Placed {
  file: File;
  path: string[];
}

/** Files chosen with their folder, as the browser names them: `plate/well/a.tif`. */
export const placedOf = (files: readonly File[]): Placed[] =>
  files.map((file) => ({ file, path: (file.webkitRelativePath || file.name).split("/").slice(0, -1).filter(Boolean) }));

interface Entry {
  isFile: boolean;
  name: string;
  file?: (found: (file: File) => void, failed: (error: unknown) => void) => void;
  createReader?: () => { readEntries: (found: (entries: Entry[]) => void, failed: (error: unknown) => void) => void };
}

async function below(entry: Entry, path: string[]): Promise<Placed[]> {
  const { file, createReader } = entry;
  if (entry.isFile && file) return [{ file: await new Promise<File>((found, failed) => file.call(entry, found, failed)), path }];
  const reader = createReader?.call(entry);
  const placed: Placed[] = [];
  // A reader gives a hundred at a time, and nothing at the end.
  for (;;) {
    const some = reader ? await new Promise<Entry[]>((found, failed) => reader.readEntries(found, failed)) : [];
    if (some.length === 0) return placed;
    for (const one of some) placed.push(...(await below(one, [...path, entry.name])));
  }
}

/** What was dropped, folders with all that is in them. */
export async function droppedOf(transfer: Pick<DataTransfer, "files" | "items">): Promise<Placed[]> {
  const entries = [...transfer.items].flatMap((item) => (item.kind === "file" ? [item.webkitGetAsEntry() as Entry | null] : []));
  if (entries.some((entry) => entry === null) || entries.length === 0) return placedOf([...transfer.files]);
  return (await Promise.all(entries.map((entry) => below(entry as Entry, [])))).flat();
}

/** Finds the folder of a path below one, and makes what is not there yet; each is asked for once. */
export function foldersBelow(into: string | null): (path: readonly string[]) => Promise<string | null> {
  const made = new Map<string, Promise<string | null>>();
  const folderOf = (path: readonly string[]): Promise<string | null> => {
    if (path.length === 0) return Promise.resolve(into);
    const key = path.join("/");
    const known = made.get(key) ?? folderOf(path.slice(0, -1)).then(async (parent) => (await mutate("mikro", EnsureFolder, { input: { name: path.at(-1) ?? "", parent } })).ensureFolder.id);
    made.set(key, known);
    return known;
  };
  return folderOf;
}

/** Files by the folder they go to. */
export async function gathered(placed: readonly Placed[], folderOf: (path: readonly string[]) => Promise<string | null>): Promise<Map<string | null, File[]>> {
  const found = new Map<string | null, File[]>();
  for (const { file, path } of placed) {
    const folder = await folderOf(path);
    found.set(folder, [...(found.get(folder) ?? []), file]);
  }
  return found;
}
