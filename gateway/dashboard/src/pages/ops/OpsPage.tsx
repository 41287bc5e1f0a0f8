import { Code, Group, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { healthStore } from "~/api/health";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { Audit, RemoteValues, type AuditQuery, type RemoteValuesQuery } from "~/gen/fakts";
import { relative } from "~/lib/format";
import { useFilters } from "~/lib/nav";
import { SERVICES, healthPath } from "~/lib/services";
import { useStore } from "~/lib/store";

type Entry = AuditQuery["auditEntries"][number];
type Remote = RemoteValuesQuery["remoteValues"][number];

const auditColumns: Column<Entry>[] = [
  { key: "at", title: "When", width: "9rem", cell: (one) => <When at={one.at} /> },
  { key: "action", title: "What", width: "minmax(9rem, 1.5fr)", cell: (one) => one.action },
  { key: "who", title: "Who", width: "minmax(7rem, 1fr)", cell: (one) => one.actor?.username ?? one.clientId },
  { key: "of", title: "Of", width: "minmax(8rem, 1fr)", cell: (one) => `${one.subjectKind} ${one.subjectId}` },
  { key: "from", title: "From", width: "8rem", cell: (one) => one.address },
  { key: "details", title: "Details", width: "minmax(9rem, 2fr)", cell: (one) => <span className="bh-mono">{JSON.stringify(one.details)}</span> },
];

const remoteColumns: Column<Remote>[] = [
  { key: "key", title: "Key", width: "minmax(10rem, 2fr)", cell: (one) => one.key },
  { key: "value", title: "Value", width: "minmax(10rem, 2fr)", cell: (one) => <span className="bh-mono">{JSON.stringify(one.value)}</span> },
  { key: "app", title: "App", width: "minmax(8rem, 1fr)", cell: (one) => one.app?.identifier ?? "all" },
  { key: "device", title: "Device", width: "minmax(8rem, 1fr)", cell: (one) => one.device?.name ?? one.device?.deviceId ?? "all" },
  { key: "version", title: "Version", width: "5rem", align: "end", cell: (one) => one.version },
  { key: "at", title: "Changed", width: "9rem", cell: (one) => <When at={one.changedAt} /> },
];

function Health() {
  const { t } = useTranslation();
  const health = useStore(healthStore);
  return (
    <Stack gap="xs">
      {SERVICES.map((service) => {
        const one = health[service];
        return (
          <div key={service} className="bh-card">
            <Group justify="space-between">
              <Text fw={600}>{service}</Text>
              <Badge state={one.state === "up" ? "done" : one.state === "away" ? "lost" : "queued"} word={one.state === "up" ? t("up") : one.state === "away" ? t("away") : t("asking")} />
            </Group>
            <Text size="sm" c="dimmed">{one.reason ?? t("{{state}} since {{when}}", { state: one.state, when: relative(one.since) })} · <Code>{healthPath(service)}</Code></Text>
          </div>
        );
      })}
    </Stack>
  );
}

function Trail() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const reading = useData("fakts", Audit, { filters: typed ? { search: typed } : null }, { poll: 10_000 });
  return (
    <Stack gap="sm">
      <TextInput id="filter" maw={320} label={t("Search")} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      <Panel service="fakts" reading={reading}>
        {({ auditEntries }) =>
          auditEntries.length === 0 ? (
            <Empty title={typed ? t("Nothing matches these filters.") : t("Nothing was written down yet.")} />
          ) : (
            <Table
              label={t("Audit trail")}
              rows={auditEntries}
              columns={auditColumns}
              rowKey={(one) => one.id}
              card={(one) => (
                <>
                  <Text size="sm" fw={500} className="bh-ellipsis">{one.action}</Text>
                  <Text size="xs" c="dimmed">{one.actor?.username ?? one.clientId} · <When at={one.at} /></Text>
                </>
              )}
            />
          )
        }
      </Panel>
    </Stack>
  );
}

function Remotes() {
  const { t } = useTranslation();
  const reading = useData("fakts", RemoteValues, {}, { poll: 15_000 });
  return (
    <Panel service="fakts" reading={reading}>
      {({ remoteValues }) => {
        const rows = remoteValues.filter((one) => !one.isRemoved);
        return rows.length === 0 ? (
          <Empty title={t("There are no remote values.")}>{t("Values set here are handed to apps when they log in.")}</Empty>
        ) : (
          <Table label={t("Remote values")} rows={rows} columns={remoteColumns} rowKey={(one) => one.id} card={(one) => <><Text size="sm" fw={500}>{one.key}</Text><Text size="xs" c="dimmed" className="bh-ellipsis">{JSON.stringify(one.value)}</Text></>} />
        );
      }}
    </Panel>
  );
}

export default function OpsPage() {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  return (
    <Page title={t("Operations")} about={t("How the parts are, and what was changed by whom.")}>
      <Tabs value={search["tab"] ?? "health"} onChange={(tab) => change({ tab: tab === "health" ? undefined : (tab ?? undefined) })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="health">{t("Health")}</Tabs.Tab>
          <Tabs.Tab value="audit">{t("Audit trail")}</Tabs.Tab>
          <Tabs.Tab value="values">{t("Remote values")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="health" pt="md"><Health /></Tabs.Panel>
        <Tabs.Panel value="audit" pt="md"><Trail /></Tabs.Panel>
        <Tabs.Panel value="values" pt="md"><Remotes /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}
