/** Images made of what people drop: folders of zarr as they are, TIFF files page by page. */
import { mutate } from "~/api/client";
import { FinishZarr, MakeArray, RefreshZarr, RequestZarr, type ZarrGrantFragment } from "~/gen/mikro";
import type { Placed } from "./dropped";
import { StoreObject } from "./s3";
import { kindOf, orderOf, planesOf, readTiff, type Numbers, type Tiff } from "./tiff";
import { persistently } from "./transfer";
import { Unreadable, axesOf, volumeOf, type AxisDraft, type Files } from "./zarr";

/** Of the life of credentials; the rest is for what is on its way. */
const FRESH = 0.6;
const AT_ONCE = 4;

/** A store of one array that is being written; given up when something goes wrong. */
class ArrayStore {
  private stale: number;

  private constructor(
    private grant: ZarrGrantFragment,
    private readonly signal: AbortSignal,
  ) {
    this.stale = Date.now() + grant.expiresIn * 1000 * FRESH;
  }

  static async begin(signal: AbortSignal): Promise<ArrayStore> {
    return new ArrayStore((await mutate("mikro", RequestZarr, {})).requestZarrUpload, signal);
  }

  get id(): string {
    return this.grant.store;
  }

  async put(name: string, body: Blob): Promise<void> {
    await persistently(
      {
        target: async (refused) => {
          if (refused || Date.now() > this.stale) {
            this.grant = (await mutate("mikro", RefreshZarr, { input: { storeId: this.id } })).refreshZarrUpload;
            this.stale = Date.now() + this.grant.expiresIn * 1000 * FRESH;
          }
          return new StoreObject({ ...this.grant, key: `${this.grant.key.replace(/\/$/, "")}/${name}` });
        },
        wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      },
      this.signal,
      (target) => target.put(body, this.signal),
    );
  }

  document(value: unknown): Promise<void> {
    return this.put("zarr.json", new Blob([JSON.stringify(value)], { type: "application/json" }));
  }

  async finish(valid: boolean): Promise<void> {
    await mutate("mikro", FinishZarr, { input: { storeId: this.id, valid } });
  }
}

/** Do all of it, a few at once; the first failure ends it. */
async function several<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Write the levels of an image into stores of their own and make it; nothing is left of one that failed. */
async function made(name: string, folder: string | null, axes: readonly AxisDraft[], count: number, signal: AbortSignal, write: (stores: readonly ArrayStore[]) => Promise<void>): Promise<string> {
  const stores: ArrayStore[] = [];
  try {
    while (stores.length < count) stores.push(await ArrayStore.begin(signal));
    await write(stores);
    for (const store of stores) await store.finish(true);
    const [finest, ...scales] = stores;
    const { createArrayDataset } = await mutate("mikro", MakeArray, {
      input: { data: finest?.id ?? "", scales: scales.map((store, index) => ({ level: index + 1, array: store.id })), name, axes: axes.map(({ name: axis, type }) => ({ name: axis, type })), folder },
    });
    return createArrayDataset.id;
  } catch (error) {
    for (const store of stores) await store.finish(false).catch(() => undefined);
    throw error;
  }
}

export interface Volume {
  name: string;
  /** The folders it lies in, outermost first. */
  path: string[];
  size: number;
  files: Files | null;
  tiff: File | null;
}

const ZARR = /\.zarr$/i;
const TIFF = /\.(ome\.)?(tiff?|btf|tf8)$/i;

/** Tell folders of zarr and TIFF files from everything else that was dropped. */
export function sorted(placed: readonly Placed[]): { zarrs: Volume[]; tiffs: Placed[]; rest: Placed[] } {
  const zarrs = new Map<string, Volume & { files: Map<string, Blob> }>();
  const [tiffs, rest]: [Placed[], Placed[]] = [[], []];
  for (const one of placed) {
    const at = one.path.findIndex((name) => ZARR.test(name));
    if (at < 0) {
      (TIFF.test(one.file.name) ? tiffs : rest).push(one);
      continue;
    }
    const key = one.path.slice(0, at + 1).join("/");
    const volume = zarrs.get(key) ?? { name: (one.path[at] ?? "").replace(ZARR, ""), path: one.path.slice(0, at), size: 0, files: new Map<string, Blob>(), tiff: null };
    volume.files.set([...one.path.slice(at + 1), one.file.name].join("/"), one.file);
    volume.size += one.file.size;
    zarrs.set(key, volume);
  }
  return { zarrs: [...zarrs.values()], tiffs, rest };
}

export const volumeOfTiff = ({ file, path }: Placed): Volume => ({ name: file.name.replace(TIFF, ""), path, size: file.size, files: null, tiff: file });

/** Store an image; tells how many bytes of what was dropped are done. */
export function store(volume: Volume, folder: string | null, signal: AbortSignal, onProgress: (sent: number) => void): Promise<string> {
  return volume.tiff ? storeTiff(volume, volume.tiff, folder, signal, onProgress) : storeZarr(volume, volume.files ?? new Map(), folder, signal, onProgress);
}

async function storeZarr(volume: Volume, files: Files, folder: string | null, signal: AbortSignal, onProgress: (sent: number) => void): Promise<string> {
  const plan = await volumeOf(files);
  let sent = 0;
  return made(volume.name, folder, plan.axes, plan.levels.length, signal, async (stores) => {
    for (const [index, level] of plan.levels.entries()) {
      const target = stores[index] as ArrayStore;
      await target.document(level.document);
      await several(level.objects, async ({ key, from }) => {
        const body = files.get(from) as Blob;
        await target.put(key, body);
        sent += body.size;
        onProgress(sent);
      });
    }
  });
}

