import { StoreError, partCount, partRange, partSize, type Part } from "./s3";

/** What a transfer needs of the store; `StoreObject` is the real one. */
export interface Target {
  put(body: Blob, signal: AbortSignal): Promise<void>;
  begin(signal: AbortSignal): Promise<string>;
  part(upload: string, number: number, body: Blob, signal: AbortSignal): Promise<Part>;
  parts(upload: string, signal: AbortSignal): Promise<Part[] | null>;
  complete(upload: string, parts: readonly Part[], signal: AbortSignal): Promise<void>;
}

export interface Steps {
  /** A target with credentials that are still good; `refused` after the store did not take the last ones. */
  target(refused: boolean): Promise<Target>;
  /** Keep the upload in mind; no part is sent before that is done. */
  onBegun(upload: string): void | Promise<void>;
  onProgress(bytes: number): void;
  wait(milliseconds: number): Promise<void>;
}

const AT_ONCE = 4;
const ATTEMPTS = 6;

/** Wait longer with each failure: 0.5, 1, 2, 4, 8 s. */
export const pause = (attempt: number): number => 500 * 2 ** attempt;

const refusedForGood = (error: unknown): boolean => error instanceof StoreError && error.status >= 400 && error.status < 500 && ![403, 408, 429].includes(error.status);

/** Try again for a while what a store or the network may refuse for a moment. */
export async function persistently<T, O>(steps: { target(refused: boolean): Promise<O>; wait(milliseconds: number): Promise<void> }, signal: AbortSignal, work: (target: O) => Promise<T>): Promise<T> {
  let refused = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work(await steps.target(refused));
    } catch (error) {
      refused = error instanceof StoreError && error.status === 403;
      if (signal.aborted || attempt + 1 >= ATTEMPTS || refusedForGood(error)) throw error;
      await steps.wait(pause(attempt));
    }
  }
}

/**
 * Bring a file to the store: in one piece when it is small, else in parts, some at once, each tried
 * again when it fails. `known` is an upload begun earlier: its parts are not sent again.
 */
export async function transfer(file: Blob, steps: Steps, signal: AbortSignal, known?: string): Promise<void> {
  const size = file.size;
  if (size <= partSize(size)) {
    await persistently(steps, signal, (target) => target.put(file, signal));
    steps.onProgress(size);
    return;
  }
  let upload = known;
  let done: Part[] = [];
  if (upload !== undefined) {
    const begun = upload;
    const found = await persistently(steps, signal, (target) => target.parts(begun, signal));
    if (found === null) upload = undefined;
    else done = found;
  }
  if (upload === undefined) {
    upload = await persistently(steps, signal, (target) => target.begin(signal));
    await steps.onBegun(upload);
  }
  await sendParts(file, upload, done, steps, signal);
  const begun = upload;
  await persistently(steps, signal, (target) => target.complete(begun, done, signal));
}

async function sendParts(file: Blob, upload: string, done: Part[], steps: Steps, signal: AbortSignal): Promise<void> {
  const have = new Set(done.map((part) => part.number));
  const waiting = Array.from({ length: partCount(file.size) }, (_, index) => index + 1).filter((number) => !have.has(number));
  let sent = done.reduce((sum, part) => sum + span(file.size, part.number), 0);
  steps.onProgress(sent);
  const worker = async (): Promise<void> => {
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
      const mine = number;
      const [from, to] = partRange(file.size, mine);
      // A slice is a view: no more than the parts in flight are ever read into memory.
      done.push(await persistently(steps, signal, (target) => target.part(upload, mine, file.slice(from, to), signal)));
      sent += to - from;
      steps.onProgress(sent);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function span(size: number, number: number): number {
  const [from, to] = partRange(size, number);
  return to - from;
}
