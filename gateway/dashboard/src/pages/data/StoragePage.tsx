import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Page, Section } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { Storage, type StorageQuery } from "~/gen/mikro";
import { bytes } from "~/lib/format";

type Row = StorageQuery["storageReport"][number];

const columns: Column<Row>[] = [
  { key: "owner", title: "Owner", width: "minmax(8rem, 2fr)", cell: (row) => row.owner ?? "nobody" },
  { key: "kind", title: "Kind", width: "minmax(7rem, 1fr)", cell: (row) => row.kind.toLowerCase() },
  { key: "state", title: "State", width: "minmax(7rem, 1fr)", cell: (row) => row.state.toLowerCase() },
  { key: "age", title: "Age", width: "minmax(7rem, 1fr)", cell: (row) => row.age.toLowerCase().replaceAll("_", " ") },
  { key: "count", title: "Items", width: "6rem", align: "end", cell: (row) => row.stores },
  { key: "bytes", title: "Stored", width: "8rem", align: "end", cell: (row) => bytes(row.storedBytes) },
];

export default function StoragePage() {
  const { t } = useTranslation();
  const reading = useData("mikro", Storage, {}, { poll: 60_000 });
  return (
    <Page title={t("Storage")} about={t("What lies in the object store, by owner, kind and age.")}>
      <Panel service="mikro" reading={reading}>
        {({ storageUsage, storageReport }) => (
          <Stack>
            <SimpleGrid cols={{ base: 2, md: 4 }}>
              <Section title={t("Stored")}><Text size="xl" fw={600}>{bytes(storageUsage.storedBytes)}</Text></Section>
              <Section title={t("Items")}><Text size="xl" fw={600}>{storageUsage.stores}</Text></Section>
            </SimpleGrid>
            {storageReport.length === 0 ? (
              <Empty title={t("Nothing is stored yet.")} />
            ) : (
              <Table
                label={t("Storage")}
                rows={[...storageReport].sort((a, b) => b.storedBytes - a.storedBytes)}
                columns={columns}
                rowKey={(row) => `${row.owner} ${row.kind} ${row.state} ${row.age}`}
                card={(row) => (
                  <>
                    <Text size="sm" fw={500}>{bytes(row.storedBytes)} · {row.kind.toLowerCase()}</Text>
                    <Text size="xs" c="dimmed">{row.owner ?? "nobody"} · {row.state.toLowerCase()} · {row.age}</Text>
                  </>
                )}
              />
            )}
          </Stack>
        )}
      </Panel>
    </Page>
  );
}
