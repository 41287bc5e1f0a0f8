import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { attempt, tellUndo } from "~/components/notify";
import { Page, Section } from "~/components/Page";
import { Empty, Loading, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { TableAccess, TablePage as TablePageDocument, type TablePageQuery } from "~/gen/mikro";
import { bytes, exact } from "~/lib/format";
import { useGo, useId } from "~/lib/nav";
import { EditAbout } from "./EditAbout";
import { restore, trash } from "./things";
import { cellText, RemoteTable, type Row } from "./parquet";
import { saved } from "./save";
import { StoreObject } from "./s3";

type Dataset = TablePageQuery["tableDataset"];
type Described = Dataset["columns"][number];

const STEP = 200;
/** More columns than this do not fit side by side. */
const WIDE = 12;

const about: Column<Described>[] = [
  { key: "name", title: "Column", width: "minmax(10rem, 2fr)", cell: (row) => row.name },
  { key: "type", title: "Type", width: "8rem", cell: (row) => row.dtype },
  { key: "unit", title: "Unit", width: "8rem", cell: (row) => row.unit ?? "" },
  { key: "role", title: "Role", width: "10rem", cell: (row) => row.role.toLowerCase() },
];

async function objectOf(dataset: Dataset): Promise<StoreObject> {
  const { requestParquetAccess } = await mutate("mikro", TableAccess, { input: { storeId: dataset.store.id } });
  return new StoreObject(requestParquetAccess);
}

interface Numbered {
  number: number;
  row: Row;
}

function Rows({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const [table, setTable] = useState<RemoteTable | null>(null);
  const [rows, setRows] = useState<Numbered[]>([]);
  const [wanted, setWanted] = useState(STEP);
  const [problem, setProblem] = useState<string | null>(null);
  const tell = (error: unknown): void => setProblem(error instanceof Error ? error.message : String(error));
  useEffect(() => {
    let live = true;
    objectOf(dataset)
      .then((object) => RemoteTable.open(object))
      .then((opened) => live && setTable(opened))
      .catch((error: unknown) => live && tell(error));
    return () => {
      live = false;
    };
  }, [dataset.id]);
  useEffect(() => {
    let live = true;
    table
      ?.rows(0, wanted)
      .then((read) => live && setRows(read.map((row, number) => ({ number, row }))))
      .catch((error: unknown) => live && tell(error));
    return () => {
      live = false;
    };
  }, [table, wanted]);
  const names = useMemo(() => (rows[0] ? Object.keys(rows[0].row) : []), [rows]);
  const columns = useMemo(
    () => names.slice(0, WIDE).map((name): Column<Numbered> => {
      const number = typeof rows[0]?.row[name] === "number" || typeof rows[0]?.row[name] === "bigint";
      return { key: name, title: name, width: "minmax(6rem, 1fr)", cell: ({ row }) => cellText(row[name]), ...(number ? { align: "end" } : {}) };
    }),
    [names, rows],
  );
  if (problem) return <Text size="sm" role="alert">{t("The rows cannot be read here: {{problem}}", { problem })}</Text>;
  if (!table) return <Loading rows={8} />;
  if (table.count === 0) return <Empty title={t("The table has no rows.")} />;
  if (rows.length === 0) return <Loading rows={8} />;
  return (
    <Stack gap="sm">
      <Table
        label={t("Rows")}
        rows={rows}
        columns={columns}
        rowKey={({ number }) => String(number)}
        card={({ row }) => names.slice(0, 3).map((name) => <Text key={name} size="xs" className="bh-ellipsis"><Text span c="dimmed" size="xs">{name}</Text> {cellText(row[name])}</Text>)}
      />
      <Group gap="sm">
        <Text size="sm" c="dimmed" className="bh-num">
          {t("{{shown}} of {{count}} rows", { shown: rows.length, count: table.count })}
          {names.length > WIDE ? ` · ${t("the first {{count}} of {{all}} columns", { count: WIDE, all: names.length })}` : ""}
        </Text>
        {rows.length < table.count ? <Button size="compact-sm" variant="default" onClick={() => setWanted(wanted + 5 * STEP)}>{t("More rows")}</Button> : null}
      </Group>
    </Stack>
  );
}

export default function TablePage() {
  const { t } = useTranslation();
  const id = useId();
  const go = useGo();
  const [busy, setBusy] = useState(false);
  const reading = useData("mikro", TablePageDocument, { id });
  const table = reading.data?.tableDataset;
  const remove = async (): Promise<void> => {
    if (!(await attempt(trash({ kind: "table", id })))) return;
    go("/data");
    tellUndo(t("Moved {{count}} things to the trash.", { count: 1 }), () => restore({ kind: "table", id }));
  };
  const download = async (dataset: Dataset): Promise<void> => {
    setBusy(true);
    await attempt(objectOf(dataset).then((object) => saved(object, `${dataset.name}.parquet`)));
    setBusy(false);
  };
  return (
    <Page
      title={table?.name ?? t("Table")}
      about={table ? [table.description, table.store.sizeBytes ? bytes(table.store.sizeBytes) : "", exact(table.createdAt)].filter(Boolean).join(" · ") : null}
      actions={
        table ? (
          <>
            <Button loading={busy} onClick={() => void download(table)}>{t("Download")}</Button>
            <EditAbout thing={{ kind: "table", id, name: table.name, description: table.description ?? null }} onDone={reading.reload} />
            <Button variant="default" onClick={() => void remove()}>{t("Move to the trash")}</Button>
          </>
        ) : null
      }
    >
      <Panel service="mikro" reading={reading}>
        {(data) => (
          <Stack>
            <Section title={t("Rows")}><Rows key={id} dataset={data.tableDataset} /></Section>
            <Section title={t("Columns")}>
              <Table
                label={t("Columns")}
                rows={data.tableDataset.columns}
                columns={about}
                rowKey={(row) => row.id}
                card={(row) => <Stack gap={0}><Text size="sm">{row.name}</Text><Text size="xs" c="dimmed">{row.dtype} {row.unit}</Text></Stack>}
              />
            </Section>
          </Stack>
        )}
      </Panel>
    </Page>
  );
}
