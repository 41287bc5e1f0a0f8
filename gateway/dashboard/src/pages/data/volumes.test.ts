import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { kindOf, orderOf, planesOf, readTiff, unlzw, type Numbers } from "./tiff";
import { StoreError } from "./s3";
import { axesOf, typeOf, volumeOf, type Files } from "./zarr";

const sent = new Map<string, unknown>();
const finished: [string, boolean][] = [];
let refuse: string | null = null;
vi.mock("~/api/client", () => ({
  mutate: (_: string, document: unknown, { input }: { input?: Record<string, unknown> }) => {
    const text = String(document);
    if (text.includes("RequestZarr")) {
      const store = String(finished.length + sent.size + 1);
      sent.set(store, new Map());
      return Promise.resolve({ requestZarrUpload: { store, key: `z/${store}/`, bucket: "b", region: "r", accessKey: "a", secretKey: "s", sessionToken: "t", expiresIn: 900 } });
    }
    if (text.includes("FinishZarr")) finished.push([String(input?.["storeId"]), Boolean(input?.["valid"])]);
    if (text.includes("MakeArray")) {
      sent.set("made", input);
      return Promise.resolve({ createArrayDataset: { id: "9", name: "n" } });
    }
    return Promise.resolve({ finishZarrUpload: { id: "1" } });
  },
}));
vi.mock("./s3", async (real) => ({
  ...(await real<typeof import("./s3")>()),
  StoreObject: class {
    constructor(private readonly grant: { key: string }) {}
    async put(body: Blob): Promise<void> {
      const [, store = "", ...name] = this.grant.key.split("/");
      if (refuse && name.join("/") === refuse) throw new StoreError(400, "EntityTooLarge");
      (sent.get(store) as Map<string, Uint8Array>).set(name.join("/"), new Uint8Array(await body.arrayBuffer()));
    }
  },
}));

