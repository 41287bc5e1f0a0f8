import { Button, Group, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useData, useFeed } from "~/api/hooks";
import { OrgLink } from "~/components/Link";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { PodFeed, Pods, Store, type PodRowFragment, type StoreQuery } from "~/gen/kabinet";
import { useFilters, useGo } from "~/lib/nav";
import type { TaskState } from "~/lib/taskstate";
import { Repositories } from "./Repositories";

const POD_STATES: Record<string, TaskState> = { PENDING: "queued", RUNNING: "done", STOPPING: "stopping", STOPPED: "cancelled", FAILED: "failed" };

/** The wire spells it without its last n. */
const WORDS: Record<string, string> = { UNKOWN: "unknown" };

export const PodBadge = ({ status }: { status: string }) => <Badge state={POD_STATES[status] ?? "unknown"} word={WORDS[status] ?? status.toLowerCase()} />;

interface Card {
  id: string;
  identifier: string;
  about: string;
  description: string;
  actions: string[];
}

/** Apps by their name, and while one searches also those that can do what is looked for. */
export function cardsOf({ apps, found, all }: Pick<StoreQuery, "apps" | "found" | "all">, searching: boolean): Card[] {
  const named = new Set(apps.map((app) => app.id));
  const able = new Map<string, string[]>();
  for (const action of searching ? found : []) for (const flavour of action.flavours) able.set(flavour.release.app.id, [...(able.get(flavour.release.app.id) ?? []), action.name]);
  return all
    .filter((app) => named.has(app.id) || able.has(app.id))
    .map(({ id, identifier, latest }) => {
      const actions = able.get(id) ?? latest?.flavours.flatMap((flavour) => flavour.definitions.map((action) => action.name)) ?? [];
      return { id, identifier, about: [latest?.version, latest?.author].filter(Boolean).join(" · "), description: latest?.description ?? "", actions: [...new Set(actions)].slice(0, 6) };
    });
}

function Apps() {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const [typed, setTyped] = useState(search["q"] ?? "");
  const [q] = useDebouncedValue(typed, 250);
  const reading = useData("kabinet", Store, { search: q || null }, { poll: 15_000 });
  return (
    <Stack>
      <TextInput
        id="filter"
        maw={360}
        label={t("Search")}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          change({ q: event.currentTarget.value });
        }}
      />
      <Panel service="kabinet" reading={reading}>
        {(data) => {
          const cards = cardsOf(data, q !== "");
          if (cards.length === 0 && q) return <Empty title={t("No app and no action has this name.")} action={<Button variant="default" onClick={() => { setTyped(""); change({ q: undefined }); }}>{t("Clear filters")}</Button>} />;
          if (cards.length === 0) return <Empty title={t("The store is empty.")} action={<Button variant="default" onClick={() => change({ tab: "repos" })}>{t("Add a repository")}</Button>}>{t("Apps come from repositories of images. Those that are followed are read every hour.")}</Empty>;
          return (
            <div className="bh-grid">
              {cards.map((card) => (
                <article key={card.id} className="bh-card">
                  <Text fw={600} className="bh-break"><OrgLink to={`/store/${card.id}`}>{card.identifier}</OrgLink></Text>
                  <Text size="xs" c="dimmed">{card.about}</Text>
                  <Text size="sm" mt={4} lineClamp={3}>{card.description}</Text>
                  <Text size="xs" c="dimmed" mt={4} lineClamp={2}>{card.actions.join(", ")}</Text>
                </article>
              ))}
            </div>
          );
        }}
      </Panel>
    </Stack>
  );
}

const podColumns: Column<PodRowFragment>[] = [
  { key: "state", title: "State", width: "8rem", cell: (pod) => <PodBadge status={pod.status} /> },
  { key: "app", title: "App", width: "minmax(10rem, 2fr)", cell: (pod) => pod.deployment.release.app.identifier },
  { key: "version", title: "Version", width: "6rem", cell: (pod) => pod.deployment.release.version },
  { key: "node", title: "Node", width: "minmax(8rem, 1fr)", cell: (pod) => pod.resource?.name ?? pod.backend.name },
  { key: "update", title: "Update", width: "8rem", cell: (pod) => pod.deployment.availableUpdate?.version ?? "" },
  { key: "changed", title: "Changed", width: "9rem", cell: (pod) => <When at={pod.updatedAt} /> },
];

function Installed() {
  const { t } = useTranslation();
  const go = useGo();
  const reading = useData("kabinet", Pods, {}, { poll: 15_000 });
  useFeed("kabinet", PodFeed, {}, reading.reload, reading.reload);
  return (
    <Panel service="kabinet" reading={reading}>
      {({ pods }) =>
        pods.length === 0 ? (
          <Empty title={t("Nothing is installed.")}>{t("What a deployer starts here shows up with its state and its log.")}</Empty>
        ) : (
          <Table
            label={t("Installed")}
            rows={pods}
            columns={podColumns}
            rowKey={(pod) => pod.id}
            onOpen={(pod) => go(`/store/installed/${pod.id}`)}
            card={(pod) => (
              <Group justify="space-between" wrap="nowrap">
                <Text size="sm" fw={500} className="bh-ellipsis">{pod.deployment.release.app.identifier}</Text>
                <PodBadge status={pod.status} />
              </Group>
            )}
          />
        )
      }
    </Panel>
  );
}

export default function StorePage() {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  return (
    <Page title={t("Store")} about={t("Apps that can be installed, and those that are.")}>
      <Tabs value={search["tab"] ?? "apps"} onChange={(tab) => change({ tab: tab === "apps" ? undefined : (tab ?? undefined) })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="apps">{t("Apps")}</Tabs.Tab>
          <Tabs.Tab value="installed">{t("Installed")}</Tabs.Tab>
          <Tabs.Tab value="repos">{t("Repositories")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="apps" pt="md"><Apps /></Tabs.Panel>
        <Tabs.Panel value="installed" pt="md"><Installed /></Tabs.Panel>
        <Tabs.Panel value="repos" pt="md"><Repositories /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}
