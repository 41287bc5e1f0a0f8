/** What people call the states of a task, made of its last event and its last instruction. */
export type TaskState =
  | "queued" | "sent" | "running" | "paused" | "held" | "stopping"
  | "done" | "failed" | "denied" | "lost" | "cancelled" | "unknown";

const BY_EVENT: Record<string, TaskState> = {
  QUEUED: "queued",
  BOUND: "sent",
  UNASSIGN: "queued",
  STARTED: "running",
  PROGRESS: "running",
  YIELD: "running",
  LOG: "running",
  EFFECT: "running",
  DELEGATE: "running",
  RESUMED: "running",
  DECIDED: "running",
  PAUSED: "paused",
  HELD: "held",
  CANCELLING: "stopping",
  INTERRUPTING: "stopping",
  PAUSING: "stopping",
  RESUMING: "stopping",
  COMPLETED: "done",
  FAILED: "failed",
  CRITICAL: "failed",
  DENIED: "denied",
  LOST: "lost",
  CANCELLED: "cancelled",
  INTERRUPTED: "cancelled",
};

const WORDS: Record<string, string> = {
  QUEUED: "waiting", BOUND: "sent", UNASSIGN: "waiting", STARTED: "running", PROGRESS: "running", YIELD: "running",
  LOG: "running", EFFECT: "running", DELEGATE: "running", RESUMED: "running", DECIDED: "running", PAUSED: "paused",
  HELD: "needs approval", CANCELLING: "cancelling", INTERRUPTING: "interrupting", PAUSING: "pausing",
  RESUMING: "resuming", COMPLETED: "done", FAILED: "failed", CRITICAL: "broken", DENIED: "denied", LOST: "lost",
  CANCELLED: "cancelled", INTERRUPTED: "interrupted",
};

export const stateOf = (kind: string): TaskState => BY_EVENT[kind] ?? "unknown";

/** The word for an event kind; one this page does not know is shown as it is. */
export const wordOf = (kind: string): string => WORDS[kind] ?? kind.toLowerCase().replaceAll("_", " ");

export const ENDED: ReadonlySet<TaskState> = new Set(["done", "failed", "denied", "lost", "cancelled"]);

export const FILTERS: Record<string, string[]> = {
  running: ["STARTED", "PROGRESS", "YIELD", "LOG", "EFFECT", "DELEGATE", "RESUMED", "DECIDED", "CANCELLING", "INTERRUPTING", "PAUSING", "RESUMING"],
  waiting: ["QUEUED", "BOUND", "UNASSIGN"],
  paused: ["PAUSED"],
  held: ["HELD"],
  done: ["COMPLETED"],
  failed: ["FAILED", "CRITICAL", "LOST", "DENIED"],
  cancelled: ["CANCELLED", "INTERRUPTED"],
};

export type Command = "cancel" | "interrupt" | "pause" | "resume";

/** What can be asked of a task in this state; the server still decides. */
export function allowed(kind: string): Command[] {
  switch (stateOf(kind)) {
    case "queued":
    case "sent":
      return ["cancel", "interrupt"];
    case "running":
      return ["pause", "cancel", "interrupt"];
    case "paused":
      return ["resume", "cancel", "interrupt"];
    case "held":
      return ["cancel", "interrupt"];
    case "stopping":
      return kind === "PAUSING" ? ["cancel", "interrupt"] : ["interrupt"];
    default:
      return [];
  }
}