const { chunkOf, halved, layoutOf, sorted, store, volumeOfTiff } = await import("./volumes");
const gunzip = async (data: Uint8Array): Promise<ArrayBuffer> => new Response(new Blob([data as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
const filesOf = (entries: Record<string, unknown>): Files => new Map(Object.entries(entries).map(([name, held]) => [name, new Blob([typeof held === "string" ? held : JSON.stringify(held)])]));
const forget = (): void => {
  sent.clear();
  finished.length = 0;
  refuse = null;
};

interface Written {
  width: number;
  height: number;
  pages: number[][];
  bits?: number;
  format?: number;
  samples?: number;
  big?: boolean;
  little?: boolean;
  about?: string;
  rows?: number;
  pack?: (data: Uint8Array) => Uint8Array;
  compression?: number;
  predictor?: number;
}

/** A TIFF file as small as can be: every page in strips. */
function tiffOf({ width, height, pages, bits = 16, format = 1, samples = 1, big = false, little = true, about = "", rows = height, pack = (data) => data, compression = 1, predictor = 1 }: Written): File {
  const bytes: number[] = [];
  const view = new DataView(new ArrayBuffer(8));
  const put = (value: number, size: number): void => {
    if (size === 8) view.setBigUint64(0, BigInt(value), little);
    else if (size === 4) view.setUint32(0, value, little);
    else if (size === 2) view.setUint16(0, value, little);
    else view.setUint8(0, value);
    for (let index = 0; index < size; index += 1) bytes.push(view.getUint8(index));
  };
  const word = big ? 8 : 4;
  put(little ? 0x4949 : 0x4d4d, 2);
  put(big ? 43 : 42, 2);
  if (big) for (const one of [8, 0]) put(one, 2);
  let link = bytes.length;
  put(0, word);
  const fix = (at: number, value: number): void => {
    const end = bytes.splice(at, bytes.length - at);
    put(value, word);
    bytes.push(...end.slice(word));
  };
  for (const page of pages) {
    const strips: [number, number][] = [];
    const each = rows * width * samples;
    for (let from = 0; from < page.length; from += each) {
      const part = page.slice(from, from + each);
      const raw = new DataView(new ArrayBuffer((part.length * bits) / 8));
      part.forEach((value, index) => {
        const before = predictor === 2 && index % (width * samples) >= samples ? (part[index - samples] ?? 0) : 0;
        const at = (index * bits) / 8;
        if (format === 3) raw.setFloat32(at, value, little);
        else if (bits === 8) raw.setUint8(at, value - before);
        else raw.setUint16(at, value - before, little);
      });
      const packed = pack(new Uint8Array(raw.buffer));
      strips.push([bytes.length, packed.length]);
      bytes.push(...packed);
    }
    const list = (values: number[], size: number): number => {
      const at = bytes.length;
      for (const value of values) put(value, size);
      return at;
    };
    const text = [...new TextEncoder().encode(`${about}\0`)];
    const places: [number, number, number, number][] = [[256, 4, 1, width], [257, 4, 1, height], [258, 3, 1, bits], [259, 3, 1, compression]];
    if (about) places.push([270, 2, text.length, list(text, 1)]);
    const inside = strips.length === 1;
    places.push([273, 4, strips.length, inside ? (strips[0]?.[0] ?? 0) : list(strips.map(([from]) => from), 4)], [277, 3, 1, samples], [278, 4, 1, rows]);
    places.push([279, 4, strips.length, inside ? (strips[0]?.[1] ?? 0) : list(strips.map(([, length]) => length), 4)], [317, 3, 1, predictor], [339, 3, 1, format]);
    fix(link, bytes.length);
    put(places.length, big ? 8 : 2);
    for (const [tag, type, count, value] of places) {
      put(tag, 2);
      put(type, 2);
      put(count, word);
      const size = type === 3 ? 2 : 4;
      const held = count === 1 || (type === 2 && count <= word) ? size : word;
      put(value, held);
      for (let index = held; index < word; index += 1) bytes.push(0);
    }
    link = bytes.length;
    put(0, word);
  }
  return new File([Uint8Array.from(bytes)], "stack.ome.tif");
}

const read = async (file: File): Promise<number[][][]> => {
  const tiff = await readTiff(file);
  return Promise.all(tiff.pages.map(async (page) => (await planesOf(file, tiff, page)).map((plane) => [...plane])));
};
const ramp = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => (index * 37 + from) % 250);

/** LZW as TIFF writers do it, to have something to undo. */
function lzw(data: Uint8Array): Uint8Array {
  const bits: number[] = [];
  const emit = (code: number, width: number): void => {
    for (let bit = width - 1; bit >= 0; bit -= 1) bits.push((code >> bit) & 1);
  };
  let [table, next, width] = [new Map<string, number>(), 258, 9];
  emit(256, width);
  let held = "";
  const code = (text: string): number => (text.length === 1 ? text.charCodeAt(0) : (table.get(text) ?? 0));
  for (const byte of data) {
    const more = held + String.fromCharCode(byte);
    if (more.length === 1 || table.has(more)) {
      held = more;
      continue;
    }
    emit(code(held), width);
    table.set(more, next);
    next += 1;
    if (next === 4094) {
      emit(256, width);
      [table, next, width] = [new Map(), 258, 9];
    } else if (next === 1 << width) width += 1;
    held = String.fromCharCode(byte);
  }
  if (held) emit(code(held), width);
  emit(257, width);
  while (bits.length % 8) bits.push(0);
  return Uint8Array.from({ length: bits.length / 8 }, (_, index) => bits.slice(index * 8, index * 8 + 8).reduce((all, bit) => all * 2 + bit, 0));
}

describe("TIFF files", () => {
  const pages = [ramp(12), ramp(12, 9)];
  const cases: [string, Partial<Written>][] = [
    ["plain", {}],
    ["with the highest byte first", { little: false }],
    ["of 8 bits", { bits: 8 }],
    ["of the large kind", { big: true }],
    ["in strips", { rows: 2 }],
    ["deflated", { compression: 8, pack: deflateSync }],
    ["deflated, as differences", { compression: 8, predictor: 2, pack: deflateSync }],
    ["by LZW", { compression: 5, pack: lzw }],
    ["in floats", { bits: 32, format: 3 }],
  ];
  it.each(cases)("%s give back their values", async (_name, how) => {
    expect(await read(tiffOf({ width: 4, height: 3, pages, ...how }))).toEqual(pages.map((page) => [page]));
  });
  it("of several samples give each as a plane", async () => {
    expect(await read(tiffOf({ width: 2, height: 1, samples: 3, bits: 8, pages: [[1, 2, 3, 4, 5, 6]] }))).toEqual([[[1, 4], [2, 5], [3, 6]]]);
  });
  it("are named by what holds their values", async () => {
    const { pages: [page] } = await readTiff(tiffOf({ width: 1, height: 1, bits: 8, pages: [[1]] }));
    expect(page && kindOf(page)[0]).toBe("uint8");
  });
  it.each([["text", new File(["not a picture at all"], "a.tif")], ["nothing", new File([], "a.tif")]])("that are %s are refused", async (_name, file) => {
    await expect(readTiff(file)).rejects.toThrow("not a TIFF file");
  });
  it("packed in a way that is not read here are refused by name", async () => {
    await expect(readTiff(tiffOf({ width: 4, height: 3, pages, compression: 7 }))).rejects.toThrow("method 7");
  });
  it("LZW is undone whatever was packed", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000, max: 3 }), (data) => {
      expect([...unlzw(lzw(data))]).toEqual([...data]);
    }));
    const long = Uint8Array.from({ length: 60_000 }, (_, index) => (index * index) % 251);
    expect(unlzw(lzw(long))).toEqual(long);
  });
  it("LZW that is broken is told, not run away with", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
      try {
        unlzw(data);
      } catch (error) {
        expect((error as Error).message).toBe("Its LZW data is broken.");
      }
    }));
  });
});

