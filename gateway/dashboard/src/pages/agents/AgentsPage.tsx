import { Button, Code, Group, Switch, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPin, IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { AgentBadge } from "./AgentBadge";
import type { AgentRowFragment } from "~/gen/rekuest";
import { useFilters, useGo } from "~/lib/nav";
import { ordered, useAgents } from "~/live/agents";

const columns: Column<AgentRowFragment>[] = [
  { key: "state", title: "State", width: "7rem", cell: (agent) => <AgentBadge agent={agent} /> },
  { key: "name", title: "Agent", width: "minmax(10rem, 2fr)", cell: (agent) => <>{agent.pinned ? <IconPin size={14} role="img" aria-label="pinned" style={{ verticalAlign: "-2px", marginInlineEnd: 4 }} /> : null}{agent.name}</> },
  { key: "app", title: "App", width: "minmax(9rem, 1.5fr)", cell: (agent) => agent.app?.identifier ?? "" },
  { key: "version", title: "Version", width: "6rem", cell: (agent) => agent.release?.version ?? "" },
  { key: "device", title: "Device", width: "minmax(7rem, 1fr)", cell: (agent) => agent.device?.deviceId ?? "" },
  { key: "seen", title: "Last seen", width: "9rem", cell: (agent) => (agent.connected ? "now" : <When at={agent.lastSeen} />) },
];

export default function AgentsPage() {
  const { t } = useTranslation();
  const go = useGo();
  const [search, change] = useFilters();
  const [typed, setTyped] = useState(search["q"] ?? "");
  const later = useDebouncedCallback((q: string) => change({ q }), 250);
  const filters = useMemo(() => ({ ...(search["q"] ? { search: search["q"] } : {}) }), [search]);
  const reading = useAgents(filters);
  return (
    <Page title={t("Agents")} about={t("An agent is an app while it runs somewhere and offers its actions.")}>
      <Group gap="sm" align="flex-end">
        <TextInput
          id="filter"
          label={t("Search")}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            later(event.currentTarget.value);
          }}
        />
        <Switch mb={8} label={t("online only")} checked={search["online"] === "1"} onChange={(event) => change({ online: event.currentTarget.checked ? "1" : undefined })} />
      </Group>
      <Panel service="rekuest" reading={reading} rows={8}>
        {(data) => {
          const agents = ordered(search["online"] === "1" ? data.agents.filter((agent) => agent.connected) : data.agents);
          if (agents.length === 0 && (search["q"] || search["online"])) {
            return (
              <Empty title={t("Nothing matches these filters.")} action={<Button variant="default" onClick={() => { setTyped(""); change({ q: undefined, online: undefined }); }}>{t("Clear filters")}</Button>} />
            );
          }
          if (agents.length === 0) {
            return (
              <Empty title={t("No app is connected.")} action={<Button onClick={() => go("/store")}>{t("Open the store")}</Button>}>
                {t("Install one from the store, or start your own with:")} <Code>{`arkitekt run dev --url ${location.origin}`}</Code>
              </Empty>
            );
          }
          return (
            <Table
              label={t("Agents")}
              rows={agents}
              columns={columns}
              rowKey={(agent) => agent.id}
              onOpen={(agent) => go(`/agents/${agent.id}`)}
              card={(agent) => (
                <>
                  <Group justify="space-between" wrap="nowrap">
                    <Text size="sm" fw={500} className="bh-ellipsis">{agent.name}</Text>
                    <AgentBadge agent={agent} />
                  </Group>
                  <Text size="xs" c="dimmed" className="bh-ellipsis">{agent.app?.identifier} {agent.release?.version}</Text>
                </>
              )}
            />
          );
        }}
      </Panel>
    </Page>
  );
}
