import { Button, Checkbox, Group, Select, Slider, Stack, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useDebouncedCallback, useDebouncedValue } from "@mantine/hooks";
import { Suspense, lazy, useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData, useFeed, useSoon } from "~/api/hooks";
import { ShapeChanges, Shapes as ShapesDocument, type ArrayPageQuery } from "~/gen/mikro";
import { useFilters } from "~/lib/nav";
import type { Search } from "~/lib/search";
import { channelsFrom, channelsTo, type Bounds, type Channel, type Layer } from "./channels";
import { ChannelControl } from "./Channels";
import { usePlanes, type Planes } from "./planes";
import { cutsOf, keptLook, planeOf, sizeOf, wholeLook, windowOf, type Look, type Size } from "./region";
import { Shapes } from "./Shapes";
import { Stage } from "./Stage";
import classes from "./ArrayPage.module.css";

type Dataset = ArrayPageQuery["arrayDataset"];
const Drawing = lazy(() => import("./Drawing"));
/** More channels than this are walked through by a slider like any other axis. */
const CHANNELS_MOST = 12;
const NOWHERE: Size = { width: 0, height: 0 };

function channelAxisOf(dataset: Dataset): string | null {
  const typed = dataset.intrinsicSystem?.axes.find((axis) => axis.type === "CHANNEL")?.name;
  const name = typed ?? (dataset.axisNames.includes("c") ? "c" : null);
  const plane: readonly string[] = planeOf(dataset.axisNames);
  const count = name === null ? 0 : (dataset.shape[dataset.axisNames.indexOf(name)] ?? 0);
  return name !== null && !plane.includes(name) && count >= 1 && count <= CHANNELS_MOST ? name : null;
}

const lookFrom = (search: Search): Look | null => {
  const [x, y, scale] = (search["at"] ?? "").split(",").map(Number);
  return x !== undefined && y !== undefined && scale ? { x, y, scale } : null;
};
const lookTo = (look: Look | null): string | undefined => (look ? [look.x, look.y, look.scale].map((one) => Number(one.toPrecision(6))).join(",") : undefined);

/** What is seen, kept here while it moves and put into the address when it rests. */
function useView(dataset: Dataset, channelAxis: string | null) {
  const [search, change] = useFilters();
  const count = channelAxis ? (dataset.shape[dataset.axisNames.indexOf(channelAxis)] ?? 1) : 1;
  const [cuts, setCuts] = useState(() => cutsOf(dataset.axisNames, dataset.shape, search, channelAxis));
  const [channels, setChannels] = useState(() => channelsFrom(search, count));
  const [look, setLook] = useState(() => lookFrom(search));
  const waiting = useRef<Search>({});
  const rest = useDebouncedCallback(() => {
    change(waiting.current);
    waiting.current = {};
  }, 300);
  const later = (changes: Search): void => {
    Object.assign(waiting.current, changes);
    rest();
  };
  return {
    cuts,
    channels,
    look,
    forced: search["level"] !== undefined && search["level"] !== "" ? Number(search["level"]) : null,
    force: (level: string | null) => change({ level: level || undefined }),
    cut: (axis: string, at: number) => {
      setCuts((before) => ({ ...before, [axis]: at }));
      later({ [axis]: String(at) });
    },
    channel: (index: number, changes: Partial<Channel>) => {
      const next = channels.map((one, place) => (place === index ? { ...one, ...changes } : one));
      setChannels(next);
      later(channelsTo(next));
    },
    see: (next: Look | null) => {
      setLook(next);
      later({ at: lookTo(next) });
    },
  };
}

/** Bounds that stay while one goes through planes, so that brightness can be compared. */
function useBounds(planes: Planes | null, channels: readonly Channel[]): Bounds[] {
  const first = useRef(new Map<number, Bounds>());
  return useMemo(() => {
    for (const [index, plane] of planes?.channels ?? []) if (!first.current.has(index)) first.current.set(index, plane.auto);
    return channels.map((one, index) => {
      const usual = first.current.get(index) ?? { min: 0, max: 1 };
      return { min: one.min ?? usual.min, max: one.max ?? usual.max };
    });
  }, [planes, channels]);
}

function valuesAt(planes: Planes | null, factor: { x: number; y: number }, at: { x: number; y: number }): string {
  if (!planes) return "";
  const column = Math.floor(at.x / factor.x) - planes.window.columns[0];
  const row = Math.floor(at.y / factor.y) - planes.window.rows[0];
  if (column < 0 || row < 0 || column >= planes.width || row >= planes.height) return "";
  return [...planes.channels.values()].map((plane) => String(plane.values[row * planes.width + column])).join(" | ");
}

