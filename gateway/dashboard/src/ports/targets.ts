import { useContext } from "react";
import { useData } from "~/api/hooks";
import { Dependencies, OwnOffers, type DependenciesQuery } from "~/gen/rekuest";
import { hasChoices } from "./ports";
import { FormScope } from "./scope";
import type { Port, Widget } from "./types";

/** What a form borrows from other agents: their states, and the widgets of their ports. */
type Branch = DependenciesQuery["dependencyTree"]["dependencies"][number];
type Offer = Branch["mappedAgents"][number]["implementations"][number];

export interface Target {
  agent: { id: string; name: string };
  implementation: string;
  action: string;
  port: Port;
}

const portOf = (offer: Offer, key: string): Port | undefined => offer.action.args.find((one) => one.key === key) as Port | undefined;

/** The offer that a slot of a dependency is bound to: the one that answers its demand. */
function offerFor(branch: Branch, offers: readonly Offer[], widget: Widget): Offer | undefined {
  const demand = branch.dependency?.actionDependencies.find((one) => one.key === widget.targetAction)?.demand;
  const having = offers.filter((one) => portOf(one, widget.targetPort ?? ""));
  return (
    having.find(({ action }) => demand && ((demand.hash && demand.hash === action.hash) || (demand.key && demand.key === action.key))) ??
    having.find((one) => one.interface === widget.targetAction || one.action.key === widget.targetAction) ??
    having.find(({ action }) => demand?.name && demand.name === action.name) ??
    (having.length === 1 ? having[0] : undefined)
  );
}

/** The port that a widget stands for, of the first agent that has it. */
export function targetIn(agents: readonly { agent: { id: string; name: string }; implementations: readonly Offer[]; branch?: Branch }[], widget: Widget): Target | null {
  for (const { agent, implementations, branch } of agents) {
    const offer = branch ? offerFor(branch, implementations, widget) : implementations.find((one) => (one.interface === widget.targetAction || one.action.key === widget.targetAction) && portOf(one, widget.targetPort ?? ""));
    const port = offer && portOf(offer, widget.targetPort ?? "");
    if (offer && port) return { agent: { id: agent.id, name: agent.name }, implementation: offer.id, action: offer.action.name, port };
  }
  return null;
}

/** A port with the input of another one: its own name, kind and need, the other's way to be filled in. */
export const lent = (port: Port, from: Port): Port => ({
  ...port,
  widget: from.widget ? { ...from.widget, followValue: null } : null,
  effects: null,
  choices: hasChoices(port) ? (port.choices ?? null) : (from.choices ?? null),
  referenceUnit: port.referenceUnit ?? from.referenceUnit ?? null,
  proposedUnits: port.proposedUnits ?? from.proposedUnits ?? null,
  children: port.children?.length ? port.children : (from.children ?? null),
});

const REREAD_MS = 10_000;

/** A dependency of what the form would run, and the agents it would be bound to; undefined while it is asked. */
export function useBranch(dependency: string | null): Branch | null | undefined {
  const { implementation } = useContext(FormScope);
  const pause = dependency === null || implementation === null;
  const reading = useData("rekuest", Dependencies, { implementation: implementation ?? "" }, { pause, poll: REREAD_MS });
  if (pause || reading.problem) return null;
  return reading.data ? (reading.data.dependencyTree.dependencies.find((one) => one.key === dependency) ?? null) : undefined;
}

/** What a widget that stands for another one stands for; null where nobody has it, undefined while it is asked. */
export function useTarget(widget: Widget, agent: string | null): Target | null | undefined {
  const branch = useBranch(widget.targetDependency ?? null);
  const pause = Boolean(widget.targetDependency) || agent === null;
  const own = useData("rekuest", OwnOffers, { agent: agent ?? "" }, { pause });
  if (widget.targetDependency) return branch ? targetIn(branch.mappedAgents.map((one) => ({ ...one, branch })), widget) : branch;
  if (agent === null || own.problem) return null;
  if (own.data === undefined) return undefined;
  return own.data.agent ? targetIn([{ agent: own.data.agent, implementations: own.data.agent.implementations }], widget) : null;
}
