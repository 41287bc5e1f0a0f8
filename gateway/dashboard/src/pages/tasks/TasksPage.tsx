import { Button, Chip, Group, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "~/components/Page";
import { Away, Empty, Loading, Trouble } from "~/components/Panel";
import { Table } from "~/components/Table";
import type { TaskEventKind, TaskFilter, TaskRowFragment } from "~/gen/rekuest";
import { useLiveTasks } from "~/live/tasks";
import { healthStore } from "~/api/health";
import { many, type Search } from "~/lib/search";
import { useFilters, useGo } from "~/lib/nav";
import { useStore } from "~/lib/store";
import { FILTERS, allowed, type Command } from "~/lib/taskstate";
import { LABELS, command } from "./commands";
import { TaskCard, taskColumns } from "./columns";

/** The filters of the address as the service understands them. */
export function filterOf(search: Search): TaskFilter {
  const states = many(search["state"]).flatMap((name) => FILTERS[name] ?? []) as TaskEventKind[];
  return {
    ...(states.length > 0 ? { state: states } : {}),
    ...(search["action"] ? { action: search["action"] } : {}),
    ...(search["agent"] ? { agent: search["agent"] } : {}),
    ...(search["root"] ? { root: search["root"] } : {}),
    ...(search["top"] ? { rootIsnull: true } : {}),
    ...(search["after"] ? { createdAfter: search["after"] } : {}),
    ...(search["before"] ? { createdBefore: search["before"] } : {}),
  };
}

/** Whether a row still belongs under the filter; one that left stays for a while, dimmed. */
export function fits(task: TaskRowFragment, filter: TaskFilter): boolean {
  return !filter.state || filter.state.includes(task.latestEventKind);
}

const NONE: ReadonlySet<string> = new Set();

export default function TasksPage() {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const go = useGo();
  const away = useStore(healthStore).rekuest.state === "away";
  const filter = useMemo(() => filterOf(search), [search]);
  const live = useLiveTasks(filter);
  const [selected, setSelected] = useState<ReadonlySet<string>>(NONE);
  const chosen = live.rows.filter((row) => selected.has(row.id));
  const can = (what: Command) => chosen.filter((row) => allowed(row.latestEventKind).includes(what));
  const filtered = Object.keys(filter).length > 0;
  const states = many(search["state"]);

  return (
    <Page
      title={t("Tasks")}
      about={live.catchingUp ? t("Catching up") : t("Everything apps were asked to do, newest first.")}
    >
      <Group gap="xs" role="group" aria-label={t("Filter by state")}>
        <Chip.Group multiple value={states} onChange={(next: string[]) => change({ state: next.join(",") })}>
          {Object.keys(FILTERS).map((name, index) => (
            <Chip key={name} value={name} size="xs" variant="outline" {...(index === 0 ? { id: "filter" } : {})}>
              {t(name === "held" ? "needs approval" : name)}
            </Chip>
          ))}
        </Chip.Group>
        <Chip size="xs" variant="outline" checked={search["top"] === "1"} onChange={(on) => change({ top: on ? "1" : undefined })}>
          {t("only what people or apps began")}
        </Chip>
        {filtered ? (
          <Button size="compact-xs" variant="default" onClick={() => change(Object.fromEntries(Object.keys(search).map((key) => [key, undefined])))}>
            {t("Clear filters")}
          </Button>
        ) : null}
      </Group>
      {selected.size > 0 ? (
        <Group gap="xs" role="toolbar" aria-label={t("What to do with the selected")}>
          <Text size="sm">{t("{{count}} selected", { count: selected.size })}</Text>
          {(["pause", "resume", "cancel", "interrupt"] as Command[]).map((what) => (
            <Button key={what} size="compact-sm" variant="default" disabled={can(what).length === 0} onClick={() => void command(what, can(what)).then((done) => done && setSelected(NONE))}>
              {t(LABELS[what])}
            </Button>
          ))}
          <Button size="compact-sm" variant="default" onClick={() => setSelected(NONE)}>{t("Select none")}</Button>
        </Group>
      ) : null}
      {away ? <Away service="rekuest" /> : null}
      {live.problem && !live.problem.away ? <Trouble problem={live.problem} onRetry={live.reload} /> : null}
      {live.loading && !away ? <Loading rows={8} /> : null}
      {!live.loading && live.rows.length === 0 && !live.problem ? (
        filtered ? (
          <Empty title={t("Nothing matches these filters.")} />
        ) : (
          <Empty title={t("No tasks yet.")} action={<Button onClick={() => go("/actions")}>{t("Find an action to run")}</Button>}>
            {t("A task is one run of an action. Run one to see it here.")}
          </Empty>
        )
      ) : null}
      {live.rows.length > 0 ? (
        <Stack gap="xs">
          <Table
            label={t("Tasks")}
            rows={live.rows}
            columns={taskColumns}
            rowKey={(task) => task.id}
            card={(task) => <TaskCard task={task} />}
            onOpen={(task) => go(`/tasks/${task.id}`)}
            selected={selected}
            onSelect={setSelected}
            dimmed={(task) => !fits(task, filter)}
            onKey={(key, task) => {
              if (key !== "c" || !allowed(task.latestEventKind).includes("cancel")) return false;
              void command("cancel", [task]);
              return true;
            }}
          />
          {live.more ? <Button variant="default" style={{ alignSelf: "center" }} onClick={live.loadMore}>{t("Show older tasks")}</Button> : null}
        </Stack>
      ) : null}
    </Page>
  );
}