describe("the order of pages", () => {
  const stack = (about: string, count: number, samples = 1) => readTiff(tiffOf({ width: 1, height: 1, samples, bits: 8, about, pages: Array.from({ length: count }, () => ramp(samples)) }));
  it("is what OME says", async () => {
    const tiff = await stack('<OME><Image><Pixels DimensionOrder="XYCZT" SizeX="1" SizeY="1" SizeC="2" SizeZ="3" SizeT="1"/></Image></OME>', 6);
    const { axes, outer, placeOf } = layoutOf(tiff);
    expect([axes.map((axis) => axis.name), outer]).toEqual([["c", "z", "y", "x"], [2, 3]]);
    expect([0, 1, 2, 5].map((page) => placeOf(page, 0))).toEqual([[0, 0], [1, 0], [0, 1], [1, 2]]);
  });
  it("is what ImageJ says", async () => {
    const { axes, outer } = layoutOf(await stack("ImageJ=1.53\nimages=4\nchannels=2\nframes=2\n", 4));
    expect([axes.map((axis) => axis.name), outer]).toEqual([["t", "c", "y", "x"], [2, 2]]);
  });
  it("is along z where nobody says, or what is said does not fit", async () => {
    for (const about of ["", '<Pixels DimensionOrder="XYZCT" SizeC="9" SizeZ="3" SizeT="1"/>']) expect(orderOf(await stack(about, 3))).toEqual({ axes: [{ name: "z", size: 3 }] });
  });
  it("of one page of colours is by channel", async () => {
    const { axes, outer, placeOf } = layoutOf(await stack("", 1, 3));
    expect([axes.map((axis) => axis.name), outer, placeOf(0, 2)]).toEqual([["c", "y", "x"], [3], [2]]);
  });
});

describe("planes", () => {
  const plane = { values: Uint16Array.from([1, 2, 3, 4, 5, 6]) as Numbers, width: 3, height: 2 };
  it("are halved by the mean", () => {
    expect(halved(plane)).toEqual({ values: Uint16Array.from([3, 4]), width: 2, height: 1 });
  });
  it("are cut into chunks that are filled up", () => {
    expect([...chunkOf(plane, 0, 0, [2, 2])]).toEqual([1, 2, 4, 5]);
    expect([...chunkOf(plane, 0, 1, [2, 2])]).toEqual([3, 0, 6, 0]);
  });
});

