import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from "hyparquet";
import { StoreError, type StoreObject } from "./s3";

export type Row = Record<string, unknown>;

/** What of an object of the store is needed here. */
export type Ranged = Pick<StoreObject, "get" | "size">;

/** A table in the store, of which only what is shown is read. */
export class RemoteTable {
  private constructor(
    private readonly file: AsyncBuffer,
    private readonly metadata: FileMetaData,
  ) {}

  static async open(object: Ranged): Promise<RemoteTable> {
    const file: AsyncBuffer = {
      byteLength: await object.size(),
      slice: async (from, to) => {
        const answer = await object.get(`bytes=${from}-${(to ?? file.byteLength) - 1}`);
        return answer.arrayBuffer();
      },
    };
    if (file.byteLength === 0) throw new StoreError(404, "Empty");
    return new RemoteTable(file, await parquetMetadataAsync(file));
  }

  get count(): number {
    return Number(this.metadata.num_rows);
  }

  async rows(from: number, to: number): Promise<Row[]> {
    const { decompress } = await import("fzstd");
    return parquetReadObjects({
      file: this.file,
      metadata: this.metadata,
      rowStart: from,
      rowEnd: Math.min(to, this.count),
      compressors: { ZSTD: (input, length) => decompress(input, new Uint8Array(length)) },
    });
  }
}

/** A cell in words: numbers short, moments as ISO, the rest as JSON. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(8)));
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
}
