import { mutate } from "~/api/client";
import { FinishUpload, MakeFile, RequestUpload } from "~/gen/mikro";
import { createStore } from "~/lib/store";
import { StoreObject } from "./s3";
import { transfer } from "./transfer";

export interface Upload {
  id: number;
  name: string;
  size: number;
  sent: number;
  state: "going" | "done" | "failed" | "stopped";
  problem?: string;
  began: number;
}

export const uploadsStore = createStore<readonly Upload[]>([]);
const stops = new Map<number, AbortController>();
const files = new Map<number, { file: File; folder: string | null }>();
let next = 1;

function change(id: number, changes: Partial<Upload>): void {
  uploadsStore.set(uploadsStore.get().map((one) => (one.id === id ? { ...one, ...changes } : one)));
}

/** Upload files into a folder; resolves when all have ended, well or not. */
export async function upload(list: readonly File[], folder: string | null): Promise<void> {
  for (const file of list) {
    const id = next;
    next += 1;
    files.set(id, { file, folder });
    uploadsStore.set([...uploadsStore.get(), { id, name: file.name, size: file.size, sent: 0, state: "going", began: Date.now() }]);
    await run(id);
  }
}

export function stop(id: number): void {
  stops.get(id)?.abort();
}

export function dismiss(id: number): void {
  files.delete(id);
  uploadsStore.set(uploadsStore.get().filter((one) => one.id !== id));
}

interface Begun {
  store: string;
  object: StoreObject;
  multipart?: string;
}
/** What was begun, so that a second try goes on where the first one ended. */
const begun = new Map<number, Begun>();

export async function run(id: number): Promise<void> {
  const what = files.get(id);
  if (!what) return;
  const stopper = new AbortController();
  stops.set(id, stopper);
  change(id, { state: "going", problem: "" });
  try {
    const mine = begun.get(id) ?? (await begin(what.file));
    begun.set(id, mine);
    await transfer(
      what.file,
      {
        target: () => Promise.resolve(mine.object),
        onBegun: (multipart) => {
          mine.multipart = multipart;
        },
        onProgress: (sent) => change(id, { sent }),
        wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      },
      stopper.signal,
      mine.multipart,
    );
    await mutate("mikro", FinishUpload, { input: { storeId: mine.store, valid: true } });
    await mutate("mikro", MakeFile, { input: { file: mine.store, fileName: what.file.name, folder: what.folder } });
    begun.delete(id);
    change(id, { state: "done", sent: what.file.size });
  } catch (error) {
    const stopped = stopper.signal.aborted;
    if (stopped) await abandon(id);
    change(id, { state: stopped ? "stopped" : "failed", problem: error instanceof Error ? error.message : String(error) });
  } finally {
    stops.delete(id);
  }
}

async function begin(file: File): Promise<Begun> {
  const { requestBigfileUpload: grant } = await mutate("mikro", RequestUpload, {
    input: { originalFileName: file.name, fileSize: file.size, contentType: file.type || null },
  });
  return { store: grant.store, object: new StoreObject(grant) };
}

async function abandon(id: number): Promise<void> {
  const mine = begun.get(id);
  begun.delete(id);
  if (!mine) return;
  // Parts of an upload that ended take up room until they are let go.
  await (mine.multipart ? mine.object.abort(mine.multipart) : Promise.resolve()).catch(() => undefined);
  await mutate("mikro", FinishUpload, { input: { storeId: mine.store, valid: false } }).catch(() => undefined);
}

/** Leaving the page would end what is on its way. */
window.addEventListener("beforeunload", (event) => {
  if (uploadsStore.get().some((one) => one.state === "going")) event.preventDefault();
});
