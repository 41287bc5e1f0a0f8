import { Alert, Button, Code, Group, Progress, SimpleGrid, Stack, Table as Plain, Tabs, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData, useFeed, useSoon } from "~/api/hooks";
import { OrgLink } from "~/components/Link";
import { Page, Section } from "~/components/Page";
import { Absent, Loading, Panel } from "~/components/Panel";
import { StateBadge } from "~/components/StateBadge";
import { Value } from "~/ports/Value";
import { When } from "~/components/When";
import { HeldBelow, Offers, TaskFeed, TaskPage as TaskPageDocument, type TaskPageQuery } from "~/gen/rekuest";
import { exact } from "~/lib/format";
import { useFilters, useGo, useId } from "~/lib/nav";
import { ENDED, allowed, stateOf } from "~/lib/taskstate";
import { whyOf } from "~/lib/why";
import { LABELS, command } from "./commands";
import { callerName, took } from "./columns";
import { Logs, Timeline, Yields, useEvents, type TaskEventRow } from "./Events";
import { Tree } from "./Tree";

type PageTask = NonNullable<TaskPageQuery["task"]>;

function WhyLine({ task }: { task: PageTask }) {
  const { t } = useTranslation();
  const go = useGo();
  const waiting = stateOf(task.latestEventKind) === "queued";
  const offers = useData("rekuest", Offers, { id: task.action.id }, { pause: !waiting, poll: 5000 });
  const running = stateOf(task.latestEventKind) === "running";
  const below = useData("rekuest", HeldBelow, { id: task.root?.id ?? task.id }, { pause: !running, poll: 3000 });
  const held = running ? below.data?.tasks.filter((one) => one.id !== task.id) : undefined;
  const found = whyOf(
    task,
    offers.data?.action?.implementations.map(({ agent }) => ({ id: agent.id, name: agent.name, connected: agent.connected, blocked: agent.blocked })),
  );
  const first = held?.[0];
  const why = found ?? (first ? { text: "It waits: {{name}}, which it began, needs approval.", values: { name: first.action.name }, fix: { label: "Decide", to: "/approvals" } } : null);
  if (!why) return null;
  const bad = ["failed", "lost", "denied"].includes(stateOf(task.latestEventKind));
  const fix = why.fix;
  return (
    <Alert color={bad ? "red" : "gray"} role="status" title={t("Why")}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" className="bh-break" style={{ whiteSpace: "pre-wrap" }}>{t(why.text, why.values ?? {})}</Text>
        {fix ? <Button size="xs" variant="default" onClick={() => go(fix.to)}>{t(fix.label)}</Button> : null}
      </Group>
    </Alert>
  );
}

function Facts({ task }: { task: PageTask }) {
  const { t } = useTranslation();
  const rows: [string, React.ReactNode][] = [
    [t("Action"), <OrgLink key="a" to={`/actions/${task.action.id}`}>{task.action.name}</OrgLink>],
    [t("Agent"), task.agent ? <OrgLink key="g" to={`/agents/${task.agent.id}`}>{task.agent.name}</OrgLink> : t("none yet")],
    [t("Asked by"), callerName(task)],
    [t("Asked at"), exact(task.createdAt)],
    [t("Took"), took(task)],
    ...(task.parent ? ([[t("Part of"), <OrgLink key="p" to={`/tasks/${task.parent.id}`}>{`#${task.parent.id}`}</OrgLink>]] as [string, React.ReactNode][]) : []),
    [t("Number"), <span key="n" className="bh-mono">{task.id}</span>],
  ];
  return (
    <Plain variant="vertical" layout="fixed">
      <Plain.Tbody>
        {rows.map(([label, value]) => (
          <Plain.Tr key={label}>
            <Plain.Th w={110}>{label}</Plain.Th>
            <Plain.Td className="bh-break">{value}</Plain.Td>
          </Plain.Tr>
        ))}
      </Plain.Tbody>
    </Plain>
  );
}

function Arguments({ task }: { task: PageTask }) {
  const { t } = useTranslation();
  const args = (task.args ?? {}) as Record<string, unknown>;
  if (task.action.args.length === 0) return <Text size="sm" c="dimmed">{t("It takes nothing.")}</Text>;
  return (
    <Stack gap="sm">
      {task.action.args.map((port) => (
        <div key={port.key}>
          <Text size="xs" c="dimmed">{port.label ?? port.key}</Text>
          <Value port={port} value={args[port.key]} />
        </div>
      ))}
    </Stack>
  );
}

