import type { FindDataQuery } from "~/gen/mikro";
import type { FindWorkQuery } from "~/gen/rekuest";

export interface Found {
  to: string;
  name: string;
  kind: string;
}

interface Named {
  id: string;
  name: string;
}

const all = (rows: readonly Named[] | undefined, kind: string, to: (row: Named) => string): Found[] => (rows ?? []).map((row) => ({ kind, name: row.name, to: to(row) }));

/** What may be meant by what was typed, nearest first: places, then a task by number, then what the services found. */
export function foundIn(typed: string, places: readonly { to: string; title: string }[], work: FindWorkQuery | undefined, data: FindDataQuery | undefined): Found[] {
  const words = typed.trim().toLowerCase();
  const task = /^#?(\d{1,18})$/.exec(words);
  return [
    ...(task ? [{ kind: "task", name: `#${task[1]}`, to: `/tasks/${task[1]}` }] : []),
    ...places.filter(({ title }) => title.toLowerCase().includes(words)).map(({ to, title }) => ({ kind: "place", name: title, to })),
    ...all(work?.actions, "action", ({ id }) => `/actions/${id}`),
    ...(work?.shortcuts ?? []).map((one) => ({ kind: "preset", name: `${one.name} · ${one.action.name}`, to: `/actions/${one.action.id}?preset=${one.id}` })),
    ...all(work?.agents, "agent", ({ id }) => `/agents/${id}`),
    ...all(data?.folders, "folder", ({ id }) => `/data/f/${id}`),
    ...all(data?.arrayDatasets, "image or array", ({ id }) => `/data/array/${id}`),
    ...all(data?.files, "file", ({ id }) => `/data/file/${id}`),
    ...all(data?.tableDatasets, "table", ({ id }) => `/data/table/${id}`),
  ];
}
