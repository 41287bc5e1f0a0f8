import { Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Facts } from "~/components/Facts";
import { Empty, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { Audit, type AuditQuery } from "~/gen/fakts";
import { exact } from "~/lib/format";
import { deedTitle, detailsOf, whoOf, whomOf } from "~/lib/trail";

type Entry = AuditQuery["auditEntries"][number];

const summary = (one: Entry): string => detailsOf(one.details).map(([name, value]) => `${name} ${value}`).join(" · ");

const auditColumns: Column<Entry>[] = [
  { key: "at", title: "When", width: "9rem", cell: (one) => <When at={one.at} /> },
  { key: "action", title: "What", width: "minmax(10rem, 1.5fr)", cell: (one) => deedTitle(one.action) },
  { key: "who", title: "Who", width: "minmax(7rem, 1fr)", cell: whoOf },
  { key: "whom", title: "For", width: "minmax(7rem, 1fr)", cell: whomOf },
  { key: "from", title: "From", width: "8rem", cell: (one) => one.address },
  { key: "details", title: "Details", width: "minmax(9rem, 2fr)", cell: summary },
];

function Opened({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  return (
    <Facts
      rows={[
        [t("When"), exact(entry.at)],
        [t("What"), entry.action],
        [t("Who"), whoOf(entry)],
        [t("By which app"), entry.clientId],
        [t("For"), whomOf(entry)],
        [t("From"), entry.address],
        [t("About"), `${entry.subjectKind} ${entry.subjectId}`.trim()],
        ...detailsOf(entry.details),
      ]}
    />
  );
}

/** Who did what, for whom and from where. */
export function Trail() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState<Entry | null>(null);
  const [search] = useDebouncedValue(typed, 250);
  const reading = useData("fakts", Audit, { filters: search ? { search } : null }, { poll: 10_000 });
  return (
    <Stack gap="sm">
      <TextInput id="filter" maw={320} label={t("Search")} description={t("Words of what was done")} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
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
              onOpen={setOpen}
              card={(one) => (
                <>
                  <Text size="sm" fw={500} className="bh-ellipsis">{deedTitle(one.action)}</Text>
                  <Text size="xs" c="dimmed" className="bh-ellipsis">
                    {whoOf(one)}{whomOf(one) ? ` → ${whomOf(one)}` : ""} · <When at={one.at} />
                  </Text>
                </>
              )}
            />
          )
        }
      </Panel>
      <Modal opened={open !== null} onClose={() => setOpen(null)} title={open ? deedTitle(open.action) : ""} closeButtonProps={{ "aria-label": t("Close") }}>
        {open ? <Opened entry={open} /> : null}
      </Modal>
    </Stack>
  );
}
