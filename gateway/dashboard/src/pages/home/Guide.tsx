import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Section } from "~/components/Page";
import { Badge } from "~/components/StateBadge";
import { Actions, HomeTasks } from "~/gen/rekuest";
import { useGo } from "~/lib/nav";

function Step({ title, done, children }: { title: string; done: boolean; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <li>
      <Group gap="xs" mb={4}>
        <Text fw={600} size="sm">{title}</Text>
        {done ? <Badge state="done" word={t("done")} /> : null}
      </Group>
      {done ? null : children}
    </li>
  );
}

/** What somebody does first; it goes away with the first result. */
export function Guide() {
  const { t } = useTranslation();
  const go = useGo();
  const tasks = useData("rekuest", HomeTasks, { since: "2000-01-01T00:00:00Z" }, { poll: 15_000 });
  const hello = useData("rekuest", Actions, { filters: { search: "greet" }, ordering: [], pagination: { limit: 1, offset: 0 } }, { poll: 5000 });
  const finished = (tasks.data?.done.length ?? 0) > 0;
  if (!tasks.data || finished) return null;
  const action = hello.data?.actions[0];
  const command = `FAKTS_URL=${location.origin} python examples/hello/app.py`;
  return (
    <Section title={t("First steps")}>
      <Stack gap="md" component="ol" m={0} p={0} style={{ listStyle: "none" }} aria-label={t("First steps")}>
        <Step title={t("1. Start the example app")} done={action !== undefined}>
          <Stack gap="xs">
            <Text size="sm">{t("An app is a program that offers actions. While it runs it is an agent here.")}</Text>
            <Group gap="xs" wrap="nowrap">
              <Code className="bh-break" style={{ flex: 1 }}>{command}</Code>
              <CopyButton value={command}>
                {({ copied, copy }) => <Button size="xs" variant="default" onClick={copy}>{copied ? t("Copied") : t("Copy")}</Button>}
              </CopyButton>
            </Group>
          </Stack>
        </Step>
        <Step title={t("2. Approve the code it shows")} done={action !== undefined}>
          <Button size="xs" variant="default" component="a" href="/device">{t("Approve a code")}</Button>
        </Step>
        <Step title={t("3. Run its action")} done={false}>
          {action ? (
            <Button onClick={() => go(`/actions/${action.id}`)}>{t("Run {{name}}", { name: action.name })}</Button>
          ) : (
            <Text size="sm" c="dimmed">{t("A button appears here as soon as the app is there.")}</Text>
          )}
        </Step>
      </Stack>
    </Section>
  );
}
