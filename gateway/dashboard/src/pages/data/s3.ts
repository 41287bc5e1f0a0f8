import { AwsClient } from "aws4fetch";

export interface Grant {
  accessKey: string;
  secretKey: string;
  sessionToken: string;
  region: string;
  bucket: string;
  key: string;
  expiresIn: number;
}

export interface Part {
  number: number;
  etag: string;
}

const MIB = 1024 * 1024;
const LEAST_PART = 16 * MIB;
/** S3 allows 10,000 parts; a little room is kept. */
const PARTS = 9000;

/** Bytes of a part: 16 MiB, or more where that would make too many; whole MiB. */
export const partSize = (size: number): number => Math.max(LEAST_PART, Math.ceil(size / PARTS / MIB) * MIB);

export const partCount = (size: number): number => Math.max(1, Math.ceil(size / partSize(size)));

export function partRange(size: number, number: number): [from: number, to: number] {
  const each = partSize(size);
  return [(number - 1) * each, Math.min(number * each, size)];
}

export class StoreError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(`The object store refused it: ${code || status}.`);
  }
}

export const field = (xml: string, name: string): string | null => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? null;

export function partsIn(xml: string): Part[] {
  return [...xml.matchAll(/<Part>([\s\S]*?)<\/Part>/g)].map(([, body]) => ({
    number: Number(field(body ?? "", "PartNumber")),
    etag: (field(body ?? "", "ETag") ?? "").replaceAll("&quot;", '"'),
  }));
}

/** One object of the store, by a grant for it. Bytes go straight to the store, behind the gateway. */
export class StoreObject {
  private readonly client: AwsClient;
  private readonly url: string;

  constructor(grant: Grant, origin: string = location.origin) {
    this.client = new AwsClient({
      accessKeyId: grant.accessKey,
      secretAccessKey: grant.secretKey,
      sessionToken: grant.sessionToken,
      region: grant.region,
      service: "s3",
      retries: 0,
    });
    this.url = `${origin}/${grant.bucket}/${grant.key.split("/").map(encodeURIComponent).join("/")}`;
  }

  private async ask(query: string, init: RequestInit): Promise<Response> {
    const answer = await this.client.fetch(this.url + query, init);
    if (!answer.ok) throw new StoreError(answer.status, field(await answer.text(), "Code") ?? "");
    return answer;
  }

  async put(body: Blob, signal: AbortSignal): Promise<void> {
    await this.ask("", { method: "PUT", body, signal });
  }

  async begin(signal: AbortSignal): Promise<string> {
    const answer = await this.ask("?uploads=", { method: "POST", signal });
    const id = field(await answer.text(), "UploadId");
    if (!id) throw new StoreError(answer.status, "NoUploadId");
    return id;
  }

  async part(upload: string, number: number, body: Blob, signal: AbortSignal): Promise<Part> {
    const answer = await this.ask(`?partNumber=${number}&uploadId=${encodeURIComponent(upload)}`, { method: "PUT", body, signal });
    return { number, etag: answer.headers.get("etag") ?? "" };
  }

  /** The parts that arrived already; null where the upload is not known any more. */
  async parts(upload: string, signal: AbortSignal): Promise<Part[] | null> {
    const found: Part[] = [];
    let marker = "0";
    for (;;) {
      try {
        const answer = await this.ask(`?uploadId=${encodeURIComponent(upload)}&part-number-marker=${marker}`, { method: "GET", signal });
        const xml = await answer.text();
        found.push(...partsIn(xml));
        const next = field(xml, "NextPartNumberMarker");
        if (field(xml, "IsTruncated") !== "true" || !next || next === marker) return found;
        marker = next;
      } catch (error) {
        if (error instanceof StoreError && error.status === 404) return null;
        throw error;
      }
    }
  }

  async complete(upload: string, parts: readonly Part[], signal: AbortSignal): Promise<void> {
    const list = [...parts].sort((a, b) => a.number - b.number).map(({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`;
    const answer = await this.ask(`?uploadId=${encodeURIComponent(upload)}`, { method: "POST", body, signal });
    // The store may answer 200 and tell of a failure in the body.
    const code = field(await answer.text(), "Code");
    if (code) throw new StoreError(answer.status, code);
  }

  async abort(upload: string): Promise<void> {
    await this.ask(`?uploadId=${encodeURIComponent(upload)}`, { method: "DELETE" });
  }

  /** How many bytes it has. */
  async size(): Promise<number> {
    const answer = await this.ask("", { method: "GET", headers: { Range: "bytes=0-0" } });
    return Number(answer.headers.get("content-range")?.split("/")[1] ?? answer.headers.get("content-length") ?? 0);
  }

  async get(range?: string): Promise<Response> {
    return this.ask("", { method: "GET", ...(range ? { headers: { Range: range } } : {}) });
  }
}
