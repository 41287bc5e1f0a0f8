import { Button, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { attempt, tellUndo } from "~/components/notify";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { TablePage as TablePageDocument, type TablePageQuery } from "~/gen/mikro";
import { exact } from "~/lib/format";
import { useGo, useId } from "~/lib/nav";
import { restore, trash } from "./DataPage";

type Row = TablePageQuery["tableDataset"]["columns"][number];

const columns: Column<Row>[] = [
  { key: "name", title: "Column", width: "minmax(10rem, 2fr)", cell: (row) => row.name },
  { key: "type", title: "Type", width: "8rem", cell: (row) => row.dtype },
  { key: "unit", title: "Unit", width: "8rem", cell: (row) => row.unit ?? "" },
  { key: "role", title: "Role", width: "10rem", cell: (row) => row.role.toLowerCase() },
];

export default function TablePage() {
  const { t } = useTranslation();
  const id = useId();
  const go = useGo();
  const reading = useData("mikro", TablePageDocument, { id });
  const table = reading.data?.tableDataset;
  const remove = async (): Promise<void> => {
    if (!(await attempt(trash({ kind: "table", id })))) return;
    go("/data");
    tellUndo(t("Moved {{count}} things to the trash.", { count: 1 }), () => restore({ kind: "table", id }));
  };
  return (
    <Page title={table?.name ?? t("Table")} about={table ? [table.description, exact(table.createdAt)].filter(Boolean).join(" · ") : null} actions={table ? <Button variant="default" onClick={() => void remove()}>{t("Move to the trash")}</Button> : null}>
      <Panel service="mikro" reading={reading}>
        {(data) => (
          <Section title={t("Columns")}>
            <Table
              label={t("Columns")}
              rows={data.tableDataset.columns}
              columns={columns}
              rowKey={(row) => row.id}
              card={(row) => <Stack gap={0}><Text size="sm">{row.name}</Text><Text size="xs" c="dimmed">{row.dtype} {row.unit}</Text></Stack>}
            />
          </Section>
        )}
      </Panel>
    </Page>
  );
}