const array = (shape: number[], more: object = {}) => ({ zarr_format: 3, node_type: "array", shape, codecs: [{ name: "bytes" }], ...more });
const older = (more: object = {}) => ({ zarr_format: 2, shape: [2, 4], chunks: [1, 4], dtype: "<u2", order: "C", compressor: null, filters: null, fill_value: 0, ...more });

describe("folders of zarr", () => {
  it("of one array are an image of one level", async () => {
    const plan = await volumeOf(filesOf({ "zarr.json": array([2, 3, 4], { dimension_names: ["z", "y", "x"] }), "c/0/0/0": "a" }));
    expect(plan.axes).toEqual([{ name: "z", type: "SPACE" }, { name: "y", type: "SPACE" }, { name: "x", type: "SPACE" }]);
    expect(plan.levels[0]?.objects).toEqual([{ key: "c/0/0/0", from: "c/0/0/0" }]);
  });
  const multiscales = [{ axes: [{ name: "c", type: "channel" }, { name: "y", type: "space" }], datasets: [{ path: "0" }, { path: "1" }] }];
  it.each([
    ["OME-Zarr 0.5", { "zarr.json": { node_type: "group", attributes: { ome: { multiscales } } }, "0/zarr.json": array([2, 4]), "0/c/0/0": "a", "1/zarr.json": array([2, 2]) }],
    ["OME-Zarr 0.4", { ".zattrs": { multiscales }, ".zgroup": {}, "0/.zarray": older(), "0/0.0": "a", "1/.zarray": older({ shape: [2, 2] }) }],
    ["one in a group of its own", { ".zgroup": {}, "OME/METADATA.ome.xml": "<OME/>", "0/.zattrs": { multiscales }, "0/0/.zarray": older(), "0/0/0.0": "a", "0/1/.zarray": older({ shape: [2, 2] }) }],
  ])("%s are an image of its levels", async (_name, entries) => {
    const plan = await volumeOf(filesOf(entries));
    expect(plan.axes.map(({ type }) => type)).toEqual(["CHANNEL", "SPACE"]);
    expect(plan.levels.map(({ shape }) => shape)).toEqual([[2, 4], [2, 2]]);
    expect(plan.levels[0]?.objects.map(({ key }) => key)).toEqual(["c/0/0"]);
  });
  it("of the older kind are described anew, their chunks stay", async () => {
    const compressor = { id: "blosc", cname: "zstd", clevel: 3, shuffle: 2, blocksize: 0 };
    const { levels: [level] } = await volumeOf(filesOf({ ".zarray": older({ dtype: ">f4", order: "F", compressor, dimension_separator: "/", fill_value: null }), "1/0": "a", ".zattrs": {} }));
    expect(level?.objects).toEqual([{ key: "c/1/0", from: "1/0" }]);
    expect(level?.document).toMatchObject({
      data_type: "float32",
      fill_value: 0,
      codecs: [
        { name: "transpose", configuration: { order: [1, 0] } },
        { name: "bytes", configuration: { endian: "big" } },
        { name: "blosc", configuration: { typesize: 4, cname: "zstd", clevel: 3, shuffle: "bitshuffle", blocksize: 0 } },
      ],
    });
  });
  it.each([
    ["packed by lzma", { ".zarray": older({ compressor: { id: "lzma" } }) }],
    ["filters", { ".zarray": older({ filters: [{ id: "delta" }] }) }],
    ["of the type", { ".zarray": older({ dtype: "|O" }) }],
    ["packed by numcodecs.zlib", { "zarr.json": array([1], { codecs: [{ name: "numcodecs.zlib" }] }) }],
    ["levels that are not there", { ".zattrs": { multiscales } }],
    ["no image", { ".zgroup": {}, "table/0": "x" }],
    ["is not JSON", { ".zarray": "{" }],
  ])("say what cannot be read: %s", async (words, entries) => {
    await expect(volumeOf(filesOf(entries))).rejects.toThrow(words);
  });
  it("name axes by custom where nobody names them", () => {
    expect(axesOf(null, 4).map(({ name, type }) => `${name} ${type}`)).toEqual(["c CHANNEL", "z SPACE", "y SPACE", "x SPACE"]);
    expect(axesOf(["a", "y", "x"], 3)[0]).toEqual({ name: "a", type: "INDEX" });
    expect(axesOf(null, 7).map(({ name }) => name)).toEqual(["d0", "d1", "t", "c", "z", "y", "x"]);
  });
  it("have types of all sizes", () => {
    expect(["|u1", "<i8", "|b1", "<c8"].map((one) => typeOf(one).name)).toEqual(["uint8", "int64", "bool", "complex64"]);
  });
});

