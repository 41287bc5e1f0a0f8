import { Button, Group, Select, Switch, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { OnlineBadge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { Actions, type ActionFilter, type ActionsQuery, type PortDemandInput } from "~/gen/rekuest";
import { useFilters, useGo } from "~/lib/nav";
import type { Search } from "~/lib/search";

type Row = ActionsQuery["actions"][number];

/** The filters of the address as the service understands them. */
export function actionFilter(search: Search): ActionFilter {
  const demand = (kind: "ARGS" | "RETURNS", identifier: string | undefined): PortDemandInput[] =>
    identifier ? [{ kind, matches: [{ kind: "STRUCTURE", identifier }] }] : [];
  const demands = [...demand("ARGS", search["takes"]), ...demand("RETURNS", search["returns"])];
  return {
    ...(search["q"] ? { search: search["q"] } : {}),
    ...(search["app"] ? { appIdentifier: search["app"] } : {}),
    ...(search["online"] === "1" ? { assignable: true } : {}),
    ...(demands.length > 0 ? { demands } : {}),
  };
}

const ports = (list: Row["args"]): string => list.map((port) => port.identifier ?? port.kind.toLowerCase()).join(", ");

const columns: Column<Row>[] = [
  { key: "name", title: "Action", width: "minmax(10rem, 1.5fr)", cell: (row) => row.name },
  { key: "about", title: "What it does", width: "minmax(10rem, 2.5fr)", cell: (row) => row.description ?? "" },
  { key: "app", title: "App", width: "minmax(12rem, 1.5fr)", cell: (row) => row.app.identifier },
  { key: "takes", title: "Takes", width: "minmax(7rem, 1fr)", cell: (row) => ports(row.args) },
  { key: "returns", title: "Returns", width: "minmax(7rem, 1fr)", cell: (row) => ports(row.returns) },
  { key: "online", title: "Runs now", width: "7rem", cell: (row) => <OnlineBadge online={row.liveImplementations > 0} /> },
];

export default function ActionsPage() {
  const { t } = useTranslation();
  const go = useGo();
  const [search, change] = useFilters();
  const [typed, setTyped] = useState(search["q"] ?? "");
  const later = useDebouncedCallback((q: string) => change({ q }), 250);
  const filters = useMemo(() => actionFilter(search), [search]);
  const reading = useData("rekuest", Actions, { filters, ordering: [], pagination: { limit: 500, offset: 0 } }, { poll: 10_000 });
  const everything = useData("rekuest", Actions, { filters: null, ordering: [], pagination: { limit: 500, offset: 0 } });
  const identifiers = useMemo(
    () => [...new Set(everything.data?.actions.flatMap((row) => [...row.args, ...row.returns].map((port) => port.identifier)).filter((one): one is string => Boolean(one)) ?? [])].sort(),
    [everything.data],
  );
  const filtered = Object.keys(filters).length > 0;
  return (
    <Page title={t("Actions")} about={t("What the apps of this organization can do.")}>
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
        <Select label={t("Takes")} placeholder={t("anything")} clearable searchable data={identifiers} value={search["takes"] ?? null} onChange={(takes) => change({ takes: takes ?? undefined })} />
        <Select label={t("Returns")} placeholder={t("anything")} clearable searchable data={identifiers} value={search["returns"] ?? null} onChange={(returns) => change({ returns: returns ?? undefined })} />
        <Switch mb={8} label={t("runs now")} checked={search["online"] === "1"} onChange={(event) => change({ online: event.currentTarget.checked ? "1" : undefined })} />
      </Group>
      <Panel service="rekuest" reading={reading} rows={8}>
        {({ actions }) =>
          actions.length === 0 ? (
            filtered ? (
              <Empty
                title={t("Nothing matches these filters.")}
                action={<Button variant="default" onClick={() => { setTyped(""); change({ q: undefined, takes: undefined, returns: undefined, online: undefined, app: undefined }); }}>{t("Clear filters")}</Button>}
              />
            ) : (
              <Empty title={t("No app has offered an action yet.")} action={<Button onClick={() => go("/store")}>{t("Open the store")}</Button>}>
                {t("Install one from the store, or start your own.")}
              </Empty>
            )
          ) : (
            <Table
              label={t("Actions")}
              rows={actions}
              columns={columns}
              rowKey={(row) => row.id}
              onOpen={(row) => go(`/actions/${row.id}`)}
              card={(row) => (
                <>
                  <Group justify="space-between" wrap="nowrap">
                    <Text size="sm" fw={500} className="bh-ellipsis">{row.name}</Text>
                    <OnlineBadge online={row.liveImplementations > 0} />
                  </Group>
                  <Text size="xs" c="dimmed" className="bh-ellipsis">{row.description || row.app.identifier}</Text>
                </>
              )}
            />
          )
        }
      </Panel>
    </Page>
  );
}
