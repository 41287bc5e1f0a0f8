import { Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { healthStore } from "~/api/health";
import { useData } from "~/api/hooks";
import { OrgLink } from "~/components/Link";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { Badge, OnlineBadge } from "~/components/StateBadge";
import { When } from "~/components/When";
import { Storage } from "~/gen/mikro";
import { HomeTasks } from "~/gen/rekuest";
import { useAgents } from "~/live/agents";
import { bytes, duration } from "~/lib/format";
import { SERVICES, type Service } from "~/lib/services";
import { useStore } from "~/lib/store";
import { wordOf } from "~/lib/taskstate";
import { Guide } from "./Guide";

const ABOUT: Record<Service, string> = {
  fakts: "People, apps and logins",
  rekuest: "Actions, agents and tasks",
  mikro: "Images, tables and files",
  kabinet: "App store",
};

function Services() {
  const { t } = useTranslation();
  const health = useStore(healthStore);
  return (
    <Section title={t("Services")}>
      <Stack gap={4} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {SERVICES.map((service) => {
          const one = health[service];
          const word = one.state === "up" ? t("up") : one.state === "away" ? t("away for {{time}}", { time: duration(Date.now() - one.since) }) : t("asking");
          return (
            <Group key={service} component="li" justify="space-between" wrap="nowrap" mih={36}>
              <div style={{ minWidth: 0 }}>
                <Text size="sm" fw={500} span>{service}</Text>{" "}
                <Text size="sm" c="dimmed" span>{t(ABOUT[service])}</Text>
                {one.reason ? <Text size="xs" c="dimmed">{one.reason}</Text> : null}
              </div>
              <Badge state={one.state === "up" ? "done" : one.state === "away" ? "lost" : "queued"} word={word} />
            </Group>
          );
        })}
      </Stack>
    </Section>
  );
}

function Number({ label, value, to }: { label: string; value: number; to: string }) {
  return (
    <div className="bh-card">
      <Text size="xl" fw={600} className="bh-num">{value >= 100 ? "100+" : value}</Text>
      <Text size="sm"><OrgLink to={to}>{label}</OrgLink></Text>
    </div>
  );
}

function Work() {
  const { t } = useTranslation();
  const since = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 86_400_000).toISOString();
  const reading = useData("rekuest", HomeTasks, { since }, { poll: 10_000 });
  return (
    <Panel service="rekuest" reading={reading}>
      {(data) => (
        <Stack>
          <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
            <Number label={t("running")} value={data.running.length} to="/tasks?state=running" />
            <Number label={t("waiting")} value={data.waiting.length} to="/tasks?state=waiting" />
            <Number label={t("failed in 24 hours")} value={data.failed.length} to="/tasks?state=failed" />
            <Number label={t("to approve")} value={data.held.length} to="/approvals" />
          </SimpleGrid>
          <Section title={t("Last failures")}>
            {data.failed.length === 0 ? (
              <Text size="sm" c="dimmed">{t("Nothing failed in the last 24 hours.")}</Text>
            ) : (
              <Stack gap="xs" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
                {data.failed.slice(0, 5).map((task) => (
                  <li key={task.id}>
                    <Group gap="xs" wrap="nowrap" justify="space-between">
                      <OrgLink to={`/tasks/${task.id}`} className="bh-ellipsis">{task.action.name}</OrgLink>
                      <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}><When at={task.updatedAt} /></Text>
                    </Group>
                    <Text size="sm" c="dimmed" lineClamp={2}>{task.latestMessage || wordOf(task.latestEventKind)}</Text>
                  </li>
                ))}
              </Stack>
            )}
          </Section>
        </Stack>
      )}
    </Panel>
  );
}

function Online() {
  const { t } = useTranslation();
  const reading = useAgents(null, 100);
  return (
    <Section title={t("Agents")} aside={<OrgLink to="/agents">{t("All agents")}</OrgLink>}>
      <Panel service="rekuest" reading={reading}>
        {(data) => {
          const online = data.agents.filter((agent) => agent.connected);
          if (data.agents.length === 0) return <Text size="sm" c="dimmed">{t("No app is connected yet.")}</Text>;
          return (
            <Stack gap={4}>
              <Text size="sm">{t("{{count}} agents online", { count: online.length })}</Text>
              {online.slice(0, 6).map((agent) => (
                <Group key={agent.id} justify="space-between" wrap="nowrap">
                  <OrgLink to={`/agents/${agent.id}`} className="bh-ellipsis">{agent.name}</OrgLink>
                  <OnlineBadge online blocked={agent.blocked} />
                </Group>
              ))}
            </Stack>
          );
        }}
      </Panel>
    </Section>
  );
}

function Stored() {
  const { t } = useTranslation();
  const reading = useData("mikro", Storage, { everybody: false }, { poll: 60_000 });
  return (
    <Section title={t("Storage")} aside={<OrgLink to="/data/storage">{t("Report")}</OrgLink>}>
      <Panel service="mikro" reading={reading}>
        {({ storageUsage, storageQuotas }) => {
          const whole = storageQuotas.find((one) => one.holder === "ORGANIZATION");
          return (
            <Stack gap="xs">
              <Text size="lg" fw={600}>{bytes(whole?.usedBytes ?? 0)}</Text>
              {typeof whole?.limitBytes === "number" ? <Text size="sm" c="dimmed">{t("of {{limit}}", { limit: bytes(whole.limitBytes) })}</Text> : null}
              <Text size="sm" c="dimmed">{t("{{size}} of it mine", { size: bytes(storageUsage.storedBytes) })}</Text>
            </Stack>
          );
        }}
      </Panel>
    </Section>
  );
}

export default function HomePage() {
  const { t } = useTranslation();
  return (
    <Page title={t("Home")}>
      <Guide />
      <Work />
      <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md">
        <Services />
        <Online />
        <Stored />
      </SimpleGrid>
    </Page>
  );
}

