import type { StoreObject } from "./s3";

const KEPT_MS = 60_000;

/** Let the browser keep an object of the store as a file of this name. */
export async function saved(object: Pick<StoreObject, "get">, name: string): Promise<true> {
  const answer = await object.get();
  const url = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
  return true;
}
