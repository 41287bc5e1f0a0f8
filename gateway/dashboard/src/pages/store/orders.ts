import { useCallback, useEffect, useRef, useState } from "react";
import { mutate, query } from "~/api/client";
import { useData, useFeed } from "~/api/hooks";
import { Deployers, type DeployersQuery } from "~/gen/kabinet";
import { Assign, DeployerAgents, OrderState, TaskFeed, type OrderStateQuery } from "~/gen/rekuest";

type Backend = DeployersQuery["backends"][number];
type Event = NonNullable<OrderStateQuery["task"]>["events"][number];

/** A backend and the agent that takes orders for it. */
export interface Deployer {
  backend: Backend;
  agent: string;
  /** The identifier of the deployer's app, which approvals name. */
  app: string;
}

/** Every backend that can be told to do something now, by its id. */
export function useDeployers(): ReadonlyMap<string, Deployer> {
  const backends = useData("kabinet", Deployers, {}, { poll: 15_000 }).data?.backends ?? [];
  const clients = backends.map((one) => one.clientId);
  const agents = useData("rekuest", DeployerAgents, { clients }, { poll: 15_000, pause: clients.length === 0 }).data?.agents ?? [];
  return deployersOf(backends, agents);
}

export function deployersOf(backends: readonly Backend[], agents: readonly { id: string; connected: boolean; client: { clientId: string } }[]): ReadonlyMap<string, Deployer> {
  const byClient = new Map(agents.filter((one) => one.connected).map((one) => [one.client.clientId, one.id]));
  return new Map(
    backends.flatMap((backend): [string, Deployer][] => {
      const agent = byClient.get(backend.clientId);
      return agent && backend.client.release ? [[backend.id, { backend, agent, app: backend.client.release.app.identifier }]] : [];
    }),
  );
}

export type Kind = "release" | "flavour" | "pod";

export const object = (kind: Kind, id: string): object => ({ __identifier: `@kabinet/${kind}`, object: id });

/** Tell a deployer to do something; the id of the task. */
export async function order(agent: string, interface_: string, args: Record<string, unknown>): Promise<string> {
  const { assign } = await mutate("rekuest", Assign, { input: { agent, interface: interface_, args, capture: false } });
  return assign.id;
}

export interface Ordered {
  events: readonly Event[];
  done: boolean;
  progress: number;
  message: string;
  /** Why it went wrong; null while it did not. */
  problem: string | null;
  returns: unknown;
}

const NOTHING: Ordered = { events: [], done: false, progress: 0, message: "", problem: null, returns: null };
const WRONG = new Set(["FAILED", "CRITICAL", "LOST", "DENIED", "CANCELLED", "INTERRUPTED"]);

export function orderedOf(events: readonly Event[], done: boolean, progress: number | null): Ordered {
  const said = events.filter((event) => event.message);
  const wrong = events.find((event) => WRONG.has(event.kind));
  return {
    events,
    done,
    progress: progress ?? 0,
    message: said.at(-1)?.message ?? "",
    problem: wrong ? wrong.message || wrong.kind.toLowerCase() : null,
    returns: [...events].reverse().find((event) => event.returns !== null)?.returns ?? null,
  };
}

/** Follow a task from its first event on: what the feed tells is asked for, and asked again at times. */
export function useOrder(id: string | null): Ordered {
  const [ordered, setOrdered] = useState<Ordered>(NOTHING);
  const held = useRef<{ id: string | null; events: Event[]; reading: boolean; again: boolean }>({ id: null, events: [], reading: false, again: false });
  const read = useCallback(async (): Promise<void> => {
    const mine = held.current;
    if (mine.id === null) return;
    if (mine.reading) {
      mine.again = true;
      return;
    }
    mine.reading = true;
    do {
      mine.again = false;
      const { data } = await query("rekuest", OrderState, { id: mine.id, offset: mine.events.length });
      const task = data?.task;
      if (held.current !== mine || !task) break;
      mine.events.push(...task.events);
      setOrdered(orderedOf([...mine.events], task.isDone, task.latestProgress ?? null));
    } while (mine.again);
    mine.reading = false;
  }, []);
  useEffect(() => {
    held.current = { id, events: [], reading: false, again: false };
    setOrdered(NOTHING);
    if (id === null) return;
    void read();
    const timer = setInterval(() => void read(), 5000);
    return () => clearInterval(timer);
  }, [id, read]);
  useFeed("rekuest", TaskFeed, {}, ({ tasks }) => tasks.event?.task === id && void read(), () => void read(), id === null);
  return ordered;
}
