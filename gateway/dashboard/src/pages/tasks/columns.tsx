import { Group, Progress, Text } from "@mantine/core";
import { StateBadge } from "~/components/StateBadge";
import { When } from "~/components/When";
import type { Column } from "~/components/Table";
import type { TaskRowFragment } from "~/gen/rekuest";
import { duration } from "~/lib/format";
import { ENDED, stateOf } from "~/lib/taskstate";

export function took(task: TaskRowFragment): string {
  const end = task.finishedAt ?? (task.isDone ? task.updatedAt : null);
  return end ? duration(Date.parse(end) - Date.parse(task.createdAt)) : "";
}

export const callerName = (task: TaskRowFragment): string => task.caller?.client.release?.app.identifier ?? task.caller?.client.clientId ?? "";

function ProgressCell({ task }: { task: TaskRowFragment }) {
  const value = task.latestProgress;
  if (value === null || value === undefined || ENDED.has(stateOf(task.latestEventKind))) return null;
  return (
    <Group gap={6} wrap="nowrap">
      <Progress value={value} w={56} size="sm" aria-label={`${value} %`} />
      <Text size="xs" className="bh-num">{value} %</Text>
    </Group>
  );
}

export const taskColumns: Column<TaskRowFragment>[] = [
  { key: "state", title: "State", width: "7rem", cell: (task) => <StateBadge kind={task.latestEventKind} /> },
  { key: "action", title: "Action", width: "minmax(7rem, 1.5fr)", cell: (task) => task.action.name },
  { key: "agent", title: "Agent", width: "minmax(7rem, 2fr)", cell: (task) => task.agent?.name ?? "" },
  { key: "caller", title: "Caller", width: "minmax(6.5rem, 1fr)", cell: callerName },
  { key: "progress", title: "Progress", width: "6.5rem", cell: (task) => <ProgressCell task={task} /> },
  { key: "started", title: "Started", width: "7rem", cell: (task) => <When at={task.createdAt} /> },
  { key: "took", title: "Took", width: "4.5rem", align: "end", cell: took },
  { key: "message", title: "Message", width: "minmax(7rem, 2fr)", cell: (task) => task.latestMessage ?? "" },
];

export function TaskCard({ task }: { task: TaskRowFragment }) {
  return (
    <>
      <Group gap="xs" wrap="nowrap" justify="space-between">
        <Text size="sm" fw={500} className="bh-ellipsis">{task.action.name}</Text>
        <StateBadge kind={task.latestEventKind} />
      </Group>
      <Group gap="xs" wrap="nowrap" justify="space-between">
        <Text size="xs" c="dimmed" className="bh-ellipsis">{task.agent?.name ?? task.latestMessage ?? ""}</Text>
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}><When at={task.createdAt} /></Text>
      </Group>
    </>
  );
}
