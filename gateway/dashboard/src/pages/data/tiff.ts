/** TIFF files: their pages and what OME and ImageJ say of them, decoded a page at a time. */
import { Unreadable } from "./zarr";

export interface Page {
  width: number;
  height: number;
  bits: number;
  /** 1 without sign, 2 with sign, 3 with a point. */
  format: number;
  samples: number;
  planar: boolean;
  compression: number;
  predictor: number;
  /** Parts of the page: strips are tiles as wide as it. */
  tile: [width: number, height: number];
  offsets: number[];
  counts: number[];
  about: string;
}

export interface Tiff {
  little: boolean;
  pages: Page[];
}

const HEAD = 16;
const PAGES_MOST = 100_000;
const SIZES: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8 };
const TAG = { kind: 254, width: 256, height: 257, bits: 258, compression: 259, photometric: 262, about: 270, offsets: 273, samples: 277, rows: 278, counts: 279, planar: 284, predictor: 317, tileWidth: 322, tileHeight: 323, tileOffsets: 324, tileCounts: 325, format: 339 };

const viewOf = async (file: Blob, from: number, length: number): Promise<DataView> => new DataView(await file.slice(from, from + length).arrayBuffer());

class Reader {
  constructor(
    private readonly file: Blob,
    private readonly little: boolean,
    private readonly big: boolean,
  ) {}

  private number(view: DataView, at: number, bytes: number): number {
    if (bytes === 8) return Number(view.getBigUint64(at, this.little));
    return bytes === 4 ? view.getUint32(at, this.little) : bytes === 2 ? view.getUint16(at, this.little) : view.getUint8(at);
  }

  private async values(view: DataView, at: number): Promise<number[] | string> {
    const type = view.getUint16(at + 2, this.little);
    const word = this.big ? 8 : 4;
    const count = this.number(view, at + 4, word);
    const size = SIZES[type] ?? 1;
    const inside = count * size <= word;
    const held = inside ? view : await viewOf(this.file, this.number(view, at + 4 + word, word), count * size);
    const start = inside ? at + 4 + word : 0;
    if (type === 2) return new TextDecoder().decode(new Uint8Array(held.buffer, held.byteOffset + start, count)).replace(/\0+$/, "");
    return Array.from({ length: count }, (_, index) => this.number(held, start + index * size, size));
  }

  async directory(at: number): Promise<{ tags: Map<number, number[] | string>; next: number }> {
    const entry = this.big ? 20 : 12;
    const head = this.big ? 8 : 2;
    const count = this.number(await viewOf(this.file, at, head), 0, head);
    const word = this.big ? 8 : 4;
    const view = await viewOf(this.file, at + head, count * entry + word);
    const wanted = new Set(Object.values(TAG));
    const tags = new Map<number, number[] | string>();
    for (let index = 0; index < count; index += 1) {
      const tag = view.getUint16(index * entry, this.little);
      if (wanted.has(tag)) tags.set(tag, await this.values(view, index * entry));
    }
    return { tags, next: this.number(view, count * entry, word) };
  }
}

function pageOf(tags: Map<number, number[] | string>): Page {
  const all = (tag: number): number[] => {
    const found = tags.get(tag);
    return Array.isArray(found) ? found : [];
  };
  const one = (tag: number, usual: number): number => all(tag)[0] ?? usual;
  const [width, height] = [one(TAG.width, 0), one(TAG.height, 0)];
  const tiled = tags.has(TAG.tileWidth);
  const about = tags.get(TAG.about);
  return {
    width,
    height,
    bits: one(TAG.bits, 1),
    format: one(TAG.format, 1),
    samples: one(TAG.samples, 1),
    planar: one(TAG.planar, 1) === 2,
    compression: one(TAG.compression, 1),
    predictor: one(TAG.predictor, 1),
    tile: tiled ? [one(TAG.tileWidth, width), one(TAG.tileHeight, height)] : [width, Math.min(height, one(TAG.rows, height))],
    offsets: all(tiled ? TAG.tileOffsets : TAG.offsets),
    counts: all(tiled ? TAG.tileCounts : TAG.counts),
    about: typeof about === "string" ? about : "",
  };
}

const COMPRESSIONS = new Set([1, 5, 8, 32946, 32773]);

function checked(page: Page): Page {
  if (![8, 16, 32, 64].includes(page.bits) || (page.format === 3 && page.bits < 32)) throw new Unreadable(`It has ${page.bits} bits a value, which is not read here.`);
  if (!COMPRESSIONS.has(page.compression)) throw new Unreadable(`It is compressed by method ${page.compression}, which is not read here.`);
  if (page.predictor > 2 || (page.predictor === 2 && page.bits > 32)) throw new Unreadable("It is stored by differences of a kind that is not read here.");
  return page;
}

