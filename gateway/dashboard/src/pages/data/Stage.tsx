import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { compose, type Layer } from "./channels";
import type { Planes } from "./planes";
import { keptLook, zoomed, type Look, type Size } from "./region";
import classes from "./ArrayPage.module.css";

interface StageProps {
  label: string;
  image: Size;
  planes: Planes | null;
  /** How much larger a pixel of the level that is shown is, in pixels of the finest one. */
  factor: { x: number; y: number };
  layers: readonly Layer[];
  look: Look;
  busy: boolean;
  onLook: (look: Look) => void;
  onWhole: () => void;
  onSize: (size: Size) => void;
  onPoint: (at: { x: number; y: number } | null) => void;
  children?: ReactNode;
}

/** The composed picture at the resolution of its level, drawn anew when channels change. */
function useDrawn(planes: Planes | null, layers: readonly Layer[]): HTMLCanvasElement | null {
  const drawn = useRef<{ canvas: HTMLCanvasElement; planes: Planes; layers: readonly Layer[] } | null>(null);
  if (!planes) return null;
  if (drawn.current?.planes === planes && drawn.current.layers === layers) return drawn.current.canvas;
  const canvas = document.createElement("canvas");
  canvas.width = planes.width;
  canvas.height = planes.height;
  const pen = canvas.getContext("2d");
  if (pen) {
    const pixels = pen.createImageData(planes.width, planes.height);
    compose(layers, pixels.data);
    pen.putImageData(pixels, 0, 0);
  }
  drawn.current = { canvas, planes, layers };
  return canvas;
}

const STEP = 0.2;

/** The picture itself: drag or arrow keys move it, wheel or + and - zoom, 0 shows all of it. */
export function Stage({ label, image, planes, factor, layers, look, busy, onLook, onWhole, onSize, onPoint, children }: StageProps) {
  const { t } = useTranslation();
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const screen = useRef<HTMLCanvasElement>(null);
  const grip = useRef<{ x: number; y: number; look: Look } | null>(null);
  const picture = useDrawn(planes, layers);
  const size = { width, height };
  useEffect(() => {
    if (width > 0 && height > 0) onSize({ width, height });
  }, [width, height, onSize]);

  useEffect(() => {
    const canvas = screen.current;
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen || width === 0) return;
    const density = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    if (!picture || !planes) return;
    const scale = look.scale * density;
    pen.imageSmoothingEnabled = scale * factor.x < 1;
    pen.setTransform(scale, 0, 0, scale, canvas.width / 2 - look.x * scale, canvas.height / 2 - look.y * scale);
    pen.drawImage(picture, planes.window.columns[0] * factor.x, planes.window.rows[0] * factor.y, planes.width * factor.x, planes.height * factor.y);
  }, [picture, planes, look, width, height, factor.x, factor.y]);

  const move = (next: Look): void => onLook(keptLook(next, image, size));
  const fromMiddle = (event: { clientX: number; clientY: number }): { x: number; y: number } => {
    const box = screen.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0) - width / 2, y: event.clientY - (box?.top ?? 0) - height / 2 };
  };
  // React's wheel handlers may not stop the page from scrolling along.
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  wheel.current = (event) => {
    event.preventDefault();
    move(zoomed(look, Math.exp(-event.deltaY / 400), fromMiddle(event)));
  };
  useEffect(() => {
    // What lies over the picture zooms it, too.
    const frame = screen.current?.parentElement;
    const onWheel = (event: WheelEvent): void => wheel.current(event);
    frame?.addEventListener("wheel", onWheel, { passive: false });
    return () => frame?.removeEventListener("wheel", onWheel);
  }, []);

  const drag = (event: PointerEvent): void => {
    const held = grip.current;
    if (held) move({ ...look, x: held.look.x - (event.clientX - held.x) / look.scale, y: held.look.y - (event.clientY - held.y) / look.scale });
    const at = fromMiddle(event);
    const point = { x: Math.floor(look.x + at.x / look.scale), y: Math.floor(look.y + at.y / look.scale) };
    onPoint(point.x >= 0 && point.y >= 0 && point.x < image.width && point.y < image.height ? point : null);
  };
  const onKey = (event: KeyboardEvent): void => {
    const across = (width * STEP) / look.scale;
    const down = (height * STEP) / look.scale;
    const moves: Record<string, () => void> = {
      "+": () => move(zoomed(look, 1.25)),
      "=": () => move(zoomed(look, 1.25)),
      "-": () => move(zoomed(look, 0.8)),
      "0": onWhole,
      ArrowLeft: () => move({ ...look, x: look.x - across }),
      ArrowRight: () => move({ ...look, x: look.x + across }),
      ArrowUp: () => move({ ...look, y: look.y - down }),
      ArrowDown: () => move({ ...look, y: look.y + down }),
    };
    const deed = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key];
    if (!deed) return;
    event.preventDefault();
    event.stopPropagation();
    deed();
  };
  return (
    <div ref={ref} className={classes.stage} aria-busy={busy}>
      <canvas
        ref={screen}
        role="img"
        tabIndex={0}
        aria-label={label}
        aria-description={t("Arrow keys move the picture, + and - zoom, 0 shows all of it.")}
        data-shown={planes?.key}
        className={classes.image}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          grip.current = { x: event.clientX, y: event.clientY, look };
        }}
        onPointerMove={drag}
        onPointerUp={() => {
          grip.current = null;
        }}
        onPointerCancel={() => {
          grip.current = null;
        }}
        onPointerLeave={() => onPoint(null)}
      />
      {children}
    </div>
  );
}
