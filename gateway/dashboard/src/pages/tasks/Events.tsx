import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { query } from "~/api/client";
import { Empty } from "~/components/Panel";
import { StateBadge } from "~/components/StateBadge";
import { TaskEvents, type ReturnTreeFragment, type TaskEventsQuery } from "~/gen/rekuest";
import { exact } from "~/lib/format";
import { Value } from "~/ports/Value";
import classes from "./Events.module.css";

export type TaskEventRow = NonNullable<TaskEventsQuery["task"]>["events"][number];

const PAGE = 500;

/** The events of a task, null until some were read: after each change those behind the ones held are read. */
export function useEvents(id: string, revision: number): TaskEventRow[] | null {
  const [events, setEvents] = useState<TaskEventRow[] | null>(null);
  const held = useRef<{ id: string; events: TaskEventRow[] }>({ id, events: [] });
  useEffect(() => {
    if (held.current.id !== id) {
      held.current = { id, events: [] };
      setEvents(null);
    }
    let live = true;
    const read = async (): Promise<void> => {
      for (;;) {
        const offset = held.current.events.length;
        const { data } = await query("rekuest", TaskEvents, { id, pagination: { offset, limit: PAGE } });
        if (!live) return;
        const rows = data?.task?.events ?? [];
        if (rows.length === 0) return setEvents((before) => before ?? (data ? [] : null));
        const known = new Set(held.current.events.map((event) => event.id));
        held.current = { id, events: [...held.current.events, ...rows.filter((row) => !known.has(row.id))] };
        setEvents(held.current.events);
        if (rows.length < PAGE) return;
      }
    };
    void read();
    return () => {
      live = false;
    };
  }, [id, revision]);
  return events;
}

const RANK: Record<string, number> = { DEBUG: 0, INFO: 1, WARN: 2, WARNING: 2, ERROR: 3, CRITICAL: 3 };
const SHOWN_MOST = 2000;

export function Logs({ events }: { events: TaskEventRow[] }) {
  const { t } = useTranslation();
  const [level, setLevel] = useState("DEBUG");
  const [follow, setFollow] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const lines = events.filter((event) => event.kind === "LOG" || event.message).filter((event) => (RANK[event.level] ?? 1) >= (RANK[level] ?? 0));
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, lines.length]);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <SegmentedControl size="xs" aria-label={t("Least level")} value={level} onChange={setLevel} data={["DEBUG", "INFO", "WARN", "ERROR"].map((value) => ({ value, label: value.toLowerCase() }))} />
        <Button size="xs" variant={follow ? "filled" : "default"} aria-pressed={follow} onClick={() => setFollow(!follow)}>{t("Follow")}</Button>
      </Group>
      {lines.length === 0 ? <Empty title={t("No log lines.")}>{t("What the app writes with task.log appears here as it comes.")}</Empty> : null}
      <div
        ref={box}
        className={classes.log}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t("Log")}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          if (scrollHeight - scrollTop - clientHeight > 40) setFollow(false);
        }}
      >
        {lines.slice(-SHOWN_MOST).map((event) => (
          <div key={event.id} className={classes.line} data-level={event.level}>
            <time dateTime={event.createdAt} title={exact(event.createdAt)}>{event.createdAt.slice(11, 23)}</time>
            <span>{event.level.toLowerCase()}</span>
            <span className={classes.text}>{event.message ?? ""}</span>
          </div>
        ))}
      </div>
    </Stack>
  );
}

export function Timeline({ events }: { events: TaskEventRow[] }) {
  const { t } = useTranslation();
  const shown = events.filter((event) => event.kind !== "LOG");
  if (shown.length === 0) return <Empty title={t("Nothing has happened yet.")} />;
  return (
    <ol className={classes.timeline} aria-label={t("Timeline")}>
      {shown.slice(-SHOWN_MOST).map((event) => (
        <li key={event.id}>
          <time dateTime={event.createdAt} title={exact(event.createdAt)} className="bh-mono">{event.createdAt.slice(11, 23)}</time>
          <StateBadge kind={event.kind} />
          <span className="bh-break">{[event.progress === null ? null : `${event.progress} %`, event.message].filter(Boolean).join(" ")}</span>
        </li>
      ))}
    </ol>
  );
}

/** What a task yielded before its last result, newest first. */
export function Yields({ events, ports }: { events: TaskEventRow[]; ports: ReturnTreeFragment[] }) {
  const { t } = useTranslation();
  const found = events.filter((event) => event.kind === "YIELD");
  if (found.length < 2) return null;
  const earlier = found.slice(0, -1).reverse();
  return (
    <div>
      <Text size="xs" c="dimmed" mb={4}>{t("Earlier results")}</Text>
      <div className={classes.strip} tabIndex={0} role="list" aria-label={t("Earlier results")}>
        {earlier.slice(0, 100).map((event) => (
          <div key={event.id} role="listitem" className="bh-card">
            {ports.map((port) => (
              <Value key={port.key} port={port} value={(event.returns as Record<string, unknown> | null)?.[port.key]} small />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
