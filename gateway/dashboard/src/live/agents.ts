import { useRef, useState } from "react";
import { query } from "~/api/client";
import { useData, useFeed, useSoon, type Reading } from "~/api/hooks";
import { AgentFeed, AgentValues, Agents, StateFeed, type AgentFeedSubscription, type AgentFilter, type AgentRowFragment, type AgentsQuery } from "~/gen/rekuest";
import { patched } from "./patches";

type Change = NonNullable<AgentFeedSubscription["agents"]["update"]>;
const REREAD_MS = 30_000;

/** Lists begin with what is pinned, then what is here. */
export function ordered(agents: readonly AgentRowFragment[]): AgentRowFragment[] {
  const rank = (agent: AgentRowFragment): number => (agent.pinned ? 0 : 2) + (agent.connected ? 0 : 1);
  return [...agents].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** Tell whether a list differs from what the feed says of one of its agents. */
export const differs = (agents: readonly AgentRowFragment[], change: Change): boolean => {
  const held = agents.find((agent) => agent.id === change.id);
  return !held || (["name", "connected", "blocked", "draining", "pinned"] as const).some((key) => held[key] !== change[key]);
};

/** The agents of a filter; read anew, at most a few times a second, when one of them changes. */
export function useAgents(filters: AgentFilter | null, limit = 500): Reading<AgentsQuery> {
  const reading = useData("rekuest", Agents, { filters, pagination: { limit, offset: 0 } }, { poll: REREAD_MS });
  const soon = useSoon(reading.reload);
  const shown = useRef<readonly AgentRowFragment[]>([]);
  shown.current = reading.data?.agents ?? [];
  useFeed(
    "rekuest",
    AgentFeed,
    {},
    ({ agents: { update, delete: gone } }) => {
      if (gone ? shown.current.some((agent) => agent.id === gone) : update && differs(shown.current, update)) soon();
    },
    soon,
  );
  return reading;
}

/** The states of an agent: the feed begins with them, then tells each change; undefined before that. */
export function useStates(agent: string, pause = false): Record<string, unknown> | undefined {
  const [shown, setShown] = useState<{ agent: string; values: Record<string, unknown> }>();
  const held = useRef(shown);
  const show = (values: Record<string, unknown>): void => {
    held.current = { agent, values };
    setShown(held.current);
  };
  const readAnew = async (): Promise<void> => {
    const { data } = await query("rekuest", AgentValues, { agent });
    if (data?.checkoutAgent) show(data.checkoutAgent.values as Record<string, unknown>);
  };
  useFeed(
    "rekuest",
    StateFeed,
    { agent },
    ({ watchAgent: seen }) => {
      if ("values" in seen) return show(seen.values as Record<string, unknown>);
      if (held.current?.agent !== agent) return;
      const next = patched(held.current.values, seen);
      if (next) show(next);
      else void readAnew();
    },
    () => undefined,
    pause,
  );
  return shown?.agent === agent ? shown.values : undefined;
}
