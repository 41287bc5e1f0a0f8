import { Button, Group, Modal, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData, useFeed } from "~/api/hooks";
import { confirm } from "~/components/Confirm";
import { OrgLink } from "~/components/Link";
import { attempt } from "~/components/notify";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Badge, OnlineBadge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { ImportRepo, PodFeed, Pods, RemoveRepo, Store, type PodRowFragment, type StoreQuery } from "~/gen/kabinet";
import { useFilters, useGo } from "~/lib/nav";
import type { TaskState } from "~/lib/taskstate";

const POD_STATES: Record<string, TaskState> = { PENDING: "queued", RUNNING: "done", STOPPING: "stopping", STOPPED: "cancelled", FAILED: "failed" };

export const PodBadge = ({ status }: { status: string }) => <Badge state={POD_STATES[status] ?? "unknown"} word={status.toLowerCase()} />;

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
        {({ apps }) =>
          apps.length === 0 ? (
            <Empty title={q ? t("No app has this name.") : t("The store is empty.")}>{t("Add a repository of images under Repositories; its apps show up here.")}</Empty>
          ) : (
            <div className="bh-grid">
              {apps.map((app) => {
                const actions = app.latest?.flavours.flatMap((flavour) => flavour.definitions) ?? [];
                return (
                  <article key={app.id} className="bh-card">
                    <Text fw={600} className="bh-break"><OrgLink to={`/store/${app.id}`}>{app.identifier}</OrgLink></Text>
                    <Text size="xs" c="dimmed">{[app.latest?.version, app.latest?.author].filter(Boolean).join(" · ")}</Text>
                    <Text size="sm" mt={4} lineClamp={3}>{app.latest?.description}</Text>
                    <Text size="xs" c="dimmed" mt={4} lineClamp={2}>{[...new Set(actions.map((action) => action.name))].slice(0, 6).join(", ")}</Text>
                  </article>
                );
              })}
            </div>
          )
        }
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

type Repo = StoreQuery["ociRepos"][number];

function Repositories() {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const [reference, setReference] = useState("");
  const reading = useData("kabinet", Store, { search: null }, { poll: 5000 });
  const add = async (): Promise<void> => {
    if (await attempt(mutate("kabinet", ImportRepo, { input: { reference: reference.trim() } }))) {
      setAdding(false);
      setReference("");
      reading.reload();
    }
  };
  const remove = async (repo: Repo): Promise<void> => {
    const ok = await confirm({ title: t("Remove {{name}}?", { name: repo.name }), body: t("Its apps leave the store. What is installed keeps running."), deed: t("Remove {{name}}", { name: repo.name }), danger: true });
    if (ok && (await attempt(mutate("kabinet", RemoveRepo, { input: { id: repo.id } })))) reading.reload();
  };
  return (
    <Stack>
      <Group><Button onClick={() => setAdding(true)}>{t("Add a repository")}</Button></Group>
      <Modal opened={adding} onClose={() => setAdding(false)} title={t("Add a repository")} closeButtonProps={{ "aria-label": t("Close") }}>
        <form onSubmit={(event) => { event.preventDefault(); void add(); }}>
          <Stack>
            <TextInput data-autofocus label={t("Reference")} description={t("As in registry.example.org/lab/segment")} value={reference} onChange={(event) => setReference(event.currentTarget.value)} />
            <Button type="submit" disabled={!reference.trim()}>{t("Add it")}</Button>
          </Stack>
        </form>
      </Modal>
      <Panel service="kabinet" reading={reading}>
        {({ ociRepos, backends }) => (
          <Stack>
            {ociRepos.length === 0 ? <Empty title={t("No repository is known.")} /> : null}
            {ociRepos.map((repo) => (
              <div key={repo.id} className="bh-card">
                <Group justify="space-between">
                  <div style={{ minWidth: 0 }}>
                    <Text fw={600} className="bh-break">{repo.reference}</Text>
                    <Text size="sm" c="dimmed">{repo.state.toLowerCase().replaceAll("_", " ")} · <When at={repo.scannedAt} /></Text>
                    {repo.lastError ? <Text size="sm" c="var(--mantine-color-error)">{repo.lastError}</Text> : null}
                  </div>
                  <Button size="xs" variant="default" onClick={() => void remove(repo)}>{t("Remove")}</Button>
                </Group>
              </div>
            ))}
            <Text fw={600}>{t("Where apps can run")}</Text>
            {backends.length === 0 ? <Text size="sm" c="dimmed">{t("No deployer is connected. It is an app that starts containers on its machine.")}</Text> : null}
            {backends.map((backend) => (
              <Group key={backend.id} justify="space-between">
                <Text size="sm">{backend.name} · {backend.kind}</Text>
                <OnlineBadge online={backend.isOnline} />
              </Group>
            ))}
          </Stack>
        )}
      </Panel>
    </Stack>
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