export function Viewer({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const axes = dataset.axisNames;
  const levels = dataset.dataArrays;
  const channelAxis = channelAxisOf(dataset);
  const view = useView(dataset, channelAxis);
  const [stage, setStage] = useState<Size>(NOWHERE);
  const [point, setPoint] = useState<{ x: number; y: number } | null>(null);
  const [drawnOn, setDrawnOn] = useState(true);
  const onSize = useCallback((size: Size) => setStage(size), []);
  const plane = planeOf(axes);
  const image = sizeOf(axes, dataset.shape);
  const look = view.look ? keptLook(view.look, image, stage) : wholeLook(image, stage);
  const window = windowOf(axes, levels, look, stage, view.forced);
  const on = view.channels.flatMap((one, index) => (one.on ? [index] : []));
  const wanted = { id: dataset.id, axes, levels, window, at: view.cuts, channelAxis, channels: on };
  const [settled] = useDebouncedValue(JSON.stringify(wanted), 80);
  const asked = useMemo(() => JSON.parse(settled) as typeof wanted, [settled]);
  const { planes, problem, busy } = usePlanes(stage.width > 0 && asked.id === dataset.id ? asked : null);
  const bounds = useBounds(planes, view.channels);
  const layers = useMemo(
    () => view.channels.flatMap((one, index): Layer[] => {
      const found = planes?.channels.get(index);
      return one.on && found ? [{ values: found.values, bounds: bounds[index] ?? found.auto, colour: one.colour }] : [];
    }),
    [planes, view.channels, bounds],
  );
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const [drawing, setDrawing] = useState(false);
  const reading = useData("mikro", ShapesDocument, { dataset: dataset.id });
  const annotations = reading.data?.annotations ?? [];
  const soon = useSoon(reading.reload);
  useFeed("mikro", ShapeChanges, { dataset: dataset.id }, soon, soon);
  const shown = levels.find((one) => one.level === planes?.window.level);
  const at = shown ? sizeOf(axes, shown.shape) : image;
  const factor = { x: image.width / Math.max(1, at.width), y: image.height / Math.max(1, at.height) };
  const cutWords = Object.entries(view.cuts).map(([axis, position]) => `${axis} ${position}`).join(", ");
  const sliders = axes.flatMap((axis, index) => (axis in view.cuts && (dataset.shape[index] ?? 1) > 1 ? [{ axis, size: dataset.shape[index] ?? 1 }] : []));
  const part = planes !== null && (planes.width < at.width || planes.height < at.height) && view.look === null;
  return (
    <div className={classes.viewer}>
      <Stack gap="sm" className={classes.screen as string}>
        <Stage
          label={[dataset.name, cutWords].filter(Boolean).join(", ")}
          image={image}
          planes={planes}
          factor={factor}
          layers={layers}
          look={look}
          busy={busy || JSON.stringify(wanted) !== settled}
          onLook={view.see}
          onWhole={() => view.see(null)}
          onSize={onSize}
          onPoint={setPoint}
        >
          {drawnOn && annotations.length > 0 ? <Shapes drawn={annotations} plane={plane} cuts={view.cuts} look={look} stage={stage} /> : null}
          {drawing && slot && stage.width > 0 ? (
            <Suspense fallback={null}>
              <Drawing drawn={annotations} plane={plane} cuts={view.cuts} look={look} stage={stage} dataset={{ id: dataset.id, axes: dataset.intrinsicSystem?.axes ?? [] }} slot={slot} onChanged={reading.reload} onDone={() => setDrawing(false)} />
            </Suspense>
          ) : null}
          {problem ? <Text role="alert" size="sm" className={classes.problem as string}>{problem}</Text> : null}
        </Stage>
        <Group justify="space-between" gap="xs">
          <Text size="xs" c="dimmed" className="bh-num">
            {point ? `${plane[0]} ${point.y}, ${plane[1]} ${point.x}: ${valuesAt(planes, factor, point)}` : part ? t("Only the middle is shown: this image has no smaller copy.") : t("Level {{level}} · {{percent}} %", { level: planes?.window.level ?? 0, percent: Math.round(look.scale * 100) })}
          </Text>
          <Button size="compact-xs" variant="default" onClick={() => view.see(null)}>{t("Show all of it")}</Button>
        </Group>
        {sliders.map(({ axis, size }) => (
          <Group key={axis} wrap="nowrap" gap="md">
            <Text w={24} fw={600} id={`axis-${axis}`}>{axis}</Text>
            <Slider className={classes.slider as string} min={0} max={size - 1} value={view.cuts[axis] ?? 0} label={null} thumbProps={{ "aria-labelledby": `axis-${axis}` }} onChange={(value) => view.cut(axis, value)} />
            <Text w={70} ta="end" size="sm" className="bh-num">{(view.cuts[axis] ?? 0) + 1} / {size}</Text>
          </Group>
        ))}
      </Stack>
      <Stack gap="sm" className={classes.controls as string}>
        {view.channels.map((channel, index) => (
          <ChannelControl
            key={index}
            name={channelAxis ? t("Channel {{number}}", { number: index }) : t("Brightness")}
            alone={view.channels.length === 1}
            channel={channel}
            plane={planes?.channels.get(index)}
            bounds={bounds[index] ?? { min: 0, max: 1 }}
            onChange={(changes) => view.channel(index, changes)}
          />
        ))}
        {levels.length > 1 ? (
          <Select label={t("Level of detail")} allowDeselect={false} value={view.forced === null ? "" : String(view.forced)} onChange={view.force} data={[{ value: "", label: t("as sharp as needed") }, ...[...levels].sort((a, b) => a.level - b.level).map((one) => ({ value: String(one.level), label: `${one.level} (${one.shape.join(" x ")})` }))]} />
        ) : null}
        {annotations.length > 0 ? <Checkbox label={t("{{count}} annotations", { count: annotations.length })} checked={drawnOn} onChange={(event) => setDrawnOn(event.currentTarget.checked)} /> : null}
        {drawing ? null : <Button variant="default" leftSection={<IconPencil size={16} aria-hidden />} onClick={() => { setDrawnOn(true); setDrawing(true); }}>{t("Draw annotations")}</Button>}
        <div ref={setSlot} />
      </Stack>
    </div>
  );
}
