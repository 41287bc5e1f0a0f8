import i18next from "i18next";
import { mutate } from "~/api/client";
import { confirm } from "~/components/Confirm";
import { attempt, tell, tellUndo } from "~/components/notify";
import { BlockAgent, BounceAgent, DeleteAgent, DrainAgent, KickAgent, PinAgent, UnblockAgent, type AgentRowFragment } from "~/gen/rekuest";

export type Deed = "drain" | "undrain" | "bounce" | "kick" | "block" | "unblock" | "pin" | "unpin" | "remove";
type Agent = Pick<AgentRowFragment, "id" | "name" | "connected" | "blocked" | "draining" | "pinned">;

export const DEEDS: Record<Deed, string> = {
  drain: "Give it no new work",
  undrain: "Give it work again",
  bounce: "Make it connect anew",
  kick: "End its process",
  block: "Block it",
  unblock: "Let it in again",
  pin: "Show it first",
  unpin: "No longer show it first",
  remove: "Take it off the lists",
};

/** What can be done with an agent as it is now, the mild before the harsh. */
export function deedsOf(agent: Agent): Deed[] {
  return [
    agent.pinned ? "unpin" : "pin",
    agent.draining ? "undrain" : "drain",
    ...(agent.connected ? (["bounce", "kick"] as const) : []),
    agent.blocked ? "unblock" : "block",
    ...(agent.connected ? [] : (["remove"] as const)),
  ];
}

const send: Record<Deed, (agent: Agent) => Promise<unknown>> = {
  drain: ({ id }: Agent) => mutate("rekuest", DrainAgent, { input: { agent: id, drain: true } }),
  undrain: ({ id }: Agent) => mutate("rekuest", DrainAgent, { input: { agent: id, drain: false } }),
  bounce: ({ id }: Agent) => mutate("rekuest", BounceAgent, { input: { agent: id } }),
  kick: ({ id }: Agent) => mutate("rekuest", KickAgent, { input: { agent: id } }),
  block: ({ id }: Agent) => mutate("rekuest", BlockAgent, { input: { agent: id } }),
  unblock: ({ id }: Agent) => mutate("rekuest", UnblockAgent, { input: { agent: id } }),
  pin: ({ id }: Agent) => mutate("rekuest", PinAgent, { input: { id, pin: true } }),
  unpin: ({ id }: Agent) => mutate("rekuest", PinAgent, { input: { id, pin: false } }),
  remove: ({ id }: Agent) => mutate("rekuest", DeleteAgent, { input: { id } }),
};

const DONE: Record<Deed, string> = {
  drain: "{{name}} gets no new work. What it runs goes on.",
  undrain: "{{name}} gets work again.",
  bounce: "{{name}} connects anew. Its tasks go on.",
  kick: "{{name}} was told to end.",
  block: "{{name}} is blocked.",
  unblock: "{{name}} may come in again.",
  pin: "{{name}} is shown first.",
  unpin: "{{name}} is no longer shown first.",
  remove: "{{name}} is off the lists.",
};
const BACK: Partial<Record<Deed, Deed>> = { drain: "undrain", block: "unblock" };
const ASKED: Partial<Record<Deed, { title: string; body: string }>> = {
  kick: { title: "End {{name}}?", body: "Its process ends at once; tasks it runs are lost unless their app says they can be run twice. It may be started again." },
  block: { title: "Block {{name}}?", body: "Its connection ends, tasks it runs are lost, and it gets no work until it is let in again." },
  remove: { title: "Take {{name}} off the lists?", body: "Its tasks and what they made are kept. It is back when it connects again." },
};

/** Do something to an agent; what ends work is confirmed first. `onDone` is called after the deed and after its undoing. */
export async function act(deed: Deed, agent: Agent, onDone: () => void): Promise<void> {
  const t = i18next.t;
  const { name } = agent;
  const asked = ASKED[deed];
  if (asked && !(await confirm({ title: t(asked.title, { name }), body: t(asked.body), deed: t(DEEDS[deed]), danger: true }))) return;
  if ((await attempt(send[deed](agent))) === undefined) return;
  onDone();
  const back = BACK[deed];
  const text = t(DONE[deed], { name });
  if (back) tellUndo(text, () => send[back](agent).then(onDone));
  else tell(text);
}