function Results({ task, events }: { task: PageTask; events: TaskEventRow[] }) {
  const { t } = useTranslation();
  const returns = task.latestReturns as Record<string, unknown> | null;
  return (
    <Stack gap="sm">
      {returns && task.action.returns.length > 0 ? (
        task.action.returns.map((port) => (
          <div key={port.key}>
            <Text size="xs" c="dimmed">{port.label ?? port.key}</Text>
            <Value port={port} value={returns[port.key]} />
          </div>
        ))
      ) : (
        <Text size="sm" c="dimmed">{ENDED.has(stateOf(task.latestEventKind)) ? t("It returned nothing.") : t("Nothing yet. Results appear here as they come.")}</Text>
      )}
      <Yields events={events} ports={task.action.returns} />
    </Stack>
  );
}

function Detail({ task, id, reload }: { task: PageTask; id: string; reload: () => void }) {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const events = useEvents(id, task.revision);
  const tab = search["tab"] ?? "overview";
  const ended = ENDED.has(stateOf(task.latestEventKind));
  return (
    <Stack>
      <WhyLine task={task} />
      {!ended && task.latestProgress !== null ? (
        <Group gap="sm" wrap="nowrap">
          <Progress value={task.latestProgress} style={{ flex: 1 }} aria-label={t("Progress: {{percent}} %", { percent: task.latestProgress })} />
          <Text size="sm" className="bh-num">{task.latestProgress} %</Text>
        </Group>
      ) : null}
      {!ended && task.latestMessage ? <Text size="sm" role="status">{task.latestMessage}</Text> : null}
      <Tabs value={tab} onChange={(next) => change({ tab: next === "overview" ? undefined : (next ?? undefined) })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="overview">{t("Overview")}</Tabs.Tab>
          <Tabs.Tab value="logs">{t("Log")}</Tabs.Tab>
          <Tabs.Tab value="tree">{t("Tree")}</Tabs.Tab>
          <Tabs.Tab value="timeline">{t("Timeline")}</Tabs.Tab>
          <Tabs.Tab value="raw">{t("Values")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview" pt="md">
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            <Section title={t("Result")}><Results task={task} events={events ?? []} /></Section>
            <Section title={t("Arguments")}><Arguments task={task} /></Section>
            <Section title={t("About")}><Facts task={task} /></Section>
          </SimpleGrid>
        </Tabs.Panel>
        <Tabs.Panel value="logs" pt="md">{events ? <Logs events={events} /> : <Loading />}</Tabs.Panel>
        <Tabs.Panel value="tree" pt="md"><Tree task={task} onChanged={reload} /></Tabs.Panel>
        <Tabs.Panel value="timeline" pt="md">{events ? <Timeline events={events} /> : <Loading />}</Tabs.Panel>
        <Tabs.Panel value="raw" pt="md">
          <Code block>{JSON.stringify({ args: task.args, returns: task.latestReturns }, null, 2)}</Code>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

export default function TaskPage() {
  const { t } = useTranslation();
  const id = useId();
  const go = useGo();
  const reading = useData("rekuest", TaskPageDocument, { id }, { poll: 15_000 });
  const { reload } = reading;
  const changed = useSoon(reload, 100);
  useFeed(
    "rekuest",
    TaskFeed,
    {},
    (data) => {
      if (data.tasks.event?.task === id || data.tasks.create?.id === id) changed();
    },
    changed,
  );
  const task = reading.data?.task;
  return (
    <Page
      title={task ? task.action.name : t("Task")}
      about={task ? <Group gap="xs"><StateBadge kind={task.latestEventKind} /><When at={task.createdAt} /></Group> : null}
      actions={
        task ? (
          <>
            {allowed(task.latestEventKind).map((what) => (
              <Button key={what} variant="default" onClick={() => void command(what, [task])}>{t(LABELS[what])}</Button>
            ))}
            <Button onClick={() => go(`/actions/${task.action.id}?from=${task.id}`)}>{t("Run again")}</Button>
          </>
        ) : null
      }
    >
      <Panel service="rekuest" reading={reading} rows={8}>
        {(data) => (data.task ? <Detail task={data.task} id={id} reload={reload} /> : <Absent />)}
      </Panel>
    </Page>
  );
}
