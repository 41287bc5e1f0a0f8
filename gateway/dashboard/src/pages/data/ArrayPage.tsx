import { Button, Group, NumberInput, Select, SimpleGrid, Slider, Stack, Table as Plain, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { tellUndo } from "~/components/notify";
import { ArrayPage as ArrayPageDocument, type ArrayPageQuery } from "~/gen/mikro";
import { bytes, exact } from "~/lib/format";
import { useFilters, useGo, useId } from "~/lib/nav";
import { restore, trash } from "./DataPage";
import { picture } from "./picture";
import { cutsOf, regionPath, shownLevel, type View } from "./region";
import classes from "./ArrayPage.module.css";

type Dataset = ArrayPageQuery["arrayDataset"];

/** A picture of a region by its address; the last one stays until the next is there. */
function useRegion(path: string): { url: string | null; problem: string | null; busy: boolean } {
  const [shown, setShown] = useState<{ url: string | null; problem: string | null; busy: boolean }>({ url: null, problem: null, busy: true });
  useEffect(() => {
    const stop = new AbortController();
    setShown((before) => ({ ...before, busy: true }));
    picture(path, stop.signal)
      .then(async (answer) => {
        if (!answer.ok) {
          const body = (await answer.json().catch(() => null)) as { error_description?: string; message?: string } | null;
          setShown((before) => ({ ...before, busy: false, problem: body?.error_description ?? body?.message ?? `HTTP ${answer.status}` }));
          return;
        }
        const url = URL.createObjectURL(await answer.blob());
        setShown((before) => {
          if (before.url) URL.revokeObjectURL(before.url);
          return { url, problem: null, busy: false };
        });
      })
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setShown((before) => ({ ...before, busy: false, problem: String(error) }));
      });
    return () => stop.abort();
  }, [path]);
  return shown;
}

const COLOURS = ["GREY", "VIRIDIS", "PLASMA", "INFERNO", "MAGMA", "RED", "GREEN", "BLUE"];

function Viewer({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const axes = dataset.axisNames;
  const view: View = {
    at: cutsOf(axes, dataset.shape, search),
    level: search["level"] ? Number(search["level"]) : shownLevel(dataset.dataArrays),
    colour: search["colour"] ?? "GREY",
    min: search["min"],
    max: search["max"],
  };
  const [settled] = useDebouncedValue(regionPath(dataset.id, axes, view), 120);
  const { url, problem, busy } = useRegion(settled);
  const sliders = axes.map((axis, index) => ({ axis, size: dataset.shape[index] ?? 1 })).filter(({ axis, size }) => axis in view.at && size > 1);
  return (
    <Stack>
      <div className={classes.stage} aria-busy={busy}>
        {url ? <img src={url} alt={t("{{name}}, {{where}}", { name: dataset.name, where: Object.entries(view.at).map(([axis, at]) => `${axis} ${at}`).join(", ") })} className={classes.image} /> : null}
        {problem ? <Text role="alert" className={classes.problem as string}>{problem}</Text> : null}
      </div>
      {sliders.map(({ axis, size }) => (
        <Group key={axis} wrap="nowrap" gap="md">
          <Text w={24} fw={600} id={`axis-${axis}`}>{axis}</Text>
          <Slider style={{ flex: 1 }} min={0} max={size - 1} value={view.at[axis] ?? 0} label={null} thumbProps={{ "aria-labelledby": `axis-${axis}` }} onChange={(value) => change({ [axis]: String(value) })} />
          <Text w={70} ta="end" size="sm" className="bh-num">{(view.at[axis] ?? 0) + 1} / {size}</Text>
        </Group>
      ))}
      <Group align="flex-end" gap="sm">
        <Select w={140} label={t("Colour")} data={COLOURS.map((value) => ({ value, label: value.toLowerCase() }))} value={view.colour} allowDeselect={false} onChange={(colour) => change({ colour: colour === "GREY" ? undefined : (colour ?? undefined) })} />
        <NumberInput w={130} label={t("Darkest value")} value={search["min"] ?? ""} onChange={(min) => change({ min: String(min) })} />
        <NumberInput w={130} label={t("Brightest value")} value={search["max"] ?? ""} onChange={(max) => change({ max: String(max) })} />
        {dataset.dataArrays.length > 1 ? (
          <Select w={190} label={t("Level of detail")} allowDeselect={false} value={String(view.level)} onChange={(level) => change({ level: level ?? undefined })} data={[...dataset.dataArrays].sort((a, b) => a.level - b.level).map((one) => ({ value: String(one.level), label: `${one.level} (${one.shape.join(" x ")})` }))} />
        ) : null}
        <Button variant="default" onClick={() => change({ min: undefined, max: undefined, colour: undefined, level: undefined })}>{t("Reset")}</Button>
      </Group>
    </Stack>
  );
}

function Facts({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const stored = dataset.dataArrays.reduce((sum, one) => sum + (one.store.sizeBytes ?? 0), 0);
  const rows: [string, string][] = [
    [t("Axes"), dataset.axisNames.map((axis, index) => `${axis} ${dataset.shape[index] ?? ""}`).join(", ")],
    [t("Type"), dataset.dataArrays[0]?.store.dtype ?? ""],
    [t("Chunks"), (dataset.dataArrays[0]?.store.chunks ?? []).join(" x ")],
    [t("Levels"), String(dataset.dataArrays.length)],
    [t("Stored"), bytes(stored)],
    [t("Created"), exact(dataset.createdAt)],
    [t("Number"), dataset.id],
  ];
  return (
    <Plain variant="vertical" layout="fixed">
      <Plain.Tbody>
        {rows.map(([label, value]) => (
          <Plain.Tr key={label}>
            <Plain.Th w={100}>{label}</Plain.Th>
            <Plain.Td className="bh-break">{value}</Plain.Td>
          </Plain.Tr>
        ))}
      </Plain.Tbody>
    </Plain>
  );
}

export default function ArrayPage() {
  const { t } = useTranslation();
  const id = useId();
  const go = useGo();
  const reading = useData("mikro", ArrayPageDocument, { id });
  const dataset = reading.data?.arrayDataset;
  const remove = async (): Promise<void> => {
    await trash({ kind: "array", id });
    go("/data");
    tellUndo(t("Moved {{count}} things to the trash.", { count: 1 }), () => restore({ kind: "array", id }));
  };
  return (
    <Page
      title={dataset?.name ?? t("Image")}
      about={dataset?.description}
      actions={
        dataset ? (
          <>
            <Button onClick={() => go(`/actions?takes=${encodeURIComponent("@mikro/arraydataset")}`)}>{t("Run an action on it")}</Button>
            <Button variant="default" onClick={() => void remove()}>{t("Move to the trash")}</Button>
          </>
        ) : null
      }
    >
      <Panel service="mikro" reading={reading} rows={10}>
        {(data) => (
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" className={classes.layout as string}>
            <Section title={t("Picture")}><Viewer dataset={data.arrayDataset} /></Section>
            <Section title={t("About")}><Facts dataset={data.arrayDataset} /></Section>
          </SimpleGrid>
        )}
      </Panel>
    </Page>
  );
}
