import type { TaskState } from "./taskstate";

/** `fakts_server.jobs.sweep.sweep_expired` as people read it: `Sweep expired`. */
export function jobTitle(name: string): string {
  const words = (name.split(".").pop() ?? name).replaceAll("_", " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

interface Standing {
  isRunning: boolean;
  failedAt: string | null;
  waitingSince: string | null;
  startedAt: string | null;
}

/** What is said of a job in one word; a failure is told until it is made good. */
export function jobState(job: Standing): { state: TaskState; word: string } {
  if (job.isRunning) return { state: "running", word: "running" };
  if (job.failedAt) return { state: "failed", word: "failed" };
  if (job.waitingSince) return { state: "queued", word: "waiting" };
  return job.startedAt ? { state: "done", word: "well" } : { state: "queued", word: "not yet run" };
}
