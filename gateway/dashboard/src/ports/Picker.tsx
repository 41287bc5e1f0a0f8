import { Group, Image, Modal, ScrollArea, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Empty, Panel } from "~/components/Panel";
import { When } from "~/components/When";
import { Picks, type DescriptorOperator } from "~/gen/mikro";
import { useThumbnail } from "~/pages/data/picture";
import type { Condition } from "./types";

type Kind = "array" | "file" | "table" | "folder";

/** Identifiers that this page knows how to look for. */
export const PICKERS: Record<string, Kind> = {
  "@mikro/arraydataset": "array",
  "@mikro/image": "array",
  "@mikro/file": "file",
  "@mikro/tabledataset": "table",
  "@mikro/table": "table",
  "@mikro/folder": "folder",
  "@mikro/dataset": "folder",
};

const wanted = (kind: Kind) => ({ arrays: kind === "array", files: kind === "file", tables: kind === "table", folders: kind === "folder" });

interface Pick {
  id: string;
  name: string;
  createdAt: string;
}

function One({ pick, kind, onPick }: { pick: Pick; kind: Kind; onPick: (id: string) => void }) {
  const picture = useThumbnail(kind === "array" ? pick.id : null);
  return (
    <UnstyledButton className="bh-card" onClick={() => onPick(pick.id)}>
      <Group wrap="nowrap">
        {picture ? <Image src={picture} w={56} h={56} radius="sm" alt="" /> : null}
        <div style={{ minWidth: 0 }}>
          <Text size="sm" className="bh-break">{pick.name}</Text>
          <Text size="xs" c="dimmed"><When at={pick.createdAt} /></Text>
        </div>
      </Group>
    </UnstyledButton>
  );
}

function Content({ kind, requires, onPick }: { kind: Kind; requires: readonly Condition[]; onPick: (id: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const reading = useData("mikro", Picks, {
    search: search || null,
    requires: requires.map(({ key, operator, value }) => ({ key, operator: operator as DescriptorOperator, value: value ?? null })),
    ids: null,
    ...wanted(kind),
  });
  return (
    <Stack>
      <TextInput data-autofocus label={t("Search by name")} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      <Panel service="mikro" reading={reading}>
        {(data) => {
          const picks: Pick[] = [...(data.arrayDatasets ?? []), ...(data.files ?? []), ...(data.tableDatasets ?? []), ...(data.folders ?? [])];
          if (picks.length === 0) return <Empty title={search ? t("Nothing has this name.") : requires.length > 0 ? t("There is nothing that this field takes.") : t("There is nothing of this kind yet.")} />;
          return (
            <ScrollArea.Autosize mah={420}>
              <Stack gap="xs">{picks.map((pick) => <One key={pick.id} pick={pick} kind={kind} onPick={onPick} />)}</Stack>
            </ScrollArea.Autosize>
          );
        }}
      </Panel>
    </Stack>
  );
}

/** The thing an id stands for, so that people see what they chose. */
export function Picked({ kind, id }: { kind: Kind; id: string }) {
  const { t } = useTranslation();
  const [settled] = useDebouncedValue(id.trim(), 300);
  const reading = useData("mikro", Picks, { search: null, ids: [settled], requires: null, ...wanted(kind) }, { pause: settled === "" });
  const data = settled === "" || settled !== id.trim() ? undefined : reading.data;
  const found = [...(data?.arrayDatasets ?? []), ...(data?.files ?? []), ...(data?.tableDatasets ?? []), ...(data?.folders ?? [])][0];
  const picture = useThumbnail(kind === "array" && found ? found.id : null);
  if (!data) return null;
  return (
    <Group gap="xs" mt={4} wrap="nowrap" role="status">
      {found && picture ? <Image src={picture} w={32} h={32} radius="sm" alt="" /> : null}
      <Text size="xs" c="dimmed" className="bh-break">{found ? found.name : t("There is nothing with this id.")}</Text>
    </Group>
  );
}

export function Picker({ kind, requires = [], opened, onClose, onPick }: { kind: Kind; requires?: readonly Condition[]; opened: boolean; onClose: () => void; onPick: (id: string) => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("Choose")} size="lg" closeButtonProps={{ "aria-label": t("Close") }}>
      {opened ? <Content kind={kind} requires={requires} onPick={onPick} /> : null}
    </Modal>
  );
}
