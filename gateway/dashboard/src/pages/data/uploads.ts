import { Problem, mutate } from "~/api/client";
import { currentSession } from "~/auth/session";
import { FinishUpload, MakeFile, RefreshUpload, RequestUpload } from "~/gen/mikro";
import { createStore } from "~/lib/store";
import { forget, found, keep, keyOf, pendingOf, type Pending } from "./pending";
import { StoreObject, type Grant } from "./s3";
import { transfer } from "./transfer";

export interface Upload {
  id: number;
  name: string;
  size: number;
  sent: number;
  state: "going" | "done" | "failed" | "stopped";
  problem?: string;
  /** Where what was made of it is looked at. */
  to?: string;
  began: number;
}

export const uploadsStore = createStore<readonly Upload[]>([]);
const stops = new Map<number, AbortController>();
/** What each upload does, and where its result is looked at; a second try goes on where it can. */
type Work = (id: number, signal: AbortSignal) => Promise<string | undefined>;
const works = new Map<number, Work>();
let next = 1;

function change(id: number, changes: Partial<Upload>): void {
  uploadsStore.set(uploadsStore.get().map((one) => (one.id === id ? { ...one, ...changes } : one)));
}

/** Begin an upload that is shown among the others; resolves when it has ended, well or not. */
export async function start(name: string, size: number, work: Work): Promise<void> {
  const id = next;
  next += 1;
  works.set(id, work);
  uploadsStore.set([...uploadsStore.get(), { id, name, size, sent: 0, state: "going", began: Date.now() }]);
  await run(id);
}

/** Upload files into a folder; resolves when all have ended, well or not. */
export async function upload(list: readonly File[], folder: string | null): Promise<void> {
  for (const file of list) await start(file.name, file.size, (id, signal) => sendFile(id, file, folder, signal));
}

export const progress = (id: number, sent: number): void => change(id, { sent });

export function stop(id: number): void {
  stops.get(id)?.abort();
}

export function dismiss(id: number): void {
  works.delete(id);
  uploadsStore.set(uploadsStore.get().filter((one) => one.id !== id));
}

interface Begun {
  store: string;
  object: StoreObject;
  /** When its credentials should be renewed. */
  stale: number;
  kept: Pending;
}
/** What was begun, so that a second try goes on where the first one ended. */
const begun = new Map<number, Begun>();
/** Of the life of credentials; the rest is for the part that is on its way. */
const FRESH = 0.6;

const home = (): string => {
  const claims = currentSession()?.claims;
  return `${claims?.slug ?? ""} ${claims?.subject ?? ""}`;
};

const staleAt = (grant: Grant): number => Date.now() + grant.expiresIn * 1000 * FRESH;

async function renew(mine: Begun): Promise<void> {
  const { refreshBigfileUpload: grant } = await mutate("mikro", RefreshUpload, { input: { storeId: mine.store } });
  mine.object = new StoreObject(grant);
  mine.stale = staleAt(grant);
}

export async function run(id: number): Promise<void> {
  const work = works.get(id);
  if (!work) return;
  const stopper = new AbortController();
  stops.set(id, stopper);
  change(id, { state: "going", problem: "" });
  try {
    const to = await work(id, stopper.signal);
    const size = uploadsStore.get().find((one) => one.id === id)?.size ?? 0;
    change(id, { state: "done", sent: size, ...(to ? { to } : {}) });
  } catch (error) {
    change(id, { state: stopper.signal.aborted ? "stopped" : "failed", problem: error instanceof Error ? error.message : String(error) });
  } finally {
    stops.delete(id);
  }
}

async function sendFile(id: number, file: File, folder: string | null, signal: AbortSignal): Promise<undefined> {
  try {
    const mine = begun.get(id) ?? (await begin(file, folder));
    begun.set(id, mine);
    await transfer(
      file,
      {
        target: async (refused) => {
          if (refused || Date.now() > mine.stale) await renew(mine);
          return mine.object;
        },
        onBegun: (multipart) => {
          mine.kept = { ...mine.kept, multipart };
          return keep(mine.kept);
        },
        onProgress: (sent) => change(id, { sent }),
        wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      },
      signal,
      mine.kept.multipart,
    );
    await mutate("mikro", FinishUpload, { input: { storeId: mine.store, valid: true } });
    await mutate("mikro", MakeFile, { input: { file: mine.store, fileName: file.name, folder } });
    begun.delete(id);
    await forget(mine.kept.key);
    return undefined;
  } catch (error) {
    const mine = begun.get(id);
    if (signal.aborted && mine) {
      begun.delete(id);
      await abandon(mine);
    }
    throw error;
  }
}

const dealt = (problem: unknown): boolean => problem instanceof Problem && !problem.away;

async function begin(file: File, folder: string | null): Promise<Begun> {
  const key = keyOf(home(), file, folder);
  const old = await found(key);
  if (old) {
    try {
      const { refreshBigfileUpload: grant } = await mutate("mikro", RefreshUpload, { input: { storeId: old.store } });
      return { store: grant.store, object: new StoreObject(grant), stale: staleAt(grant), kept: old };
    } catch (problem) {
      // It ended meanwhile, or was swept: the file begins anew.
      if (!dealt(problem)) throw problem;
      await forget(key);
    }
  }
  const { requestBigfileUpload: grant } = await mutate("mikro", RequestUpload, {
    input: { originalFileName: file.name, fileSize: file.size, contentType: file.type || null },
  });
  const kept: Pending = { key, home: home(), store: grant.store, name: file.name, size: file.size, modified: file.lastModified, folder };
  return { store: grant.store, object: new StoreObject(grant), stale: staleAt(grant), kept };
}

async function abandon({ store, object, kept }: Pick<Begun, "store" | "object" | "kept">): Promise<void> {
  await forget(kept.key);
  // Parts of an upload that ended take up room until they are let go.
  await (kept.multipart ? object.abort(kept.multipart) : Promise.resolve()).catch(() => undefined);
  await mutate("mikro", FinishUpload, { input: { storeId: store, valid: false } }).catch(() => undefined);
}

/** What an earlier visit left unfinished; what goes on right now is not among it. */
export async function interrupted(): Promise<Pending[]> {
  const mine = new Set([...begun.values()].map((one) => one.kept.key));
  return (await pendingOf(home())).filter((one) => !mine.has(one.key));
}

export async function giveUp(one: Pending): Promise<void> {
  try {
    const { refreshBigfileUpload: grant } = await mutate("mikro", RefreshUpload, { input: { storeId: one.store } });
    await abandon({ store: one.store, object: new StoreObject(grant), kept: one });
  } catch (problem) {
    if (!dealt(problem)) throw problem;
    await forget(one.key);
  }
}

/** Leaving the page would end what is on its way. */
window.addEventListener("beforeunload", (event) => {
  if (uploadsStore.get().some((one) => one.state === "going")) event.preventDefault();
});
