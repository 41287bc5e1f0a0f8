import { Alert, Group, SimpleGrid, Stack, Table as Plain, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { OrgLink } from "~/components/Link";
import { Page, Section } from "~/components/Page";
import { Absent, Loading, Panel } from "~/components/Panel";
import { OnlineBadge, StateBadge } from "~/components/StateBadge";
import { When } from "~/components/When";
import { ActionPage as ActionPageDocument, Shortcuts, TaskArgs, Tasks, type ActionPageQuery } from "~/gen/rekuest";
import { useFilters, useId } from "~/lib/nav";
import { RunForm } from "./RunForm";

type Action = NonNullable<ActionPageQuery["action"]>;

function Runs({ action }: { action: Action }) {
  const { t } = useTranslation();
  const reading = useData("rekuest", Tasks, { filters: { action: action.id }, ordering: [{ createdAt: "DESC" }], pagination: { limit: 8, offset: 0 } }, { poll: 5000 });
  return (
    <Panel service="rekuest" reading={reading}>
      {({ tasks }) =>
        tasks.length === 0 ? (
          <Text size="sm" c="dimmed">{t("It has not run yet.")}</Text>
        ) : (
          <Stack gap={6}>
            {tasks.map((task) => (
              <Group key={task.id} justify="space-between" wrap="nowrap">
                <OrgLink to={`/tasks/${task.id}`}><When at={task.createdAt} /></OrgLink>
                <StateBadge kind={task.latestEventKind} />
              </Group>
            ))}
          </Stack>
        )
      }
    </Panel>
  );
}

function Offered({ action }: { action: Action }) {
  const { t } = useTranslation();
  if (action.implementations.length === 0) return <Text size="sm" c="dimmed">{t("No app offers it any more.")}</Text>;
  return (
    <Stack gap={6}>
      {action.implementations.map(({ id, agent }) => (
        <Group key={id} justify="space-between" wrap="nowrap">
          <OrgLink to={`/agents/${agent.id}`} className="bh-ellipsis">{agent.name}</OrgLink>
          <OnlineBadge online={agent.connected} blocked={agent.blocked} />
        </Group>
      ))}
    </Stack>
  );
}

function Gives({ action }: { action: Action }) {
  const { t } = useTranslation();
  if (action.returns.length === 0) return <Text size="sm" c="dimmed">{t("Nothing.")}</Text>;
  return (
    <Plain variant="vertical" layout="auto">
      <Plain.Tbody>
        {action.returns.map((port) => (
          <Plain.Tr key={port.key}>
            <Plain.Th>{port.label ?? port.key}</Plain.Th>
            <Plain.Td className="bh-break">{port.identifier ?? port.kind.toLowerCase()}{port.description ? ` · ${port.description}` : ""}</Plain.Td>
          </Plain.Tr>
        ))}
      </Plain.Tbody>
    </Plain>
  );
}

function Detail({ action }: { action: Action }) {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const from = search["from"];
  const preset = search["preset"];
  const presets = useData("rekuest", Shortcuts, {}, { pause: !preset });
  const kept = preset ? presets.data?.shortcuts.find((one) => one.id === preset && one.action.id === action.id)?.savedArgs : undefined;
  const old = useData("rekuest", TaskArgs, { id: from ?? "0" }, { pause: !from });
  const prefill = Object.fromEntries(Object.entries(search).flatMap(([key, value]) => (key.startsWith("a.") && value ? [[key.slice(2), value]] : [])));
  const told = ({ data, problem }: { data: unknown; problem: unknown }): boolean => data !== undefined || problem !== undefined;
  const ready = (!from || told(old)) && (!preset || told(presets));
  const values = kept ?? old.data?.task?.args;
  return (
    <Stack>
      {action.liveImplementations === 0 ? (
        <Alert color="gray" title={t("No app that offers it is running")}>{t("You can ask for it all the same: it waits until one is.")}</Alert>
      ) : null}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Section title={t("Run")}>
          {ready ? <RunForm key={`${action.id} ${from ?? ""} ${kept ? preset : ""}`} action={action} from={(values as Record<string, unknown> | undefined) ?? null} prefill={prefill} preset={preset} onPreset={(id) => change({ preset: id, from: undefined })} /> : <Loading />}
        </Section>
        <Stack>
          <Section title={t("What comes back")}><Gives action={action} /></Section>
          <Section title={t("Who offers it")}><Offered action={action} /></Section>
          <Section title={t("Last runs")} aside={<OrgLink to={`/tasks?action=${action.id}`}>{t("All runs")}</OrgLink>}><Runs action={action} /></Section>
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

export default function ActionPage() {
  const { t } = useTranslation();
  const id = useId();
  const reading = useData("rekuest", ActionPageDocument, { id }, { poll: 15_000 });
  const action = reading.data?.action;
  return (
    <Page title={action?.name ?? t("Action")} about={action ? [action.description, `${action.app.identifier} ${action.version}`].filter(Boolean).join(" · ") : null}>
      <Panel service="rekuest" reading={reading} rows={8}>
        {(data) => (data.action ? <Detail action={data.action} /> : <Absent />)}
      </Panel>
    </Page>
  );
}
