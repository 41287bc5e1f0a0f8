/** Folders of zarr: what arrays are in them, and how they are stored as mikro takes them (zarr 3, one array a store). */
export type Files = ReadonlyMap<string, Blob>;

export interface AxisDraft {
  name: string;
  type: "SPACE" | "TIME" | "CHANNEL" | "INDEX";
}

/** One array: its document, and where each of its objects comes from. */
export interface ArrayPlan {
  document: Record<string, unknown>;
  shape: number[];
  objects: { key: string; from: string }[];
}

export interface VolumePlan {
  axes: AxisDraft[];
  /** The finest first. */
  levels: ArrayPlan[];
}

/** Something in the folder that is not read here, in words for whoever dropped it. */
export class Unreadable extends Error {}

type Json = Record<string, unknown>;
const CODECS = new Set(["bytes", "zstd", "gzip", "blosc", "crc32c", "transpose", "sharding_indexed"]);

async function jsonOf(files: Files, name: string): Promise<Json | null> {
  const found = files.get(name);
  if (!found) return null;
  try {
    return JSON.parse(await found.text()) as Json;
  } catch {
    throw new Unreadable(`${name} is not JSON.`);
  }
}

const under = (path: string, name: string): string => (path === "" ? name : `${path}/${name}`);

interface Multiscale {
  axes?: (string | { name?: string; type?: string })[];
  datasets?: { path?: string }[];
}

/** The images that a group names: OME-Zarr 0.5 keeps them under `ome`, older ones beside. */
async function multiscaleOf(files: Files, path: string): Promise<Multiscale | null> {
  const newer = await jsonOf(files, under(path, "zarr.json"));
  const attributes = (newer?.["attributes"] as Json | undefined) ?? (await jsonOf(files, under(path, ".zattrs"))) ?? {};
  const held = ((attributes["ome"] as Json | undefined) ?? attributes)["multiscales"];
  return Array.isArray(held) && held.length > 0 ? (held[0] as Multiscale) : null;
}

const TYPES: Record<string, AxisDraft["type"]> = { space: "SPACE", time: "TIME", channel: "CHANNEL" };
const NAMES: Record<string, AxisDraft["type"]> = { x: "SPACE", y: "SPACE", z: "SPACE", t: "TIME", time: "TIME", c: "CHANNEL", channel: "CHANNEL" };

/** Axes as they are named, or by custom: the last are y and x, then z, c and t before them. */
export function axesOf(named: readonly (string | { name?: string; type?: string } | null)[] | null, count: number): AxisDraft[] {
  const usual = ["t", "c", "z", "y", "x"].slice(-count);
  return Array.from({ length: count }, (_, index) => {
    const given = named?.length === count ? named[index] : null;
    const name = (typeof given === "string" ? given : given?.name) || usual[index - (count - usual.length)] || `d${index}`;
    const type = typeof given === "object" && given?.type ? TYPES[given.type] : undefined;
    return { name, type: type ?? NAMES[name.toLowerCase()] ?? "INDEX" };
  });
}

/** What is in a folder: an image of one or more levels. */
export async function volumeOf(files: Files): Promise<VolumePlan> {
  // Some writers put the first image of a file into a group of its own.
  for (const path of ["", "0"]) {
    const image = await multiscaleOf(files, path);
    if (!image) continue;
    const paths = (image.datasets ?? []).flatMap((one) => (one.path ? [under(path, one.path)] : []));
    const levels = await Promise.all(paths.map((one) => arrayOf(files, one)));
    if (levels.length === 0 || levels.some((one) => one === null)) throw new Unreadable("It names levels that are not there.");
    const found = levels as ArrayPlan[];
    return { axes: axesOf(image.axes ?? null, found[0]?.shape.length ?? 0), levels: found };
  }
  const alone = await arrayOf(files, "");
  if (!alone) throw new Unreadable("There is no image in it.");
  return { axes: axesOf((alone.document["dimension_names"] as (string | null)[] | undefined) ?? null, alone.shape.length), levels: [alone] };
}

async function arrayOf(files: Files, path: string): Promise<ArrayPlan | null> {
  const newer = await jsonOf(files, under(path, "zarr.json"));
  if (newer?.["node_type"] === "array") return planOfThree(files, path, newer);
  const older = await jsonOf(files, under(path, ".zarray"));
  return older ? planOfTwo(files, path, older) : null;
}