describe("what is dropped", () => {
  const file = (name: string, path: string[]) => ({ file: new File(["x"], name), path });
  it("is told apart: images of zarr, TIFF files, the rest", () => {
    const { zarrs, tiffs, rest } = sorted([file("zarr.json", ["day", "a.zarr"]), file("0", ["day", "a.zarr", "c"]), file("b.ome.tif", ["day"]), file("c.txt", [])]);
    expect(zarrs.map(({ name, path, files }) => [name, path, [...(files?.keys() ?? [])]])).toEqual([["a", ["day"], ["zarr.json", "c/0"]]]);
    expect(tiffs.map(volumeOfTiff).map(({ name, path }) => [name, path])).toEqual([["b", ["day"]]]);
    expect(rest.map((one) => one.file.name)).toEqual(["c.txt"]);
  });
  it("is stored level by level, and made an image of", async () => {
    forget();
    const [volume] = sorted([file("0", ["a.zarr", "c"])].concat([{ file: new File([JSON.stringify(array([1]))], "zarr.json"), path: ["a.zarr"] }])).zarrs;
    expect(volume && (await store(volume, "3", new AbortController().signal, () => undefined))).toBe("9");
    const input = sent.get("made") as { data: string };
    expect(input).toMatchObject({ name: "a", folder: "3", scales: [], axes: [{ name: "x", type: "SPACE" }] });
    expect([...(sent.get(input.data) as Map<string, unknown>).keys()]).toEqual(["zarr.json", "c/0"]);
    expect(finished).toEqual([[input.data, true]]);
  });
  it("as a TIFF stack becomes a volume with smaller copies", async () => {
    forget();
    const wide = tiffOf({ width: 1030, height: 2, bits: 8, pages: [ramp(2060), ramp(2060, 5)] });
    const told: number[] = [];
    await store(volumeOfTiff({ file: wide, path: [] }), null, new AbortController().signal, (bytes) => told.push(bytes));
    const input = sent.get("made") as { data: string; scales: { level: number; array: string }[] };
    expect(input).toMatchObject({ name: "stack", axes: [{ name: "z" }, { name: "y" }, { name: "x" }], scales: [{ level: 1 }] });
    const finest = sent.get(input.data) as Map<string, Uint8Array>;
    expect([...finest.keys()].sort()).toEqual(["c/0/0/0", "c/0/0/1", "c/1/0/0", "c/1/0/1", "zarr.json"]);
    expect([...new Uint8Array(await gunzip(finest.get("c/1/0/0") as Uint8Array)).subarray(0, 3)]).toEqual([5, 42, 79]);
    expect(told.at(-1)).toBe(wide.size);
    const half = JSON.parse(new TextDecoder().decode((sent.get(input.scales[0]?.array ?? "") as Map<string, Uint8Array>).get("zarr.json"))) as object;
    expect(half).toMatchObject({ shape: [2, 1, 515], data_type: "uint8" });
  });
  it("leaves nothing where it fails", async () => {
    forget();
    refuse = "c/0/0/0";
    const file = tiffOf({ width: 2, height: 2, bits: 8, pages: [ramp(4), ramp(4)] });
    await expect(store(volumeOfTiff({ file, path: [] }), null, new AbortController().signal, () => undefined)).rejects.toThrow("EntityTooLarge");
    expect(finished.map(([, valid]) => valid)).toEqual([false]);
    expect(sent.has("made")).toBe(false);
  });
});
