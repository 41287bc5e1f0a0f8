import type { Search } from "~/lib/search";

export type Numbers = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** How one channel is drawn; without bounds by its percentiles. */
export interface Channel {
  on: boolean;
  colour: string;
  min: number | null;
  max: number | null;
}

export interface Bounds {
  min: number;
  max: number;
}

/** Each colour as stops from dark to bright; between them it is straight. */
export const COLOURS: Readonly<Record<string, readonly string[]>> = {
  grey: ["000000", "ffffff"],
  red: ["000000", "ff0000"],
  green: ["000000", "00ff00"],
  blue: ["000000", "0000ff"],
  cyan: ["000000", "00ffff"],
  magenta: ["000000", "ff00ff"],
  yellow: ["000000", "ffff00"],
  viridis: ["440154", "3b528b", "21918c", "5ec962", "fde725"],
  inferno: ["000004", "57106e", "bc3754", "f98e09", "fcffa4"],
};
const THREE = ["red", "green", "blue"];
const MANY = ["green", "magenta", "cyan", "yellow", "red", "blue"];
/** More than these at once are a blur. */
const AT_ONCE = 6;

export function coloursOf(count: number): string[] {
  if (count === 1) return ["grey"];
  const palette = count === 3 ? THREE : MANY;
  return Array.from({ length: count }, (_, index) => palette[index % palette.length] ?? "grey");
}

const keyOf = (index: number): string => `c${index}`;
const bound = (text: string | undefined): number | null => (text !== undefined && text !== "" && Number.isFinite(Number(text)) ? Number(text) : null);

/** Channels as the address holds them, `c0=min,max,on,colour`; what it leaves out is the default. */
export function channelsFrom(search: Search, count: number): Channel[] {
  const colours = coloursOf(count);
  return colours.map((colour, index) => {
    const [min, max, on, named] = (search[keyOf(index)] ?? "").split(",");
    return { min: bound(min), max: bound(max), on: on ? on === "on" : index < AT_ONCE, colour: named && Object.hasOwn(COLOURS, named) ? named : colour };
  });
}

export function channelsTo(channels: readonly Channel[]): Search {
  const usual = channelsFrom({}, channels.length);
  return Object.fromEntries(
    channels.map((one, index) => {
      const plain = usual[index];
      const on = one.on === plain?.on ? "" : one.on ? "on" : "off";
      const colour = one.colour === plain?.colour ? "" : one.colour;
      const text = [one.min ?? "", one.max ?? "", on, colour].join(",");
      return [keyOf(index), text === ",,," ? undefined : text];
    }),
  );
}

function halves(buffer: ArrayBuffer): Float32Array {
  return Float32Array.from(new Uint16Array(buffer), (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

const READERS: Readonly<Record<string, (buffer: ArrayBuffer) => Numbers>> = {
  bool: (buffer) => new Uint8Array(buffer),
  uint8: (buffer) => new Uint8Array(buffer),
  int8: (buffer) => new Int8Array(buffer),
  uint16: (buffer) => new Uint16Array(buffer),
  int16: (buffer) => new Int16Array(buffer),
  uint32: (buffer) => new Uint32Array(buffer),
  int32: (buffer) => new Int32Array(buffer),
  uint64: (buffer) => Float64Array.from(new BigUint64Array(buffer), Number),
  int64: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number),
  float16: halves,
  float32: (buffer) => new Float32Array(buffer),
  float64: (buffer) => new Float64Array(buffer),
};

/** The numbers of an answer, by the type it names. */
export function numbersOf(buffer: ArrayBuffer, dtype: string): Numbers {
  const read = READERS[dtype];
  if (!read) throw new Error(`Numbers of type ${dtype} cannot be drawn.`);
  return read(buffer);
}

/** Rows and columns changed over, where an array has x before y. */
export function transposed(values: Numbers, width: number, height: number): Numbers {
  const turned = new (values.constructor as new (length: number) => Numbers)(values.length);
  for (let row = 0; row < height; row += 1) for (let column = 0; column < width; column += 1) turned[row * width + column] = values[column * height + row] ?? 0;
  return turned;
}

const SAMPLE = 65_536;

/** The least and the greatest, and percentiles 1 and 99.8 of an even sample. */
export function boundsOf(values: Numbers): { all: Bounds; auto: Bounds } {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample: number[] = [];
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    if (index % step === 0) sample.push(value);
  }
  if (min > max) return { all: { min: 0, max: 1 }, auto: { min: 0, max: 1 } };
  const sorted = Float64Array.from(sample.length > 0 ? sample : [min, max]).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? min;
  const auto = { min: at(0.01), max: at(0.998) };
  return { all: { min, max: max > min ? max : min + 1 }, auto: auto.max > auto.min ? auto : { min, max: max > min ? max : min + 1 } };
}

export function histogramOf(values: Numbers, { min, max }: Bounds, bins = 64): number[] {
  const counts = Array.from({ length: bins }, () => 0);
  const factor = bins / (max - min);
  for (let index = 0; index < values.length; index += 1) {
    const bin = Math.min(bins - 1, Math.floor(((values[index] as number) - min) * factor));
    if (bin >= 0) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** 256 colours of three numbers each. */
export function rampOf(colour: string): Uint8Array {
  const stops = (COLOURS[colour] ?? COLOURS["grey"] ?? []).map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
  const ramp = new Uint8Array(256 * 3);
  for (let index = 0; index < 256; index += 1) {
    const place = (index / 255) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(place));
    for (let part = 0; part < 3; part += 1) {
      const [from, to] = [stops[low]?.[part] ?? 0, stops[low + 1]?.[part] ?? 0];
      ramp[index * 3 + part] = Math.round(from + (to - from) * (place - low));
    }
  }
  return ramp;
}

export interface Layer {
  values: Numbers;
  bounds: Bounds;
  colour: string;
}

/** Lay channels over each other by adding light. */
export function compose(layers: readonly Layer[], pixels: Uint8ClampedArray): void {
  pixels.fill(0);
  for (const { values, bounds, colour } of layers) {
    const ramp = rampOf(colour);
    const factor = 255 / Math.max(bounds.max - bounds.min, Number.MIN_VALUE);
    for (let index = 0, pixel = 0; index < values.length; index += 1, pixel += 4) {
      const level = ((values[index] as number) - bounds.min) * factor;
      const entry = (level >= 255 ? 255 : level > 0 ? level | 0 : 0) * 3;
      pixels[pixel] = (pixels[pixel] ?? 0) + (ramp[entry] ?? 0);
      pixels[pixel + 1] = (pixels[pixel + 1] ?? 0) + (ramp[entry + 1] ?? 0);
      pixels[pixel + 2] = (pixels[pixel + 2] ?? 0) + (ramp[entry + 2] ?? 0);
    }
  }
  for (let pixel = 3; pixel < pixels.length; pixel += 4) pixels[pixel] = 255;
}
