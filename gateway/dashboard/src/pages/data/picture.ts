import { useEffect, useState } from "react";
import { currentSession } from "~/auth/session";

const WAITING: (() => void)[] = [];
let running = 0;
const AT_ONCE = 4;

/** A few pictures at a time; one that scrolled away before its turn is never asked for. */
async function turn(signal: AbortSignal): Promise<() => void> {
  if (running >= AT_ONCE) {
    await new Promise<void>((resolve) => {
      WAITING.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
  running += 1;
  return () => {
    running -= 1;
    WAITING.shift()?.();
  };
}

export async function picture(path: string, signal: AbortSignal): Promise<Response> {
  const done = await turn(signal);
  try {
    signal.throwIfAborted();
    return await fetch(path, { headers: { Authorization: `Bearer ${currentSession()?.token ?? ""}` }, signal });
  } finally {
    done();
  }
}

/** The small picture of an array as an object URL, while it is in use. */
export function useThumbnail(id: string | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!id) return;
    const stop = new AbortController();
    let made: string | null = null;
    picture(`/mikro/arrays/${encodeURIComponent(id)}/thumbnail`, stop.signal)
      .then(async (answer) => {
        if (!answer.ok) return;
        made = URL.createObjectURL(await answer.blob());
        setUrl(made);
      })
      .catch(() => undefined);
    return () => {
      stop.abort();
      if (made) URL.revokeObjectURL(made);
      setUrl(null);
    };
  }, [id]);
  return url;
}