/** The pages of a file; smaller copies of a page are left out. */
export async function readTiff(file: Blob): Promise<Tiff> {
  const head = await viewOf(file, 0, HEAD);
  const order = head.byteLength >= 8 ? head.getUint16(0) : 0;
  const little = order === 0x4949;
  const version = head.byteLength >= 8 ? head.getUint16(2, little) : 0;
  if ((!little && order !== 0x4d4d) || (version !== 42 && version !== 43)) throw new Unreadable("It is not a TIFF file.");
  const reader = new Reader(file, little, version === 43);
  const pages: Page[] = [];
  const seen = new Set<number>();
  let at = version === 43 ? Number(head.getBigUint64(8, little)) : head.getUint32(4, little);
  while (at !== 0 && !seen.has(at) && pages.length < PAGES_MOST) {
    seen.add(at);
    const { tags, next } = await reader.directory(at);
    const kind = tags.get(TAG.kind);
    if (!Array.isArray(kind) || ((kind[0] ?? 0) & 1) === 0) pages.push(checked(pageOf(tags)));
    at = next;
  }
  if (pages.length === 0) throw new Unreadable("There is no picture in it.");
  return { little, pages };
}

export type Numbers = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;
type Kind = new (length: number) => Numbers;
const ARRAYS: Record<string, [name: string, kind: Kind]> = {
  "1-8": ["uint8", Uint8Array], "2-8": ["int8", Int8Array], "1-16": ["uint16", Uint16Array], "2-16": ["int16", Int16Array],
  "1-32": ["uint32", Uint32Array], "2-32": ["int32", Int32Array], "3-32": ["float32", Float32Array], "3-64": ["float64", Float64Array],
};

/** How the values of a page are named, and what holds them. */
export function kindOf(page: Page): [name: string, kind: Kind] {
  const found = ARRAYS[`${page.format === 2 || page.format === 3 ? page.format : 1}-${page.bits}`];
  if (!found) throw new Unreadable(`It has ${page.bits} bits a value, which is not read here.`);
  return found;
}

/** Undo LZW as TIFF has it: codes of 9 to 12 bits, highest bit first. */
export function unlzw(data: Uint8Array): Uint8Array {
  const [CLEAR, END] = [256, 257];
  let out = new Uint8Array(data.length * 4 + 1024);
  let length = 0;
  const starts = new Int32Array(4097);
  const lengths = new Int32Array(4097);
  let [width, next, previous, bit] = [9, 258, -1, 0];
  const put = (from: number, count: number): void => {
    if (length + count > out.length) {
      const more = new Uint8Array(Math.max(out.length * 2, length + count));
      more.set(out);
      out = more;
    }
    for (let index = 0; index < count; index += 1) out[length + index] = out[from + index] ?? 0;
  };
  while (bit + width <= data.length * 8) {
    const byte = bit >> 3;
    const word = ((data[byte] ?? 0) << 16) | ((data[byte + 1] ?? 0) << 8) | (data[byte + 2] ?? 0);
    const code = (word >> (24 - width - (bit & 7))) & ((1 << width) - 1);
    bit += width;
    if (code === END) break;
    if (code === CLEAR) {
      [width, next, previous] = [9, 258, -1];
      continue;
    }
    const begin = length;
    if (code < 256) {
      if (length + 1 > out.length) put(0, 1);
      out[length] = code;
      length += 1;
    } else if (code < next) {
      put(starts[code] ?? 0, lengths[code] ?? 0);
      length += lengths[code] ?? 0;
    } else {
      // The string that is being made: the last one and its own first byte, which is put right behind it.
      if (previous < 0 || code > next) throw new Unreadable("Its LZW data is broken.");
      put(begin - previous, previous + 1);
      length += previous + 1;
    }
    if (previous >= 0 && next < 4096) {
      // What was put last time and the first byte of this time lie side by side.
      starts[next] = begin - previous;
      lengths[next] = previous + 1;
      next += 1;
    }
    previous = length - begin;
    if (next >= (1 << width) - 1 && width < 12) width += 1;
  }
  return out.subarray(0, length);
}

