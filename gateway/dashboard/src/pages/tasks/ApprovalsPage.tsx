import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { OrgLink } from "~/components/Link";
import { attempt, tell } from "~/components/notify";
import { Page } from "~/components/Page";
import { Away, Empty, Loading, Panel, Trouble } from "~/components/Panel";
import { When } from "~/components/When";
import { healthStore } from "~/api/health";
import { Decide, TaskPage, type TaskRowFragment } from "~/gen/rekuest";
import { useStore } from "~/lib/store";
import { useLiveTasks } from "~/live/tasks";
import { Value } from "~/ports/Value";
import { callerName } from "./columns";

const HELD = { state: ["HELD" as const] };

function One({ row, onDone }: { row: TaskRowFragment; onDone: () => void }) {
  const { t } = useTranslation();
  const reading = useData("rekuest", TaskPage, { id: row.id });
  const [answer, setAnswer] = useState("");
  const [busy, setBusy] = useState(false);
  const decide = async (approved: boolean): Promise<void> => {
    setBusy(true);
    const done = await attempt(mutate("rekuest", Decide, { input: { task: row.id, approved, ...(answer ? { answer } : {}) } }));
    setBusy(false);
    if (done) {
      tell(approved ? t("Approved. It goes on now.") : t("Denied. The app that asked is told."));
      onDone();
    }
  };
  return (
    <article className="bh-card" aria-label={row.action.name}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Text fw={600}>{row.action.name}</Text>
          <Text size="sm" c="dimmed"><When at={row.updatedAt} /></Text>
        </Group>
        <Text size="sm">
          {t("{{who}} asks to run it{{where}}.", { who: callerName(row) || t("An app"), where: row.agent ? t(" on {{agent}}", { agent: row.agent.name }) : "" })}{" "}
          <OrgLink to={`/tasks/${row.id}`}>{t("Look at the task")}</OrgLink>
        </Text>
        {row.latestMessage ? <Text size="sm">{row.latestMessage}</Text> : null}
        <Panel service="rekuest" reading={reading} rows={2}>
          {({ task }) => (
            <Stack gap="xs">
              {task?.action.args.map((port) => (
                <div key={port.key}>
                  <Text size="xs" c="dimmed">{port.label ?? port.key}</Text>
                  <Value port={port} value={(task.args as Record<string, unknown> | null)?.[port.key]} small />
                </div>
              ))}
            </Stack>
          )}
        </Panel>
        <TextInput label={t("Answer to the app (may be empty)")} value={answer} onChange={(event) => setAnswer(event.currentTarget.value)} />
        <Group>
          <Button loading={busy} onClick={() => void decide(true)}>{t("Approve")}</Button>
          <Button loading={busy} variant="default" onClick={() => void decide(false)}>{t("Deny")}</Button>
        </Group>
      </Stack>
    </article>
  );
}

export default function ApprovalsPage() {
  const { t } = useTranslation();
  const live = useLiveTasks(HELD);
  const away = useStore(healthStore).rekuest.state === "away";
  const rows = live.rows.filter((row) => row.latestEventKind === "HELD");
  return (
    <Page title={t("Approvals")} about={t("Work that waits until somebody says yes or no.")} width={760}>
      {away ? <Away service="rekuest" /> : null}
      {live.problem && !live.problem.away ? <Trouble problem={live.problem} onRetry={live.reload} /> : null}
      {live.loading && !away ? <Loading /> : null}
      {!live.loading && rows.length === 0 ? (
        <Empty title={t("Nothing waits for approval.")}>{t("An app that asks before it does something, or a task run step by step, shows up here.")}</Empty>
      ) : null}
      {rows.map((row) => <One key={row.id} row={row} onDone={live.reload} />)}
    </Page>
  );
}
