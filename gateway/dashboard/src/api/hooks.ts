import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import type { AnyVariables } from "@urql/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { useStore } from "~/lib/store";
import type { Service } from "~/lib/services";
import { listen, query, type Problem } from "./client";
import { healthStore } from "./health";

export interface Reading<T> {
  data: T | undefined;
  problem: Problem | undefined;
  loading: boolean;
  reload: () => void;
}

interface Held<T> {
  key: string;
  data: T | undefined;
  problem: Problem | undefined;
}

/** What pages saw last, so that going back shows it at once while it is read anew. */
const seen = new Map<string, unknown>();
const SEEN_MOST = 200;

export function forgetAll(): void {
  seen.clear();
}

/**
 * Read from a service. Old data stays while the same question is asked again, and never stands
 * under another one. A service that comes back is asked anew; nothing is asked while hidden.
 */
export function useData<T, V extends AnyVariables>(
  service: Service,
  document: TypedDocumentNode<T, V>,
  variables: V,
  options: { poll?: number; pause?: boolean } = {},
): Reading<T> {
  const key = `${service} ${String(document)} ${JSON.stringify(variables)}`;
  const epoch = useStore(healthStore)[service].epoch;
  const [held, setHeld] = useState<Held<T>>({ key: "", data: undefined, problem: undefined });
  const [turn, setTurn] = useState(0);
  const current = useRef(key);
  current.current = key;
  const { poll, pause = false } = options;

  useEffect(() => {
    if (pause) return;
    let live = true;
    void query(service, document, variables).then(({ data, problem }) => {
      if (!live || current.current !== key) return;
      if (data !== undefined && !problem) {
        seen.delete(key);
        seen.set(key, data);
        if (seen.size > SEEN_MOST) seen.delete(seen.keys().next().value ?? "");
      }
      setHeld((before) => ({ key, data: data ?? (before.key === key ? before.data : undefined), problem }));
    });
    return () => {
      live = false;
    };
    // `key` stands for document and variables.
  }, [key, epoch, turn, pause]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  useEffect(() => {
    if (!poll || pause) return;
    const timer = setInterval(() => {
      if (!globalThis.document.hidden) reload();
    }, poll);
    return () => clearInterval(timer);
  }, [poll, pause, reload]);

  const mine = held.key === key;
  const data = mine && held.data !== undefined ? held.data : (seen.get(key) as T | undefined);
  return { data, problem: mine ? held.problem : undefined, loading: data === undefined && !(mine && held.problem), reload };
}

/** The same work, at most once in a while: feeds may tell many changes a second. */
export function useSoon(work: () => void, milliseconds = 300): () => void {
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => () => clearTimeout(waiting.current), []);
  return useCallback(() => {
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      if (!globalThis.document.hidden) latest.current();
    }, milliseconds);
  }, [milliseconds]);
}

/** Read a feed while the page is shown. */
export function useFeed<T, V extends AnyVariables>(
  service: Service,
  document: TypedDocumentNode<T, V>,
  variables: V,
  onData: (data: T) => void,
  onGap: () => void,
  pause = false,
): void {
  const handlers = useRef({ onData, onGap });
  handlers.current = { onData, onGap };
  const key = `${service} ${String(document)} ${JSON.stringify(variables)}`;
  useEffect(() => {
    if (pause) return;
    return listen(
      service,
      document,
      variables,
      (data) => handlers.current.onData(data),
      () => handlers.current.onGap(),
    );
  }, [key, pause]);
}
