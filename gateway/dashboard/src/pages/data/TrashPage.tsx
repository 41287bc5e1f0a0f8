import { Button, Group, Text } from "@mantine/core";
import { IconSquare, IconSquareCheck } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { attempt, tell } from "~/components/notify";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { Users } from "~/gen/fakts";
import { Restore, TrashList, type TrashListQuery } from "~/gen/mikro";

type Row = TrashListQuery["files"][number];
const NONE: ReadonlySet<string> = new Set();

/** When a row is gone for good; what is due waits for the next sweep only. */
function Removal({ at }: { at: string }) {
  const { t } = useTranslation();
  return Date.parse(at) > Date.now() ? <When at={at} /> : <>{t("at any moment")}</>;
}

const columns = (names: ReadonlyMap<string, string>): Column<Row>[] => [
  { key: "name", title: "Name", width: "minmax(10rem, 3fr)", cell: (row) => row.name },
  { key: "kind", title: "Kind", width: "10rem", cell: (row) => row.kind.toLowerCase().replaceAll("_", " ") },
  { key: "by", title: "By", width: "minmax(7rem, 1fr)", cell: (row) => names.get(row.trashedBy ?? "") ?? "" },
  { key: "at", title: "Trashed", width: "9rem", cell: (row) => <When at={row.trashedAt} /> },
  { key: "until", title: "Removed for good", width: "10rem", cell: (row) => <Removal at={row.removedAt} /> },
];

export default function TrashPage() {
  const { t } = useTranslation();
  const reading = useData("mikro", TrashList, {}, { poll: 15_000 });
  const [selected, setSelected] = useState<ReadonlySet<string>>(NONE);
  const users = useData("fakts", Users, { filters: null, pagination: { limit: 500, offset: 0 } });
  const shown = useMemo(() => columns(new Map(users.data?.users.map((one) => [one.id, one.username]))), [users.data]);
  const key = (row: Row): string => `${row.kind} ${row.id}`;
  return (
    <Page title={t("Trash")} about={t("What was deleted can be brought back from here until it is removed for good.")}>
      <Panel service="mikro" reading={reading}>
        {(data) => {
          const rows = [...data.folders, ...data.arrays, ...data.tables, ...data.files, ...data.annotations].sort((a, b) => b.trashedAt.localeCompare(a.trashedAt));
          const chosen = rows.filter((row) => selected.has(key(row)));
          const bring = async (): Promise<void> => {
            const done = await Promise.all(chosen.map((row) => attempt(mutate("mikro", Restore, { input: { kind: row.kind, id: row.id } }))));
            if (done.some(Boolean)) tell(t("Brought back."));
            setSelected(NONE);
            reading.reload();
          };
          if (rows.length === 0) return <Empty title={t("The trash is empty.")} />;
          return (
            <>
              <Group gap="xs">
                <Button disabled={chosen.length === 0} onClick={() => void bring()}>{t("Bring back")}</Button>
                <Text size="sm" c="dimmed">{t("{{count}} selected", { count: chosen.length })}</Text>
              </Group>
              <Table
                label={t("Trash")}
                rows={rows}
                columns={shown}
                rowKey={key}
                selected={selected}
                onSelect={setSelected}
                onOpen={(row) => setSelected(selected.has(key(row)) ? new Set([...selected].filter((one) => one !== key(row))) : new Set([...selected, key(row)]))}
                card={(row) => (
                  <Group wrap="nowrap" gap="sm">
                    {selected.has(key(row)) ? <IconSquareCheck size={22} aria-hidden /> : <IconSquare size={22} aria-hidden />}
                    <div style={{ minWidth: 0 }}>
                      <Text size="sm" fw={500} className="bh-ellipsis">{row.name}</Text>
                      <Text size="xs" c="dimmed"><When at={row.trashedAt} /> · {t("removed for good")} <Removal at={row.removedAt} /></Text>
                    </div>
                  </Group>
                )}
              />
            </>
          );
        }}
      </Panel>
    </Page>
  );
}
