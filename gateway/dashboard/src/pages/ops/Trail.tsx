import { Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Empty, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { Audit, type AuditQuery } from "~/gen/fakts";

type Entry = AuditQuery["auditEntries"][number];

const auditColumns: Column<Entry>[] = [
  { key: "at", title: "When", width: "9rem", cell: (one) => <When at={one.at} /> },
  { key: "action", title: "What", width: "minmax(9rem, 1.5fr)", cell: (one) => one.action },
  { key: "who", title: "Who", width: "minmax(7rem, 1fr)", cell: (one) => one.actor?.username ?? one.clientId },
  { key: "of", title: "Of", width: "minmax(8rem, 1fr)", cell: (one) => `${one.subjectKind} ${one.subjectId}` },
  { key: "from", title: "From", width: "8rem", cell: (one) => one.address },
  { key: "details", title: "Details", width: "minmax(9rem, 2fr)", cell: (one) => <span className="bh-mono">{JSON.stringify(one.details)}</span> },
];

export function Trail() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const reading = useData("fakts", Audit, { filters: search ? { search } : null }, { poll: 10_000 });
  return (
    <Stack gap="sm">
      <TextInput id="filter" maw={320} label={t("Search")} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      <Panel service="fakts" reading={reading}>
        {({ auditEntries }) =>
          auditEntries.length === 0 ? (
            <Empty title={typed ? t("Nothing matches these filters.") : t("Nothing was written down yet.")} />
          ) : (
            <Table
              label={t("Audit trail")}
              rows={auditEntries}
              columns={auditColumns}
              rowKey={(one) => one.id}
              card={(one) => (
                <>
                  <Text size="sm" fw={500} className="bh-ellipsis">{one.action}</Text>
                  <Text size="xs" c="dimmed">{one.actor?.username ?? one.clientId} · <When at={one.at} /></Text>
                </>
              )}
            />
          )
        }
      </Panel>
    </Stack>
  );
}
