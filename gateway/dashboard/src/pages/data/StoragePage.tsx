import { Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { isAdmin } from "~/auth/claims";
import { currentSession } from "~/auth/session";
import { Page, Section } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { Storage, type StorageQuery } from "~/gen/mikro";
import { bytes } from "~/lib/format";

type Row = NonNullable<StorageQuery["storageReport"]>[number];
type Quota = StorageQuery["storageQuotas"][number];

const HOLDERS: Record<Quota["holder"], string> = { ORGANIZATION: "The organization", USER: "My own" };
/** Less room than this is worth a word. */
const TIGHT = 0.9;

function Room({ quota }: { quota: Quota }) {
  const { t } = useTranslation();
  const title = t(HOLDERS[quota.holder]);
  const { usedBytes: used, limitBytes: limit } = quota;
  const share = limit ? used / limit : limit === 0 ? 1 : 0;
  return (
    <Section title={title}>
      <Text size="xl" fw={600}>{bytes(used)}</Text>
      {limit === null ? (
        <Text size="sm" c="dimmed">{t("There is no limit.")}</Text>
      ) : (
        <Stack gap={4}>
          <Progress value={Math.min(share, 1) * 100} color={share >= TIGHT ? "red" : undefined} aria-label={t("{{who}}: {{percent}} % of the limit", { who: title, percent: Math.round(share * 100) })} />
          <Text size="sm" c="dimmed">{t("of {{limit}}", { limit: bytes(limit) })}</Text>
          {share >= TIGHT ? <Text size="sm">{t("Little room is left. What lies in the trash counts until it is removed for good.")}</Text> : null}
        </Stack>
      )}
    </Section>
  );
}

/** Stores by what people keep in them. */
const KINDS: Record<string, string> = { zarr: "images", parquet: "tables", bigfile: "files" };
const STATES: Record<string, string> = { attached: "in use" };
const kindOf = (row: Row): string => KINDS[row.kind.toLowerCase()] ?? row.kind.toLowerCase();
const stateOf = (row: Row): string => STATES[row.state.toLowerCase()] ?? row.state.toLowerCase();

const columns: Column<Row>[] = [
  { key: "owner", title: "Owner", width: "minmax(8rem, 2fr)", cell: (row) => row.owner ?? "nobody" },
  { key: "kind", title: "Kind", width: "minmax(7rem, 1fr)", cell: kindOf },
  { key: "state", title: "State", width: "minmax(7rem, 1fr)", cell: stateOf },
  { key: "age", title: "Not older than", width: "minmax(7rem, 1fr)", cell: (row) => row.age.toLowerCase().replaceAll("_", " ") },
  { key: "count", title: "Items", width: "6rem", align: "end", cell: (row) => row.stores },
  { key: "bytes", title: "Stored", width: "8rem", align: "end", cell: (row) => bytes(row.storedBytes) },
];

export default function StoragePage() {
  const { t } = useTranslation();
  const reading = useData("mikro", Storage, { everybody: isAdmin(currentSession()?.claims ?? null) }, { poll: 60_000 });
  return (
    <Page title={t("Storage")} about={t("What lies in the object store, by owner, kind and age.")}>
      <Panel service="mikro" reading={reading}>
        {({ storageUsage, storageQuotas, storageReport }) => (
          <Stack>
            <SimpleGrid cols={{ base: 2, md: 4 }}>
              {storageQuotas.map((quota) => <Room key={quota.holder} quota={quota} />)}
              <Section title={t("My items")}><Text size="xl" fw={600}>{storageUsage.stores}</Text></Section>
            </SimpleGrid>
            {!storageReport ? null : storageReport.length === 0 ? (
              <Empty title={t("Nothing is stored yet.")} />
            ) : (
              <Table
                label={t("Storage")}
                rows={[...storageReport].sort((a, b) => b.storedBytes - a.storedBytes)}
                columns={columns}
                rowKey={(row) => `${row.owner} ${row.kind} ${row.state} ${row.age}`}
                card={(row) => (
                  <>
                    <Text size="sm" fw={500}>{bytes(row.storedBytes)} · {kindOf(row)}</Text>
                    <Text size="xs" c="dimmed">{row.owner ?? "nobody"} · {stateOf(row)} · {row.age}</Text>
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
