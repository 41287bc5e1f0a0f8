import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { attempt, tell } from "~/components/notify";
import { Section } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { ForgetJobFailure, Queue, RetryJob, type QueuePartsFragment, type QueueQuery, type QueueQueryVariables } from "~/gen/fakts";
import { duration } from "~/lib/format";
import { jobState, jobTitle } from "~/lib/jobs";
import { SERVICES, type Service } from "~/lib/services";

type Job = QueuePartsFragment["jobs"][number];
type Background = QueuePartsFragment;
/** All services have these fields, so the documents written for one fit each. */
const QUEUE: TypedDocumentNode<QueueQuery, QueueQueryVariables> = Queue;

function JobBadge({ job }: { job: Job }) {
  const { t } = useTranslation();
  const { state, word } = jobState(job);
  return <Badge state={state} word={t(word)} />;
}

const columns: Column<Job>[] = [
  { key: "state", title: "State", width: "7rem", cell: (one) => <JobBadge job={one} /> },
  { key: "job", title: "Job", width: "minmax(12rem, 3fr)", cell: (one) => <span title={one.about}>{one.about || jobTitle(one.name)}</span> },
  { key: "every", title: "Every", width: "6rem", cell: (one) => (one.everySeconds ? duration(one.everySeconds * 1000) : "when asked") },
  { key: "last", title: "Last run", width: "8rem", cell: (one) => <When at={one.startedAt} /> },
  { key: "next", title: "Next run", width: "8rem", cell: (one) => <When at={one.nextAt} /> },
  { key: "runs", title: "Runs", width: "5rem", align: "end", cell: (one) => one.runs },
  { key: "failures", title: "Failed", width: "5rem", align: "end", cell: (one) => one.failures },
];

function Opened({ service, job, onDone }: { service: Service; job: Job; onDone: () => void }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const send = async (work: Promise<unknown>, said: string): Promise<void> => {
    setBusy(true);
    const done = await attempt(work);
    setBusy(false);
    if (done === undefined) return;
    tell(said);
    onDone();
  };
  return (
    <Stack>
      <Group gap="xs"><JobBadge job={job} /><Text size="sm">{job.about}</Text></Group>
      <Text size="sm" className="bh-mono bh-break">{job.name}</Text>
      {job.failedAt ? (
        <>
          <Text size="sm" className="bh-break">{t("It failed")} <When at={job.failedAt} />: {job.problem}</Text>
          <Text size="sm" c="dimmed">{t("More is in the log of {{service}}. It tries again by itself at its next turn.", { service })}</Text>
          <Group>
            <Button loading={busy} onClick={() => void send(mutate(service, RetryJob, { name: job.name }), t("It was asked to run now."))}>{t("Run it again now")}</Button>
            <Button variant="default" disabled={busy} onClick={() => void send(mutate(service, ForgetJobFailure, { name: job.name }), t("The failure is forgotten."))}>{t("Forget the failure")}</Button>
          </Group>
        </>
      ) : (
        <Text size="sm" c="dimmed">{job.everySeconds ? t("Nothing is wrong with it; it runs at its next turn.") : t("Nothing is wrong with it; it runs when it is asked for.")}</Text>
      )}
    </Stack>
  );
}

function Workers({ service, workers, hasBroker }: { service: Service; workers: Background["workers"]; hasBroker: boolean }) {
  const { t } = useTranslation();
  const kinds: Record<string, string> = { service: t("the service itself"), worker: t("worker"), timer: t("timer") };
  if (workers.length === 0) {
    return <Text size="sm" c="dimmed">{hasBroker ? t("No worker says that it lives: start one, or nothing of this runs.") : t("The service has only begun; it says soon that it lives.")}</Text>;
  }
  return (
    <List size="sm" listStyleType="none" p={0} aria-label={t("Workers of {{service}}", { service })}>
      {workers.map((one) => (
        <List.Item key={one.id} styles={{ itemWrapper: { width: "100%" }, itemLabel: { width: "100%" } }}>
          <Group gap="xs">
            <Badge state={one.isSilent ? "lost" : "done"} word={one.isSilent ? t("silent") : t("alive")} />
            <Text size="sm" className="bh-break">{kinds[one.kind] ?? one.kind} · {one.host} · {one.pid}</Text>
            <Text size="sm" c="dimmed">{t("last heard of")} <When at={one.beatAt} /></Text>
          </Group>
        </List.Item>
      ))}
    </List>
  );
}

/** The queue of one service: what is due, runs and failed, and who works on it. */
function One({ service }: { service: Service }) {
  const { t } = useTranslation();
  const reading = useData(service, QUEUE, {}, { poll: 10_000 });
  const [open, setOpen] = useState<string | null>(null);
  const counts = reading.data?.background;
  const aside = counts ? t("{{waiting}} waiting, {{running}} running, {{failed}} failed", counts) : "";
  return (
    <Section title={service} aside={<Text size="sm" c="dimmed">{aside}</Text>}>
      <Panel service={service} reading={reading} rows={2}>
        {({ background }) => {
          const opened = background.jobs.find((job) => job.name === open);
          const close = (): void => {
            setOpen(null);
            reading.reload();
          };
          return (
            <Stack gap="sm">
              {background.oldestAt ? <Text size="sm">{t("The oldest has waited since")} <When at={background.oldestAt} /></Text> : null}
              {background.jobs.length === 0 ? (
                <Empty title={t("This service has no timed jobs.")}>{t("It does its work as it comes; what waits there stands under Tasks.")}</Empty>
              ) : (
                <Table
                  label={t("Jobs of {{service}}", { service })}
                  rows={background.jobs}
                  columns={columns}
                  rowKey={(one) => one.name}
                  onOpen={(one) => setOpen(one.name)}
                  card={(one) => (
                    <>
                      <Group gap="xs" wrap="nowrap"><JobBadge job={one} /><Text size="sm" fw={500} className="bh-ellipsis">{one.about || jobTitle(one.name)}</Text></Group>
                      <Text size="xs" c="dimmed">{one.nextAt ? <>{t("next")} <When at={one.nextAt} /></> : one.everySeconds ? t("runs now") : t("only when asked")}</Text>
                    </>
                  )}
                />
              )}
              <Workers service={service} workers={background.workers} hasBroker={background.hasBroker} />
              <Modal opened={opened !== undefined} onClose={() => setOpen(null)} title={opened ? jobTitle(opened.name) : ""} closeButtonProps={{ "aria-label": t("Close") }}>
                {opened ? <Opened service={service} job={opened} onDone={close} /> : null}
              </Modal>
            </Stack>
          );
        }}
      </Panel>
    </Section>
  );
}

export function Jobs() {
  return <Stack>{SERVICES.map((service) => <One key={service} service={service} />)}</Stack>;
}
