import { useEffect, useRef, useState } from "react";
import { boundsOf, numbersOf, transposed, type Bounds, type Numbers } from "./channels";
import { picture } from "./picture";
import { planeOf, rawPath, type Level, type Window } from "./region";

export interface Plane {
  values: Numbers;
  /** All there is, and what is worth showing. */
  all: Bounds;
  auto: Bounds;
}

export interface Planes {
  key: string;
  window: Window;
  width: number;
  height: number;
  channels: ReadonlyMap<number, Plane>;
}

export interface Wanted {
  id: string;
  axes: readonly string[];
  levels: readonly Level[];
  window: Window;
  at: Readonly<Record<string, number>>;
  channelAxis: string | null;
  /** Numbers of the channels that are on. */
  channels: readonly number[];
}

async function refusal(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { error_description?: string; message?: string } | null;
  return body?.error_description ?? body?.message ?? `HTTP ${answer.status}`;
}

async function planeAt(path: string, turned: boolean, signal: AbortSignal): Promise<{ plane: Plane; width: number; height: number }> {
  const answer = await picture(path, signal);
  if (!answer.ok) throw new Error(await refusal(answer));
  const shape = JSON.parse(answer.headers.get("mikro-shape") ?? "[1,1]") as number[];
  const [first, second] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const [height, width] = turned ? [second, first] : [first, second];
  let values = numbersOf(await answer.arrayBuffer(), answer.headers.get("mikro-dtype") ?? "");
  if (turned) values = transposed(values, width, height);
  return { plane: { values, ...boundsOf(values) }, width, height };
}

/** Read the channels that are on; what was read stays on the screen until the next is there. */
async function planesOf(wanted: Wanted, signal: AbortSignal): Promise<Planes> {
  const [rows, columns] = planeOf(wanted.axes);
  const turned = wanted.axes.indexOf(rows) > wanted.axes.indexOf(columns);
  const read = await Promise.all(
    wanted.channels.map(async (channel) => {
      const at = wanted.channelAxis === null ? wanted.at : { ...wanted.at, [wanted.channelAxis]: channel };
      return [channel, await planeAt(rawPath(wanted.id, wanted.axes, wanted.levels, wanted.window, at), turned, signal)] as const;
    }),
  );
  const { window } = wanted;
  const size = read[0]?.[1] ?? { width: window.columns[1] - window.columns[0], height: window.rows[1] - window.rows[0] };
  return { key: keyOf(wanted), window, width: size.width, height: size.height, channels: new Map(read.map(([channel, { plane }]) => [channel, plane])) };
}

const keyOf = (wanted: Wanted): string => JSON.stringify([wanted.id, wanted.window, wanted.at, wanted.channels]);

export function usePlanes(wanted: Wanted | null): { planes: Planes | null; problem: string | null; busy: boolean } {
  const [state, setState] = useState<{ planes: Planes | null; problem: string | null; busy: boolean }>({ planes: null, problem: null, busy: true });
  const now = useRef(wanted);
  now.current = wanted;
  const key = wanted ? keyOf(wanted) : null;
  useEffect(() => {
    const asked = now.current;
    if (key === null || !asked) return;
    const stop = new AbortController();
    setState((before) => ({ ...before, busy: true }));
    planesOf(asked, stop.signal)
      .then((planes) => setState({ planes, problem: null, busy: false }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setState((before) => ({ ...before, busy: false, problem: error instanceof Error ? error.message : String(error) }));
      });
    return () => stop.abort();
  }, [key]);
  return state;
}
