import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { query, type Problem } from "~/api/client";
import { healthStore } from "~/api/health";
import { useData, useFeed, useSoon } from "~/api/hooks";
import { TaskCounts, TaskFeed, Tasks, type TaskFilter, type TaskRowFragment } from "~/gen/rekuest";
import { useStore } from "~/lib/store";
import { batch, later, merge } from "./rows";

const WINDOW = 200;
const GATHER_MS = 150;
/** A feed that says nothing must not be the only source: the window is asked again at times. */
const REREAD_MS = 30_000;

/** Counts for the rail. */
export function useLive(): { running: number; held: number } {
  const { data, reload } = useData("rekuest", TaskCounts, {}, { poll: REREAD_MS });
  const soon = useSoon(reload, 1000);
  useFeed("rekuest", TaskFeed, {}, soon, soon);
  return { running: data?.running.length ?? 0, held: data?.held.length ?? 0 };
}

export interface LiveTasks {
  rows: TaskRowFragment[];
  problem: Problem | undefined;
  loading: boolean;
  catchingUp: boolean;
  more: boolean;
  loadMore: () => void;
  reload: () => void;
}

/** The tasks of a filter, newest first, following every change. */
export function useLiveTasks(filters: TaskFilter): LiveTasks {
  const key = JSON.stringify(filters);
  const epoch = useStore(healthStore).rekuest.epoch;
  const [held, setHeld] = useState<ReadonlyMap<string, TaskRowFragment>>(new Map());
  const [shown, setShown] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const [limit, setLimit] = useState(WINDOW);
  const [full, setFull] = useState(false);
  const [catchingUp, setCatchingUp] = useState(false);
  const [turn, setTurn] = useState(0);
  const asked = useRef(0);

  useEffect(() => setLimit(WINDOW), [key]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  useEffect(() => {
    const mine = ++asked.current;
    setCatchingUp(true);
    void query("rekuest", Tasks, { filters, ordering: [{ createdAt: "DESC" }], pagination: { limit, offset: 0 } }).then((answer) => {
      if (mine !== asked.current) return;
      setCatchingUp(false);
      setProblem(answer.problem);
      if (!answer.data) return;
      const rows = answer.data.tasks;
      setFull(rows.length >= limit);
      setShown(key);
      setHeld((before) => {
        // The answer is the window; of rows in both the newer wins, for the feed may be ahead.
        const read = new Map(rows.map((row) => [row.id, row] as const));
        const kept = [...before.values()].filter((row) => read.has(row.id));
        return merge(read, kept);
      });
    });
  }, [key, limit, turn, epoch]);

  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, REREAD_MS);
    return () => clearInterval(timer);
  }, [reload]);

  const changes = useMemo(
    () =>
      batch<string>((ids) => {
        const wanted = [...new Set(ids)];
        void query("rekuest", Tasks, {
          filters: { AND: filters, ids: wanted },
          ordering: [],
          pagination: { limit: wanted.length, offset: 0 },
        }).then(({ data }) => {
          if (data) setHeld((before) => merge(before, data.tasks));
          // Rows that left the filter are read as they are now, and stay until the next turn.
          const found = new Set(data?.tasks.map((row) => row.id));
          const left = wanted.filter((id) => !found.has(id));
          if (left.length > 0) {
            void query("rekuest", Tasks, { filters: { ids: left }, ordering: [], pagination: { limit: left.length, offset: 0 } }).then((answer) => {
              setHeld((before) => merge(before, answer.data?.tasks.filter((row) => before.has(row.id)) ?? []));
            });
          }
        });
      }, later(GATHER_MS)),
    [key],
  );
  useEffect(() => () => changes.stop(), [changes]);
  useFeed(
    "rekuest",
    TaskFeed,
    {},
    (data) => {
      const change = data.tasks;
      const id = change.create?.id ?? change.event?.task;
      if (id) changes.add(id);
    },
    reload,
  );

  const rows = useMemo(
    () => [...held.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt) || Number(b.id) - Number(a.id)),
    [held],
  );
  const current = shown === key;
  return {
    rows: current ? rows : [],
    problem,
    loading: !current && !problem,
    catchingUp: catchingUp && current,
    more: full,
    loadMore: () => setLimit((before) => before + WINDOW),
    reload,
  };
}