function keysBelow(files: Files, path: string): string[] {
  const start = path === "" ? "" : `${path}/`;
  return [...files.keys()].filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
}

function namesIn(codecs: unknown): string[] {
  if (!Array.isArray(codecs)) return [];
  return codecs.flatMap((one: { name?: string; configuration?: Json }) => [String(one.name), ...namesIn(one.configuration?.["codecs"]), ...namesIn(one.configuration?.["index_codecs"])]);
}

function planOfThree(files: Files, path: string, document: Json): ArrayPlan {
  const unknown = namesIn(document["codecs"]).find((name) => !CODECS.has(name));
  if (unknown) throw new Unreadable(`Its values are packed by ${unknown}, which is not read here.`);
  const objects = keysBelow(files, path).filter((key) => key !== "zarr.json").map((key) => ({ key, from: under(path, key) }));
  return { document, shape: document["shape"] as number[], objects };
}

const KINDS: Record<string, string> = { i: "int", u: "uint", f: "float", c: "complex" };

/** `<u2` as zarr 3 names it, and in which order its bytes are. */
export function typeOf(dtype: unknown): { name: string; bytes: number; endian: "little" | "big" } {
  const found = typeof dtype === "string" ? /^([<>|])([iufcb])(\d+)$/.exec(dtype) : null;
  const [, order, kind, size] = found ?? [];
  if (!kind || !size) throw new Unreadable(`Its values are of the type ${JSON.stringify(dtype)}, which is not read here.`);
  const name = kind === "b" ? "bool" : `${KINDS[kind] ?? ""}${Number(size) * 8}`;
  return { name, bytes: Number(size), endian: order === ">" ? "big" : "little" };
}

const SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"];

function compressed(compressor: Json | null | undefined, bytes: number): Json[] {
  if (!compressor) return [];
  const { id, ...rest } = compressor;
  if (id === "zstd") return [{ name: "zstd", configuration: { level: rest["level"] ?? 0, checksum: rest["checksum"] ?? false } }];
  if (id === "gzip") return [{ name: "gzip", configuration: { level: rest["level"] ?? 5 } }];
  if (id !== "blosc") throw new Unreadable(`Its values are packed by ${String(id)}, which is not read here.`);
  const shuffle = Number(rest["shuffle"] ?? 1);
  return [{
    name: "blosc",
    configuration: { typesize: bytes, cname: rest["cname"] ?? "lz4", clevel: rest["clevel"] ?? 5, shuffle: shuffle < 0 ? (bytes === 1 ? "bitshuffle" : "shuffle") : SHUFFLES[shuffle], blocksize: rest["blocksize"] ?? 0 },
  }];
}

/** Chunks of zarr 2 are taken as they are: only what describes them is written anew. */
function planOfTwo(files: Files, path: string, document: Json): ArrayPlan {
  const shape = document["shape"] as number[];
  if (Array.isArray(document["filters"]) && document["filters"].length > 0) throw new Unreadable("Its values went through filters, which are not read here.");
  const { name, bytes, endian } = typeOf(document["dtype"]);
  const turned = document["order"] === "F" ? [{ name: "transpose", configuration: { order: shape.map((_, index) => shape.length - 1 - index) } }] : [];
  const separator = document["dimension_separator"] === "/" ? "/" : ".";
  const chunk = new RegExp(`^\\d+(\\${separator}\\d+){${shape.length - 1}}$`);
  return {
    shape,
    document: {
      zarr_format: 3,
      node_type: "array",
      shape,
      data_type: name,
      chunk_grid: { name: "regular", configuration: { chunk_shape: document["chunks"] } },
      chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
      fill_value: document["fill_value"] ?? (name === "bool" ? false : 0),
      codecs: [...turned, bytes === 1 ? { name: "bytes" } : { name: "bytes", configuration: { endian } }, ...compressed(document["compressor"] as Json | null, bytes)],
      attributes: {},
    },
    objects: keysBelow(files, path).filter((key) => chunk.test(key)).map((key) => ({ key: `c/${key.split(separator).join("/")}`, from: under(path, key) })),
  };
}
