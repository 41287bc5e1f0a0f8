import { ActionIcon, Button, Group, ScrollArea, SegmentedControl, Stack, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconArrowBackUp, IconTrash } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { attempt, tellUndo } from "~/components/notify";
import type { AnnotationKind } from "~/gen/mikro";
import { History, NOTHING, ended, moved, pinsOf, put, spaceOf, vectorsOf, type Axis, type Kind, type Point, type Stroke, type Tool } from "./drawing";
import { drawingStore, surfaceFor } from "./drawn";
import { form, type ShapesProps } from "./Shapes";
import { shapeOf, type Drawn } from "./shapes";
import classes from "./ArrayPage.module.css";

const TOOLS: Tool[] = ["select", "POINT", "LINE", "RECTANGLE", "POLYGON"];
const LISTED = 200;
/** Arrow keys that follow each other within this are one move. */
const REST_MS = 500;
/** A pointer that moved less than this clicked. */
const CLICK = 4;

interface DrawingProps extends ShapesProps {
  dataset: { id: string; axes: readonly Axis[] };
  /** Where its controls stand, outside of the picture. */
  slot: HTMLElement;
  onChanged: () => void;
  onDone: () => void;
}

const KEYS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const WORDS: Record<string, string> = { select: "Select", POINT: "Point", LINE: "Line", RECTANGLE: "Rectangle", POLYGON: "Polygon" };

/** Shapes of one stroke while it is drawn, as if they were stored. */
function pending(tool: Kind, points: readonly Point[]): Parameters<typeof form>[0] | null {
  const [first, second] = [points[0], points.at(-1)];
  if (!first || !second) return null;
  const list = points.map(([x, y]): [number, number] => [x, y]);
  if (points.length === 1) return { form: "dots", points: list };
  if (tool === "RECTANGLE") return { form: "line", closed: true, points: [[first[0], first[1]], [second[0], first[1]], [second[0], second[1]], [first[0], second[1]]] };
  return { form: "line", closed: false, points: list };
}

