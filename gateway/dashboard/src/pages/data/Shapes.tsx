import type { ReactNode } from "react";
import { colourOf, shapeOf, type Drawn, type Shape } from "./shapes";
import type { Look, Size } from "./region";
import classes from "./ArrayPage.module.css";

export function form(shape: Shape, scale: number, style: { stroke: string; fill: string; strokeWidth: number }, name: string): ReactNode {
  // Lines keep their width, whatever the zoom.
  const common = { ...style, vectorEffect: "non-scaling-stroke" } as const;
  const title = name ? <title>{name}</title> : null;
  if (shape.form === "ellipse") return <ellipse cx={shape.x} cy={shape.y} rx={shape.rx} ry={shape.ry} {...common}>{title}</ellipse>;
  if (shape.form === "dots") {
    return (
      <g>
        {shape.points.map(([x, y], index) => <circle key={index} cx={x} cy={y} r={4 / scale} {...common} fill={style.stroke} />)}
        {title}
      </g>
    );
  }
  const points = shape.points.map((point) => point.join(",")).join(" ");
  return shape.closed ? <polygon points={points} {...common}>{title}</polygon> : <polyline points={points} {...common} fill="none">{title}</polyline>;
}

export interface ShapesProps {
  drawn: readonly Drawn[];
  plane: readonly [string, string];
  cuts: Readonly<Record<string, number>>;
  look: Look;
  stage: Size;
}

/** Annotations over the picture, as far as they lie on the plane that is shown. */
export function Shapes({ drawn, plane, cuts, look, stage }: ShapesProps) {
  if (stage.width === 0) return null;
  const width = stage.width / look.scale;
  const height = stage.height / look.scale;
  return (
    <svg className={classes.shapes} viewBox={`${look.x - width / 2} ${look.y - height / 2} ${width} ${height}`} aria-hidden="true">
      {drawn.map((one) => {
        const shape = shapeOf(one, plane, cuts);
        if (!shape) return null;
        const stroke = colourOf(one.strokeColor, "#ffd43b");
        return <g key={one.id} data-annotation={one.id}>{form(shape, look.scale, { stroke, fill: one.filled ? colourOf(one.fillColor, "rgb(255 212 59 / 0.25)") : "none", strokeWidth: Math.max(1, Math.min(8, one.strokeWidth)) }, one.name)}</g>;
      })}
    </svg>
  );
}
