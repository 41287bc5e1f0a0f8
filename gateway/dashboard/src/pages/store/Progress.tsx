import { Alert, Group, Progress, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { OrgLink } from "~/components/Link";
import { useOrder, type Ordered } from "./orders";

/** How far an order of a deployer has come, and what became of it. */
export function OrderProgress({ task, title, onDone }: { task: string; title: string; onDone: (ordered: Ordered) => void }) {
  const { t } = useTranslation();
  const ordered = useOrder(task);
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (!ordered.done || told.current === task) return;
    told.current = task;
    onDone(ordered);
  }, [ordered, task, onDone]);
  if (ordered.problem) {
    return (
      <Alert color="red" role="alert" title={t("{{title}}: it did not work", { title })}>
        <Text size="sm" className="bh-break">{ordered.problem}</Text>
        <Text size="sm" mt={4}><OrgLink to={`/tasks/${task}`}>{t("What happened, step by step")}</OrgLink></Text>
      </Alert>
    );
  }
  return (
    <section className="bh-card" aria-label={title}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={600}>{ordered.done ? t("{{title}}: done", { title }) : title}</Text>
        <Text size="sm" className="bh-num">{ordered.done ? 100 : ordered.progress} %</Text>
      </Group>
      <Progress value={ordered.done ? 100 : ordered.progress} my={6} aria-label={title} animated={!ordered.done} />
      <Text size="xs" c="dimmed" role="status">{ordered.message}</Text>
    </section>
  );
}
