import { Button, Group, Menu, SimpleGrid, Stack, Table as Plain, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useData, useFeed, useSoon } from "~/api/hooks";
import { JsonTree } from "~/components/JsonTree";
import { OrgLink } from "~/components/Link";
import { Page, Section } from "~/components/Page";
import { Absent, Loading, Panel } from "~/components/Panel";
import { StateBadge } from "~/components/StateBadge";
import { When } from "~/components/When";
import { AgentFeed, AgentPage as AgentPageDocument, TaskFeed, Tasks, type AgentPageQuery } from "~/gen/rekuest";
import { useGo, useId } from "~/lib/nav";
import { isAdmin } from "~/auth/claims";
import { currentSession } from "~/auth/session";
import { differs, useStates } from "~/live/agents";
import { AgentBadge } from "./AgentBadge";
import { DEEDS, act, deedsOf } from "./deeds";

type Agent = NonNullable<AgentPageQuery["agent"]>;

function States({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const values = useStates(agent.id, agent.states.length === 0);
  if (agent.states.length === 0) return <Text size="sm" c="dimmed">{t("This app keeps no states.")}</Text>;
  return values === undefined ? <Loading /> : <JsonTree value={values} />;
}

function Deeds({ agent, onDone }: { agent: Agent; onDone: () => void }) {
  const { t } = useTranslation();
  const go = useGo();
  if (!isAdmin(currentSession()?.claims ?? null)) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={16} aria-hidden />}>{t("Manage")}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {deedsOf(agent).map((deed) => (
          <Menu.Item key={deed} onClick={() => void act(deed, agent, deed === "remove" ? () => go("/agents") : onDone)}>{t(DEEDS[deed])}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Work({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const reading = useData("rekuest", Tasks, { filters: { agent: agent.id }, ordering: [{ createdAt: "DESC" }], pagination: { limit: 10, offset: 0 } }, { poll: 10_000 });
  const soon = useSoon(reading.reload);
  useFeed("rekuest", TaskFeed, { agent: agent.id }, soon, soon);
  return (
    <Panel service="rekuest" reading={reading}>
      {({ tasks }) =>
        tasks.length === 0 ? (
          <Text size="sm" c="dimmed">{t("It has done nothing yet.")}</Text>
        ) : (
          <Stack gap={6}>
            {tasks.map((task) => (
              <Group key={task.id} justify="space-between" wrap="nowrap">
                <OrgLink to={`/tasks/${task.id}`} className="bh-ellipsis">{task.action.name}</OrgLink>
                <Group gap="xs" wrap="nowrap"><Text size="xs" c="dimmed"><When at={task.createdAt} /></Text><StateBadge kind={task.latestEventKind} /></Group>
              </Group>
            ))}
          </Stack>
        )
      }
    </Panel>
  );
}

function Detail({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const go = useGo();
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
      <Section title={t("Actions")}>
        {agent.implementations.length === 0 ? <Text size="sm" c="dimmed">{t("It offers nothing.")}</Text> : null}
        <Stack gap={6}>
          {agent.implementations.map(({ id, action }) => (
            <Group key={id} justify="space-between" wrap="nowrap">
              <div style={{ minWidth: 0 }}>
                <OrgLink to={`/actions/${action.id}`}>{action.name}</OrgLink>
                <Text size="xs" c="dimmed" className="bh-ellipsis">{action.description}</Text>
              </div>
              <Button size="xs" variant="default" style={{ flexShrink: 0 }} onClick={() => go(`/actions/${action.id}`)} aria-label={t("Run {{name}}", { name: action.name })}>{t("Run")}</Button>
            </Group>
          ))}
        </Stack>
      </Section>
      <Stack>
        <Section title={t("States")}><States agent={agent} /></Section>
        <Section title={t("Tasks")} aside={<OrgLink to={`/tasks?agent=${agent.id}`}>{t("All tasks")}</OrgLink>}><Work agent={agent} /></Section>
        <Section title={t("About")}>
          <Plain variant="vertical" layout="fixed">
            <Plain.Tbody>
              {([[t("App"), agent.app?.identifier], [t("Version"), agent.release?.version], [t("Device"), agent.device?.deviceId], [t("First seen"), <When key="f" at={agent.installedAt} />], [t("Last seen"), <When key="l" at={agent.lastSeen} />]] as [string, React.ReactNode][]).map(([label, value]) => (
                <Plain.Tr key={label}>
                  <Plain.Th w={110}>{label}</Plain.Th>
                  <Plain.Td className="bh-break">{value}</Plain.Td>
                </Plain.Tr>
              ))}
            </Plain.Tbody>
          </Plain>
        </Section>
      </Stack>
    </SimpleGrid>
  );
}

export default function AgentPage() {
  const { t } = useTranslation();
  const id = useId();
  const reading = useData("rekuest", AgentPageDocument, { id }, { poll: 30_000 });
  const { reload } = reading;
  const agent = reading.data?.agent;
  useFeed(
    "rekuest",
    AgentFeed,
    {},
    ({ agents: { update, delete: gone } }) => {
      if (gone === id || (update?.id === id && (!agent || differs([agent], update)))) reload();
    },
    reload,
  );
  return (
    <Page title={agent?.name ?? t("Agent")} about={agent ? <Group gap="xs"><AgentBadge agent={agent} />{agent.blockedReason}</Group> : null} actions={agent ? <Deeds agent={agent} onDone={reload} /> : null}>
      <Panel service="rekuest" reading={reading} rows={8}>
        {(data) => (data.agent ? <Detail agent={data.agent} /> : <Absent />)}
      </Panel>
    </Page>
  );
}
