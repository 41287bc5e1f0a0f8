import { Button, Code, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { confirm } from "~/components/Confirm";
import { OrgLink } from "~/components/Link";
import { attempt, tell } from "~/components/notify";
import { Empty, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { DeadLetters as DeadLettersDocument, DismissDeadLetter, ReplayDeadLetter, type DeadLettersQuery } from "~/gen/rekuest";
import { bytes } from "~/lib/format";

type Letter = DeadLettersQuery["deadLetters"][number];

const columns: Column<Letter>[] = [
  { key: "at", title: "When", width: "9rem", cell: (one) => <When at={one.createdAt} /> },
  { key: "agent", title: "Agent", width: "minmax(8rem, 1fr)", cell: (one) => one.agent.name },
  { key: "reason", title: "Why it was put aside", width: "minmax(12rem, 3fr)", cell: (one) => one.reason },
  { key: "task", title: "Task", width: "6rem", cell: (one) => (one.taskId ? <OrgLink to={`/tasks/${one.taskId}`}>{`#${one.taskId}`}</OrgLink> : "") },
  { key: "size", title: "Size", width: "6rem", align: "end", cell: (one) => bytes(one.size) },
];

function Opened({ letter, onDone }: { letter: Letter; onDone: () => void }) {
  const { t } = useTranslation();
  const replay = async (): Promise<void> => {
    if ((await attempt(mutate("rekuest", ReplayDeadLetter, { id: letter.id }))) === undefined) return;
    tell(t("It was taken in."));
    onDone();
  };
  const dismiss = async (): Promise<void> => {
    const ok = await confirm({ title: t("Throw this message away?"), body: t("What the app reported with it is lost for good."), deed: t("Throw it away"), danger: true });
    if (ok && (await attempt(mutate("rekuest", DismissDeadLetter, { id: letter.id }))) !== undefined) onDone();
  };
  return (
    <Stack>
      <Text size="sm" className="bh-break">{letter.reason}</Text>
      <Code block className="bh-break" tabIndex={0}>{letter.frame}</Code>
      <Group>
        <Button onClick={() => void replay()}>{t("Try again")}</Button>
        <Button variant="default" onClick={() => void dismiss()}>{t("Throw away")}</Button>
      </Group>
    </Stack>
  );
}

/** Messages of agents that could not be used, and were put aside instead of lost. */
export function DeadLetters() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Letter | null>(null);
  const reading = useData("rekuest", DeadLettersDocument, { filters: null }, { poll: 15_000 });
  const done = (): void => {
    setOpen(null);
    reading.reload();
  };
  return (
    <Panel service="rekuest" reading={reading}>
      {({ deadLetters }) => (
        <>
          {deadLetters.length === 0 ? (
            <Empty title={t("Nothing was put aside.")}>{t("A message of an app that cannot be used is kept here until somebody decides about it.")}</Empty>
          ) : (
            <Table
              label={t("Dead letters")}
              rows={deadLetters}
              columns={columns}
              rowKey={(one) => one.id}
              onOpen={setOpen}
              card={(one) => (
                <>
                  <Text size="sm" fw={500} className="bh-ellipsis">{one.reason}</Text>
                  <Text size="xs" c="dimmed">{one.agent.name} · <When at={one.createdAt} /></Text>
                </>
              )}
            />
          )}
          <Modal opened={open !== null} onClose={() => setOpen(null)} size="lg" title={t("Message of {{agent}}", { agent: open?.agent.name ?? "" })} closeButtonProps={{ "aria-label": t("Close") }}>
            {open ? <Opened letter={open} onDone={done} /> : null}
          </Modal>
        </>
      )}
    </Panel>
  );
}
