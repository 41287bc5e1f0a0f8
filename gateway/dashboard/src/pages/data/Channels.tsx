import { Button, Checkbox, Group, NumberInput, RangeSlider, Select, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { COLOURS, histogramOf, rampOf, type Bounds, type Channel } from "./channels";
import type { Plane } from "./planes";
import classes from "./ArrayPage.module.css";

/** How often each brightness occurs, on a root scale so that rare values can be seen. */
function Histogram({ plane, colour }: { plane: Plane; colour: string }) {
  const bars = useMemo(() => {
    const counts = histogramOf(plane.values, plane.all).map(Math.sqrt);
    const most = Math.max(...counts, 1);
    return counts.map((count) => count / most);
  }, [plane]);
  const bright = rampOf(colour).slice(-3);
  return (
    <svg className={classes.histogram} viewBox={`0 0 ${bars.length} 1`} preserveAspectRatio="none" aria-hidden="true">
      {bars.map((height, index) => <rect key={index} x={index} y={1 - height} width={1} height={height} fill={`rgb(${bright.join(" ")})`} />)}
    </svg>
  );
}

const steps = (all: Bounds): number => (Number.isInteger(all.min) && Number.isInteger(all.max) ? 1 : (all.max - all.min) / 1000);

interface ControlProps {
  name: string;
  channel: Channel;
  plane: Plane | undefined;
  bounds: Bounds;
  alone: boolean;
  onChange: (changes: Partial<Channel>) => void;
}

export function ChannelControl({ name, channel, plane, bounds, alone, onChange }: ControlProps) {
  const { t } = useTranslation();
  const all = plane?.all ?? bounds;
  const range: Bounds = { min: Math.min(all.min, bounds.min), max: Math.max(all.max, bounds.max) };
  return (
    <fieldset className={classes.channel} aria-label={name}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        {alone ? <Text size="sm" fw={600}>{name}</Text> : <Checkbox label={name} checked={channel.on} onChange={(event) => onChange({ on: event.currentTarget.checked })} />}
        <Select size="xs" w={110} aria-label={t("Colour of {{name}}", { name })} allowDeselect={false} data={Object.keys(COLOURS)} value={channel.colour} onChange={(colour) => onChange({ colour: colour ?? channel.colour })} />
      </Group>
      {channel.on && plane ? (
        <Stack gap={6} mt={6}>
          <Histogram plane={plane} colour={channel.colour} />
          <RangeSlider
            size="sm"
            min={range.min}
            max={range.max}
            minRange={0}
            step={steps(range)}
            label={null}
            value={[bounds.min, bounds.max]}
            thumbFromLabel={t("Darkest value of {{name}}", { name })}
            thumbToLabel={t("Brightest value of {{name}}", { name })}
            onChange={([min, max]) => onChange({ min, max })}
          />
          <Group gap="xs" wrap="nowrap">
            <NumberInput size="xs" aria-label={t("Darkest")} hideControls value={round(bounds.min)} onChange={(value) => typeof value === "number" && onChange({ min: value, max: bounds.max })} />
            <NumberInput size="xs" aria-label={t("Brightest")} hideControls value={round(bounds.max)} onChange={(value) => typeof value === "number" && onChange({ min: bounds.min, max: value })} />
            <Button size="xs" variant="default" className={classes.auto as string} onClick={() => onChange({ min: null, max: null })}>{t("Auto")}</Button>
          </Group>
        </Stack>
      ) : null}
    </fieldset>
  );
}

const round = (value: number): number => Number(value.toPrecision(6));