export default function Drawing({ dataset, drawn, plane, cuts, look, stage, slot, onChanged, onDone }: DrawingProps) {
  const { t } = useTranslation();
  const history = useMemo(() => new History(drawingStore), [dataset.id]);
  const [tool, setTool] = useState<Tool>("select");
  const [stroke, setStroke] = useState<Stroke>(NOTHING);
  const [cursor, setCursor] = useState<Point | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [offset, setOffset] = useState<Point>([0, 0]);
  const grip = useRef<{ from: Point; at: Point; id: string | null } | null>(null);
  const resting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const surface = useRef<HTMLDivElement>(null);
  const shown = drawn.flatMap((one) => {
    const shape = shapeOf(one, plane, cuts);
    return shape ? [{ one, shape }] : [];
  });
  const selected = drawn.find((one) => one.id === chosen) ?? null;
  useEffect(() => setOffset([0, 0]), [chosen, selected?.vectors]);
  useEffect(() => setStroke(NOTHING), [tool]);

  const width = stage.width / look.scale;
  const height = stage.height / look.scale;
  const pointAt = (event: { clientX: number; clientY: number }): Point => {
    const box = surface.current?.getBoundingClientRect();
    const x = look.x + (event.clientX - (box?.left ?? 0) - stage.width / 2) / look.scale;
    const y = look.y + (event.clientY - (box?.top ?? 0) - stage.height / 2) / look.scale;
    return [Number(x.toFixed(2)), Number(y.toFixed(2))];
  };

  const keep = async (kind: Kind, points: readonly Point[]): Promise<void> => {
    setStroke(NOTHING);
    const found = await attempt(surfaceFor(dataset, plane));
    if (!found) return;
    const axes = found.coordinateSystem.axes;
    const id = await attempt(
      history.create({
        kind: kind as AnnotationKind,
        name: `${t(WORDS[kind] ?? kind)} ${drawn.filter((one) => one.kind === kind).length + 1}`,
        vectors: vectorsOf(points, spaceOf(axes), plane, cuts),
        strokeColor: null,
        fillColor: null,
        strokeWidth: 2,
        filled: false,
        coordinates: pinsOf(axes, cuts),
        collection: found.id,
      }),
    );
    if (id) setChosen(id);
    onChanged();
  };
  const advance = (next: Stroke): void => {
    if (tool !== "select" && next.done) void keep(tool, next.points);
    else setStroke(next);
  };
  const move = async (one: Drawn, by: Point): Promise<void> => {
    if (by[0] === 0 && by[1] === 0) return;
    await attempt(history.change(one, { vectors: moved(one.vectors, spaceOf(one.collection.coordinateSystem.axes), plane, by) }));
    onChanged();
  };
  const rename = async (one: Drawn, name: string): Promise<void> => {
    if (!name.trim() || name.trim() === one.name) return;
    await attempt(history.change(one, { name: name.trim() }));
    onChanged();
  };
  const undo = async (): Promise<void> => {
    await attempt(history.undo());
    onChanged();
  };
  const remove = async (one: Drawn): Promise<void> => {
    if ((await attempt(history.remove(one).then(() => true))) === undefined) return;
    setChosen(null);
    onChanged();
    tellUndo(t("Deleted {{name}}.", { name: one.name }), undo);
  };

  const nudge = (by: Point): void => {
    if (!selected) return;
    const next: Point = [offset[0] + by[0], offset[1] + by[1]];
    setOffset(next);
    clearTimeout(resting.current);
    resting.current = setTimeout(() => void move(selected, next), REST_MS);
  };
  const onKey = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z") {
      event.preventDefault();
      return void undo();
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 10 : 1;
    const way = KEYS[event.key];
    const here = cursor ?? [Math.round(look.x), Math.round(look.y)];
    const deeds: Record<string, () => void> =
      tool === "select"
        ? { Delete: () => selected && void remove(selected), Backspace: () => selected && void remove(selected), Escape: () => (selected ? setChosen(null) : onDone()) }
        : {
            " ": () => advance(put(tool, stroke, here)),
            Enter: () => advance(ended(tool, put(tool, stroke, here))),
            Backspace: () => setStroke({ points: stroke.points.slice(0, -1), done: false }),
            Escape: () => (stroke.points.length > 0 ? setStroke(NOTHING) : setTool("select")),
          };
    const deed = way ? () => (tool === "select" ? nudge([way[0] * step, way[1] * step]) : setCursor([here[0] + way[0] * step, here[1] + way[1] * step])) : deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    event.stopPropagation();
    deed();
  };

  const press = (event: PointerEvent, id: string | null): void => {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    surface.current?.focus({ preventScroll: true });
    const at = pointAt(event);
    grip.current = { from: at, at: [event.clientX, event.clientY], id };
    if (tool === "select") return setChosen(id);
    advance(put(tool, stroke, at));
  };
  const drag = (event: PointerEvent): void => {
    const at = pointAt(event);
    setCursor(at);
    const held = grip.current;
    if (held?.id && tool === "select") setOffset([at[0] - held.from[0], at[1] - held.from[1]]);
  };
  const release = (event: PointerEvent): void => {
    const held = grip.current;
    grip.current = null;
    if (!held) return;
    const far = Math.hypot(event.clientX - held.at[0], event.clientY - held.at[1]) >= CLICK;
    const at = pointAt(event);
    if (tool === "select") {
      const one = drawn.find((each) => each.id === held.id);
      if (one && far) void move(one, [at[0] - held.from[0], at[1] - held.from[1]]);
      else setOffset([0, 0]);
    } else if (far && (tool === "LINE" || tool === "RECTANGLE") && stroke.points.length === 1) advance(put(tool, stroke, at));
  };

  const preview = tool === "select" ? null : pending(tool, cursor && stroke.points.length > 0 ? [...stroke.points, cursor] : stroke.points);
  const pen = { stroke: "#63e6be", fill: "none", strokeWidth: 2 };
  return (
    <>
      <div
        ref={surface}
        role="application"
        tabIndex={0}
        aria-label={t("Drawing surface")}
        aria-description={t("Arrow keys move the cross or the chosen shape, with Shift faster. Space sets a point, Enter ends the shape, Escape gives it up, Delete removes the chosen shape.")}
        className={classes.drawing}
        data-tool={tool}
        onKeyDown={onKey}
        onPointerDown={tool === "select" ? undefined : (event) => press(event, null)}
        onPointerMove={drag}
        onPointerUp={release}
        onDoubleClick={() => (tool === "POLYGON" ? advance(ended(tool, stroke)) : undefined)}
      >
        <svg className={classes.shapes} viewBox={`${look.x - width / 2} ${look.y - height / 2} ${width} ${height}`} aria-hidden="true">
          {tool === "select"
            ? shown.map(({ one, shape }) => (
                <g
                  key={one.id}
                  className={classes.grip}
                  data-chosen={one.id === chosen || undefined}
                  data-shape={one.name}
                  transform={one.id === chosen ? `translate(${offset[0]} ${offset[1]})` : undefined}
                  onPointerDown={(event) => press(event, one.id)}
                  onPointerMove={drag}
                  onPointerUp={release}
                >
                  {form(shape, look.scale, one.id === chosen ? pen : { stroke: "transparent", fill: "transparent", strokeWidth: 10 }, one.name)}
                </g>
              ))
            : null}
          {preview ? form(preview, look.scale, pen, "") : null}
          {tool !== "select" && cursor ? <path d={`M ${cursor[0] - 8 / look.scale} ${cursor[1]} h ${16 / look.scale} m ${-8 / look.scale} ${-8 / look.scale} v ${16 / look.scale}`} stroke="#ffffff" strokeWidth={1} vectorEffect="non-scaling-stroke" /> : null}
        </svg>
      </div>
      {createPortal(
        <section className="bh-card" aria-label={t("Annotations")}>
          <Stack gap="sm">
            <SegmentedControl fullWidth orientation="vertical" aria-label={t("Tool")} value={tool} onChange={(next) => setTool(next as Tool)} data={TOOLS.map((value) => ({ value, label: t(WORDS[value] ?? value) }))} />
            <Text size="xs" c="dimmed">{tool === "select" ? t("Click a shape to choose it, drag it to move it.") : tool === "POLYGON" ? t("Click each corner; a double click or Enter ends it.") : tool === "POINT" ? t("Click where the point is.") : t("Drag from one end to the other.")}</Text>
            {selected ? <Named key={selected.id} one={selected} onName={(name) => void rename(selected, name)} onRemove={() => void remove(selected)} /> : null}
            <ScrollArea.Autosize mah={220}>
              <ul className={classes.list} aria-label={t("Shapes on this plane")}>
                {shown.slice(0, LISTED).map(({ one }) => (
                  <li key={one.id}>
                    <UnstyledButton className={classes.entry} aria-pressed={one.id === chosen} onClick={() => { setTool("select"); setChosen(one.id); }}>
                      <Text size="sm" className="bh-ellipsis">{one.name}</Text>
                    </UnstyledButton>
                  </li>
                ))}
              </ul>
            </ScrollArea.Autosize>
            {shown.length === 0 ? <Text size="sm" c="dimmed">{t("Nothing is drawn on this plane.")}</Text> : null}
            <Group gap="xs">
              <Button size="xs" variant="default" leftSection={<IconArrowBackUp size={16} aria-hidden />} disabled={history.length === 0} onClick={() => void undo()}>{t("Undo")}</Button>
              <Button size="xs" onClick={onDone}>{t("Done")}</Button>
            </Group>
          </Stack>
        </section>,
        slot,
      )}
    </>
  );
}

/** The name of the chosen shape, and its end. */
function Named({ one, onName, onRemove }: { one: Drawn; onName: (name: string) => void; onRemove: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(one.name);
  useEffect(() => setName(one.name), [one.name]);
  return (
    <form onSubmit={(event) => { event.preventDefault(); onName(name); }}>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput style={{ flex: 1 }} label={t("Name of the shape")} value={name} onChange={(event) => setName(event.currentTarget.value)} onBlur={() => onName(name)} />
        <Tooltip label={t("Delete {{name}}", { name: one.name })}>
          <ActionIcon size="input-sm" variant="default" aria-label={t("Delete {{name}}", { name: one.name })} onClick={onRemove}><IconTrash size={16} aria-hidden /></ActionIcon>
        </Tooltip>
      </Group>
    </form>
  );
}
