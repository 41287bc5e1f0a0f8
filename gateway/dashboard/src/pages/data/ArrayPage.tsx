import { Button, Stack, Table as Plain } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { attempt, tellUndo } from "~/components/notify";
import { ArrayPage as ArrayPageDocument, type ArrayPageQuery } from "~/gen/mikro";
import { bytes, exact } from "~/lib/format";
import { useGo, useId } from "~/lib/nav";
import { EditAbout } from "./EditAbout";
import { restore, trash } from "./things";
import { Viewer } from "./Viewer";

type Dataset = ArrayPageQuery["arrayDataset"];

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
    if (!(await attempt(trash({ kind: "array", id })))) return;
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
            <EditAbout thing={{ kind: "array", id, name: dataset.name, description: dataset.description ?? null }} onDone={reading.reload} />
            <Button variant="default" onClick={() => void remove()}>{t("Move to the trash")}</Button>
          </>
        ) : null
      }
    >
      <Panel service="mikro" reading={reading} rows={10}>
        {(data) => (
          <Stack>
            <Viewer key={id} dataset={data.arrayDataset} />
            <Section title={t("About")}><Facts dataset={data.arrayDataset} /></Section>
          </Stack>
        )}
      </Panel>
    </Page>
  );
}