function unpacked(data: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < data.length; ) {
    const count = (data[at] ?? 0) << 24 >> 24;
    if (count >= 0) out.push(...data.subarray(at + 1, at + 2 + count));
    else if (count > -128) for (let index = 0; index < 1 - count; index += 1) out.push(data[at + 1] ?? 0);
    at += count >= 0 ? count + 2 : count > -128 ? 2 : 1;
  }
  return Uint8Array.from(out);
}

const inflated = async (data: Uint8Array): Promise<Uint8Array> => new Uint8Array(await new Response(new Blob([data as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());

async function bytesOf(page: Page, data: Uint8Array): Promise<Uint8Array> {
  if (page.compression === 1) return data;
  if (page.compression === 5) return unlzw(data);
  return page.compression === 32773 ? unpacked(data) : inflated(data);
}

function numbersIn(page: Page, bytes: Uint8Array, count: number, little: boolean): Numbers {
  const [, Kind] = kindOf(page);
  const each = page.bits / 8;
  const whole = new Uint8Array(count * each);
  whole.set(bytes.subarray(0, whole.length));
  if (!little && each > 1) for (let at = 0; at < whole.length; at += each) whole.subarray(at, at + each).reverse();
  const found = new Kind(count);
  new Uint8Array(found.buffer).set(whole);
  return found;
}

/** The samples of a page, each as a plane of its own, rows from the top. */
export async function planesOf(file: Blob, tiff: Tiff, page: Page): Promise<Numbers[]> {
  const [, Kind] = kindOf(page);
  const planes = Array.from({ length: page.samples }, () => new Kind(page.width * page.height));
  const [tw, th] = page.tile;
  const across = Math.ceil(page.width / tw);
  const down = Math.ceil(page.height / th);
  const together = page.planar ? 1 : page.samples;
  for (let part = 0; part < page.offsets.length; part += 1) {
    const sample = page.planar ? Math.floor(part / (across * down)) : 0;
    const place = part % (across * down);
    const [left, top] = [(place % across) * tw, Math.floor(place / across) * th];
    const from = page.offsets[part] ?? 0;
    const data = new Uint8Array(await file.slice(from, from + (page.counts[part] ?? 0)).arrayBuffer());
    const values = numbersIn(page, await bytesOf(page, data), tw * th * together, tiff.little);
    if (page.predictor === 2) for (let row = 0; row < th; row += 1) for (let at = row * tw * together + together; at < (row + 1) * tw * together; at += 1) values[at] = (values[at] ?? 0) + (values[at - together] ?? 0);
    for (let row = 0; row < Math.min(th, page.height - top); row += 1) {
      for (let column = 0; column < Math.min(tw, page.width - left); column += 1) {
        for (let each = 0; each < together; each += 1) {
          const plane = planes[sample + each];
          if (plane) plane[(top + row) * page.width + left + column] = values[(row * tw + column) * together + each] ?? 0;
        }
      }
    }
  }
  return planes;
}

/** How many positions there are on each axis, the one that changes first foremost. */
export interface Order {
  axes: { name: "c" | "z" | "t"; size: number }[];
}

/** In which order pages follow each other: as OME or ImageJ tell, else along z. */
export function orderOf(tiff: Tiff): Order {
  const about = tiff.pages[0]?.about ?? "";
  const samples = tiff.pages[0]?.samples ?? 1;
  const count = tiff.pages.length;
  const size = (pattern: RegExp): number => Number(pattern.exec(about)?.[1] ?? 1) || 1;
  const pixels = /<(?:\w+:)?Pixels\b[^>]*>/.exec(about)?.[0];
  if (pixels) {
    const read = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(pixels)?.[1] ?? 1);
    const order = (/\bDimensionOrder="XY([CZT]{3})"/.exec(pixels)?.[1] ?? "ZCT").toLowerCase();
    const axes = [...order].map((name) => ({ name: name as "c" | "z" | "t", size: name === "c" ? Math.max(1, read("SizeC") / samples) : read(`Size${name.toUpperCase()}`) }));
    if (axes.reduce((all, one) => all * one.size, 1) === count) return { axes };
  }
  if (about.startsWith("ImageJ=")) {
    const axes = [{ name: "c" as const, size: size(/^channels=(\d+)/m) }, { name: "z" as const, size: size(/^slices=(\d+)/m) }, { name: "t" as const, size: size(/^frames=(\d+)/m) }];
    if (size(/^images=(\d+)/m) > count) throw new Unreadable("ImageJ wrote its planes past the pages, which is not read here.");
    if (axes.reduce((all, one) => all * one.size, 1) === count) return { axes };
  }
  return { axes: [{ name: "z", size: count }] };
}
