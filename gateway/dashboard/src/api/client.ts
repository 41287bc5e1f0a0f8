import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { Client, fetchExchange, type AnyVariables, type CombinedError } from "@urql/core";
import { createClient, type Client as SocketClient } from "graphql-ws";
import { currentSession, renew, sessionStore } from "~/auth/session";
import { suspect } from "./health";
import { SERVICES, graphqlPath, socketUrl, type Service } from "~/lib/services";

/** What went wrong, in words for a person and a code for support. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly requestId: string | undefined,
    readonly field: string | undefined,
    readonly away: boolean,
  ) {
    super(message);
  }
}

const AWAY_STATUS = new Set([502, 503, 504]);

/** fetch with the present token; one that has run out is renewed once, a service away is noticed. */
function fetching(service: Service): typeof fetch {
  return async (input, init) => {
    const ask = (): Promise<Response> => {
      const headers = new Headers(init?.headers);
      const token = currentSession()?.token;
      if (token) headers.set("Authorization", `Bearer ${token}`);
      return fetch(input, { ...init, headers });
    };
    let answer: Response;
    try {
      answer = await ask();
    } catch (error) {
      suspect(service);
      throw error;
    }
    if (answer.status === 401 && (await renew()) !== null) answer = await ask();
    if (AWAY_STATUS.has(answer.status)) suspect(service);
    return answer;
  };
}

const clients = Object.fromEntries(
  SERVICES.map((service) => [
    service,
    new Client({
      url: graphqlPath(service),
      fetch: fetching(service),
      exchanges: [fetchExchange],
      preferGetMethod: false,
      requestPolicy: "network-only",
    }),
  ]),
) as Record<Service, Client>;

export function problemOf(error: CombinedError): Problem {
  const response = error.response as Response | undefined;
  const requestId = response?.headers?.get("x-request-id") ?? undefined;
  if (error.networkError) {
    const status = response?.status ?? 0;
    const away = status === 0 || AWAY_STATUS.has(status);
    return new Problem(error.networkError.message, away ? "UNAVAILABLE" : `HTTP_${status}`, requestId, undefined, away);
  }
  const first = error.graphQLErrors[0];
  const extensions = first?.extensions ?? {};
  const field = typeof extensions["field"] === "string" ? extensions["field"] : undefined;
  return new Problem(first?.message ?? error.message, String(extensions["code"] ?? "ERROR"), requestId, field, false);
}

export interface Result<T> {
  data: T | undefined;
  problem: Problem | undefined;
}

export async function query<T, V extends AnyVariables>(
  service: Service,
  document: TypedDocumentNode<T, V>,
  variables: V,
): Promise<Result<T>> {
  const answer = await clients[service].query(document, variables).toPromise();
  return { data: answer.data, problem: answer.error ? problemOf(answer.error) : undefined };
}

/** Run a mutation; throws a `Problem` when it was refused. */
export async function mutate<T, V extends AnyVariables>(
  service: Service,
  document: TypedDocumentNode<T, V>,
  variables: V,
): Promise<T> {
  const answer = await clients[service].mutation(document, variables).toPromise();
  if (answer.error) throw problemOf(answer.error);
  return answer.data as T;
}

const sockets = new Map<Service, SocketClient>();

function socket(service: Service): SocketClient {
  let found = sockets.get(service);
  if (!found) {
    found = createClient({
      url: socketUrl(service),
      lazy: true,
      lazyCloseTimeout: 60_000,
      connectionParams: () => ({ token: currentSession()?.token ?? "" }),
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(1000 * 2 ** retries, 15_000))),
    });
    sockets.set(service, found);
  }
  return found;
}

// Whoever logs in as somebody else must not go on reading through the first one's socket.
let reader = "";
sessionStore.subscribe(() => {
  const session = currentSession();
  const next = session ? `${session.claims.subject}@${session.claims.organization}` : "";
  if (next === reader) return;
  reader = next;
  for (const one of sockets.values()) void one.dispose();
  sockets.clear();
});

/**
 * Read a feed until the returned function is called. `onGap` is called after every reconnect and
 * whenever the server ends the feed: what was missed has to be asked for.
 */
export function listen<T, V extends AnyVariables>(
  service: Service,
  document: TypedDocumentNode<T, V>,
  variables: V,
  onData: (data: T) => void,
  onGap: () => void,
): () => void {
  let stopped = false;
  let stopFeed: () => void = () => undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const client = socket(service);
  let connections = 0;
  const stopWatching = client.on("connected", () => {
    connections += 1;
    if (connections > 1) onGap();
  });
  const start = (): void => {
    if (stopped) return;
    stopFeed = client.subscribe<T>(
      { query: document as unknown as string, variables: (variables ?? {}) as Record<string, unknown> },
      {
        next: (message) => {
          if (message.data) onData(message.data as T);
        },
        error: () => retry(),
        complete: () => retry(),
      },
    );
  };
  const retry = (): void => {
    if (stopped) return;
    clearTimeout(again);
    again = setTimeout(() => {
      onGap();
      start();
    }, 2000);
  };
  start();
  return () => {
    stopped = true;
    clearTimeout(again);
    stopWatching();
    stopFeed();
  };
}
