import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { mutate } from "~/api/client";
import { confirm } from "~/components/Confirm";
import { attempt, tell } from "~/components/notify";
import { Cancel, Interrupt, Pause, Resume, type TaskRowFragment } from "~/gen/rekuest";
import type { Command } from "~/lib/taskstate";
import i18next from "i18next";

const DOCUMENTS: Record<Command, TypedDocumentNode<unknown, { input: { task: string } }>> = { cancel: Cancel, interrupt: Interrupt, pause: Pause, resume: Resume };
export const LABELS: Record<Command, string> = { cancel: "Cancel", interrupt: "Interrupt", pause: "Pause", resume: "Resume" };
const ASKED: Record<Command, string> = {
  cancel: "Asked to cancel; the app ends the work.",
  interrupt: "Asked to interrupt.",
  pause: "Asked to pause; the app stops at its next pause point.",
  resume: "Asked to go on.",
};

/** Ask something of tasks; what would end work is confirmed first. Resolves to whether it was asked. */
export async function command(what: Command, tasks: readonly TaskRowFragment[]): Promise<boolean> {
  const t = i18next.t;
  if (tasks.length === 0) return false;
  if (what === "cancel" || what === "interrupt") {
    const name = tasks[0]?.action.name ?? "";
    const ok = await confirm({
      title: tasks.length === 1 ? t(what === "cancel" ? "Cancel {{name}}?" : "Interrupt {{name}}?", { name }) : t(`${LABELS[what]} {{count}} tasks`, { count: tasks.length }) + "?",
      body:
        what === "cancel"
          ? t("The app is asked to stop in good order. What it has saved so far stays.")
          : t("The task and everything below it end at once. What the app has not saved is lost."),
      deed: tasks.length === 1 ? t(what === "cancel" ? "Cancel task" : "Interrupt task") : t(`${LABELS[what]} {{count}} tasks`, { count: tasks.length }),
      keep: t("Keep it running"),
      danger: true,
    });
    if (!ok) return false;
  }
  const asked = await Promise.all(tasks.map((task) => attempt(mutate("rekuest", DOCUMENTS[what], { input: { task: task.id } }))));
  if (asked.some(Boolean)) tell(t(ASKED[what]));
  return asked.some(Boolean);
}
