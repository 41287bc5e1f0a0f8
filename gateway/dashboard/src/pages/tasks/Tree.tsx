import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { OrgLink } from "~/components/Link";
import { Empty, Panel } from "~/components/Panel";
import { StateBadge } from "~/components/StateBadge";
import { TaskChildren, type TaskRowFragment } from "~/gen/rekuest";
import { placed } from "~/lib/tree";
import { took } from "./columns";

/** Everything that was begun by the same first task, as an indented list with bars of time. */
export function Tree({ task }: { task: TaskRowFragment; onChanged: () => void }) {
  const { t } = useTranslation();
  const root = task.root?.id ?? task.id;
  const reading = useData("rekuest", TaskChildren, { id: root }, { poll: 3000 });
  return (
    <Panel service="rekuest" reading={reading}>
      {(data) => {
        const rows = [...(data.task ? [data.task] : []), ...data.tasks.filter((row) => row.id !== root)];
        if (rows.length < 2) return <Empty title={t("It began no other tasks.")} />;
        const begin = Math.min(...rows.map((row) => Date.parse(row.createdAt)));
        const end = Math.max(...rows.map((row) => Date.parse(row.finishedAt ?? row.updatedAt)), begin + 1);
        return (
          <div role="tree" aria-label={t("Tree")}>
            {placed(root, rows).map(({ node, depth }) => {
              const from = ((Date.parse(node.createdAt) - begin) / (end - begin)) * 100;
              const to = ((Date.parse(node.finishedAt ?? node.updatedAt) - begin) / (end - begin)) * 100;
              return (
                <div key={node.id} role="treeitem" aria-level={depth + 1} aria-selected={node.id === task.id} style={{ paddingLeft: depth * 20, borderBottom: "1px solid var(--bh-border)", paddingBlock: 6 }}>
                  <Group gap="sm" wrap="nowrap" justify="space-between">
                    <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
                      <StateBadge kind={node.latestEventKind} />
                      <OrgLink to={`/tasks/${node.id}?tab=tree`} className="bh-ellipsis">{node.action.name}</OrgLink>
                    </Group>
                    <Text size="xs" c="dimmed" className="bh-num" style={{ whiteSpace: "nowrap" }}>{took(node)}</Text>
                  </Group>
                  <div aria-hidden style={{ height: 4, marginTop: 4, position: "relative", background: "var(--bh-sunken)" }}>
                    <div style={{ position: "absolute", height: 4, left: `${from}%`, width: `${Math.max(0.5, to - from)}%`, background: "var(--mantine-color-anchor)" }} />
                  </div>
                </div>
              );
            })}
          </div>
        );
      }}
    </Panel>
  );
}