/** Chunks of a plane are at most this long and wide: so much is read to show a part of it. */
const CHUNK = 1024;
/** Smaller copies are made until the picture is this small. */
const SMALL = 1024;

interface Plane {
  values: Numbers;
  width: number;
  height: number;
}

/** Half as wide and high, each value the mean of those it stands for. */
export function halved({ values, width, height }: Plane): Plane {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const out = new (values.constructor as new (length: number) => Numbers)(w * h);
  for (let y = 0; y < h; y += 1) {
    const [top, below] = [2 * y * width, Math.min(2 * y + 1, height - 1) * width];
    for (let x = 0; x < w; x += 1) {
      const [left, right] = [2 * x, Math.min(2 * x + 1, width - 1)];
      out[y * w + x] = ((values[top + left] ?? 0) + (values[top + right] ?? 0) + (values[below + left] ?? 0) + (values[below + right] ?? 0)) / 4;
    }
  }
  return { values: out, width: w, height: h };
}

/** The part of a plane that a chunk holds; past the edge it is filled up with zeros. */
export function chunkOf({ values, width, height }: Plane, row: number, column: number, size: readonly [height: number, width: number]): Numbers {
  const [h, w] = size;
  const out = new (values.constructor as new (length: number) => Numbers)(h * w);
  for (let y = 0; y < Math.min(h, height - row * h); y += 1) {
    const from = (row * h + y) * width + column * w;
    out.set(values.subarray(from, Math.min(from + w, (row * h + y + 1) * width)) as never, y * w);
  }
  return out;
}

const gzipped = async (values: Numbers): Promise<Blob> => new Response(new Blob([values as BlobPart]).stream().pipeThrough(new CompressionStream("gzip"))).blob();

interface Layout {
  axes: AxisDraft[];
  /** How many positions each axis but y and x has, in the order of `axes`. */
  outer: number[];
  /** Where a sample of a page lies on them. */
  placeOf: (page: number, sample: number) => number[];
}

/** How the pages of a file lie in the array that is made of them: t, c and z as far as there are any, then y and x. */
export function layoutOf(tiff: Tiff): Layout {
  const samples = tiff.pages[0]?.samples ?? 1;
  const { axes } = orderOf(tiff);
  const size = (name: string): number => (axes.find((one) => one.name === name)?.size ?? 1) * (name === "c" ? samples : 1);
  const names = ["t", "c", "z"].filter((name) => size(name) > 1);
  return {
    axes: axesOf([...names, "y", "x"], names.length + 2),
    outer: names.map(size),
    placeOf: (page, sample) => {
      const at: Record<string, number> = {};
      let left = page;
      for (const one of axes) {
        at[one.name] = left % one.size;
        left = Math.floor(left / one.size);
      }
      at["c"] = (at["c"] ?? 0) * samples + sample;
      return names.map((name) => at[name] ?? 0);
    },
  };
}

async function storeTiff(volume: Volume, file: File, folder: string | null, signal: AbortSignal, onProgress: (sent: number) => void): Promise<string> {
  const tiff = await readTiff(file);
  const [first] = tiff.pages;
  if (!first || tiff.pages.some((page) => page.width !== first.width || page.height !== first.height || page.bits !== first.bits || page.format !== first.format || page.samples !== first.samples)) {
    throw new Unreadable("Its pages differ in size or kind, so they make no volume.");
  }
  const layout = layoutOf(tiff);
  const [dtype] = kindOf(first);
  const sizes: [height: number, width: number][] = [[first.height, first.width]];
  for (let [h, w] = sizes[0] as [number, number]; Math.max(h, w) > SMALL; sizes.push([h, w])) [h, w] = [Math.ceil(h / 2), Math.ceil(w / 2)];
  return made(volume.name, folder, layout.axes, sizes.length, signal, async (stores) => {
    const chunks = sizes.map(([h, w]): [number, number] => [Math.min(CHUNK, h), Math.min(CHUNK, w)]);
    for (const [level, target] of stores.entries()) {
      await target.document({
        zarr_format: 3,
        node_type: "array",
        shape: [...layout.outer, ...(sizes[level] ?? [])],
        data_type: dtype,
        chunk_grid: { name: "regular", configuration: { chunk_shape: [...layout.outer.map(() => 1), ...(chunks[level] ?? [])] } },
        chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
        fill_value: 0,
        codecs: [first.bits === 8 ? { name: "bytes" } : { name: "bytes", configuration: { endian: "little" } }, { name: "gzip", configuration: { level: 6 } }],
        attributes: {},
        dimension_names: layout.axes.map((axis) => axis.name),
      });
    }
    for (const [number, page] of tiff.pages.entries()) {
      for (const [sample, values] of (await planesOf(file, tiff, page)).entries()) {
        let plane: Plane = { values, width: page.width, height: page.height };
        for (const [level, target] of stores.entries()) {
          if (level > 0) plane = halved(plane);
          const [h, w] = chunks[level] as [number, number];
          const parts = Array.from({ length: Math.ceil(plane.height / h) }, (_, row) => Array.from({ length: Math.ceil(plane.width / w) }, (__, column) => [row, column] as const)).flat();
          const shown = plane;
          await several(parts, async ([row, column]) => target.put(["c", ...layout.placeOf(number, sample), row, column].join("/"), await gzipped(chunkOf(shown, row, column, [h, w]))));
        }
      }
      signal.throwIfAborted();
      onProgress((file.size * (number + 1)) / tiff.pages.length);
    }
  });
}
