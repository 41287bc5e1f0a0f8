/** Uploads that have not ended, kept by the browser: after a reload they go on with the same file. */
export interface Pending {
  key: string;
  /** Whose it is, and in which organization. */
  home: string;
  store: string;
  multipart?: string;
  name: string;
  size: number;
  modified: number;
  folder: string | null;
}

type Known = Pick<File, "name" | "size" | "lastModified">;

/** The same bytes going to the same place: what is told of a file without reading it. */
export const keyOf = (home: string, file: Known, folder: string | null): string => JSON.stringify([home, folder, file.name, file.size, file.lastModified]);

export const isOf = (one: Pending, file: Known): boolean => keyOf(one.home, file, one.folder) === one.key;

const DATABASE = "bauhof-uploads";
const SHELF = "pending";

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(SHELF, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("no database"));
  });
}

/** A browser that keeps nothing only loses the way back after a reload. */
async function within<T>(mode: IDBTransactionMode, work: (shelf: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const database = await opened();
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(SHELF, mode);
      const asked = work(transaction.objectStore(SHELF));
      transaction.oncomplete = () => {
        database.close();
        resolve(asked.result);
      };
      transaction.onabort = () => {
        database.close();
        reject(transaction.error ?? new Error("aborted"));
      };
    });
  } catch {
    return undefined;
  }
}

export async function keep(one: Pending): Promise<void> {
  await within("readwrite", (shelf) => shelf.put(one));
}

export async function forget(key: string): Promise<void> {
  await within("readwrite", (shelf) => shelf.delete(key));
}

export async function found(key: string): Promise<Pending | undefined> {
  return within<Pending | undefined>("readonly", (shelf) => shelf.get(key) as IDBRequest<Pending | undefined>);
}

export async function pendingOf(home: string): Promise<Pending[]> {
  const all = await within<Pending[]>("readonly", (shelf) => shelf.getAll() as IDBRequest<Pending[]>);
  return (all ?? []).filter((one) => one.home === home);
}
