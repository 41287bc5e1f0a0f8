import type { TaskPageQuery } from "~/gen/rekuest";
import { stateOf } from "./taskstate";

export interface Why {
  text: string;
  values?: Record<string, string>;
  /** The one thing that mends it. */
  fix?: { label: string; to: string };
}

type PageTask = NonNullable<TaskPageQuery["task"]>;

export interface Offer {
  name: string;
  id: string;
  connected: boolean;
  blocked: boolean;
}

/** Say in one sentence why a task is as it is, with the fix where there is one. */
export function whyOf(task: PageTask, offers: Offer[] | undefined, now: number = Date.now()): Why | null {
  const name = task.action.name;
  switch (stateOf(task.latestEventKind)) {
    case "queued":
      return whyWaiting(task, offers, now);
    case "sent":
      return task.agent ? { text: "{{agent}} has it and has not begun yet.", values: { agent: task.agent.name } } : null;
    case "held":
      return { text: "Somebody has to approve it before it goes on.", fix: { label: "Decide", to: "/approvals" } };
    case "paused":
      return { text: "It was paused and goes on when it is resumed." };
    case "stopping":
      return { text: task.latestEventKind === "PAUSING" ? "It was asked to pause; the app does so at its next pause point." : "It was asked to stop and the app has not confirmed yet." };
    case "lost":
      return { text: task.latestMessage || "The app stopped answering, so how far it came is not known." };
    case "failed":
      return { text: task.latestMessage || "{{name}} failed without a message.", values: { name } };
    case "denied":
      return { text: task.latestMessage || "Somebody decided that it must not run." };
    default:
      return null;
  }
}

function whyWaiting(task: PageTask, offers: Offer[] | undefined, now: number): Why | null {
  if (task.notBefore && Date.parse(task.notBefore) > now) return { text: "It was asked to begin later." };
  if (!offers) return null;
  const values = { name: task.action.name };
  if (offers.length === 0) return { text: "Waiting: no app offers {{name}}.", values, fix: { label: "Open the store", to: "/store" } };
  const free = offers.filter((offer) => offer.connected && !offer.blocked);
  if (free.length > 0) return { text: "Waiting: every app that offers {{name}} is busy or did not take it yet.", values };
  const blocked = offers.find((offer) => offer.connected);
  if (blocked) return { text: "Waiting: {{agent}} offers {{name}} but is blocked.", values: { ...values, agent: blocked.name }, fix: { label: "Open the agent", to: `/agents/${blocked.id}` } };
  const first = offers[0];
  return {
    text: "Waiting: {{agent}} offers {{name}} but is not running.",
    values: { ...values, agent: first?.name ?? "" },
    fix: { label: "Open the agent", to: `/agents/${first?.id ?? ""}` },
  };
}
