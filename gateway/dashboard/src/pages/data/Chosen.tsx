import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { attempt, tellUndo } from "~/components/notify";
import { FolderChoices } from "~/gen/mikro";
import { move, moveBack, rename, restore, trash, type Thing } from "./things";
import { useFocusBack } from "~/lib/focus";

const TOP = "top";

function MoveDialog({ things, onClose, onDone }: { things: readonly Thing[]; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  useFocusBack();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const [to, setTo] = useState<string | null>(null);
  const folders = useData("mikro", FolderChoices, { search: search || null }).data?.folders ?? [];
  const moving = new Set(things.filter((one) => one.kind === "folder").map((one) => one.id));
  const choices = folders.filter((one) => !moving.has(one.id));
  const place = to === TOP ? null : to;
  const go = async (): Promise<void> => {
    if (!(await attempt(move(things, place).then(() => true)))) return;
    onDone();
    tellUndo(t("Moved {{count}} things.", { count: things.length }), () => moveBack(things, place).then(onDone));
  };
  return (
    <Modal opened onClose={onClose} title={t("Move {{count}} things", { count: things.length })} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={(event) => { event.preventDefault(); void go(); }}>
        <Stack>
          <Select
            data-autofocus
            label={t("Into the folder")}
            searchable
            searchValue={typed}
            onSearchChange={setTyped}
            nothingFoundMessage={t("No folder has this name.")}
            data={[{ value: TOP, label: t("no folder") }, ...choices.map((one) => ({ value: one.id, label: one.parent ? `${one.parent.name} / ${one.name}` : one.name }))]}
            value={to}
            onChange={setTo}
          />
          <Button type="submit" disabled={to === null}>{t("Move")}</Button>
        </Stack>
      </form>
    </Modal>
  );
}

function RenameDialog({ thing, onClose, onDone }: { thing: Thing; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  useFocusBack();
  const [name, setName] = useState(thing.name);
  const go = async (): Promise<void> => {
    if (!(await attempt(rename(thing, name.trim()).then(() => true)))) return;
    onDone();
    tellUndo(t("It is called {{name}} now.", { name: name.trim() }), () => rename(thing, thing.name).then(onDone));
  };
  return (
    <Modal opened onClose={onClose} title={t("Rename {{name}}", { name: thing.name })} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={(event) => { event.preventDefault(); void go(); }}>
        <Stack>
          <TextInput data-autofocus label={t("Name")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Button type="submit" disabled={!name.trim() || name.trim() === thing.name}>{t("Rename")}</Button>
        </Stack>
      </form>
    </Modal>
  );
}

/** What can be done with the things that are selected. */
export function Chosen({ things, onDone, onNone }: { things: readonly Thing[]; onDone: () => void; onNone: () => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"move" | "rename" | null>(null);
  const [first] = things;
  if (!first) return null;
  const done = (): void => {
    setOpen(null);
    onNone();
    onDone();
  };
  const remove = async (): Promise<void> => {
    const gone: Thing[] = [];
    for (const thing of things) if (await attempt(trash(thing))) gone.push(thing);
    done();
    if (gone.length > 0) tellUndo(t("Moved {{count}} things to the trash.", { count: gone.length }), () => Promise.all(gone.map(restore)).then(onDone));
  };
  return (
    <Group gap="xs" role="toolbar" aria-label={t("What to do with the selected")}>
      <Text size="sm">{t("{{count}} selected", { count: things.length })}</Text>
      <Button size="compact-sm" variant="default" onClick={() => setOpen("move")}>{t("Move")}</Button>
      {things.length === 1 ? <Button size="compact-sm" variant="default" onClick={() => setOpen("rename")}>{t("Rename")}</Button> : null}
      <Button size="compact-sm" variant="default" onClick={() => void remove()}>{t("Move to the trash")}</Button>
      <Button size="compact-sm" variant="default" onClick={onNone}>{t("Select none")}</Button>
      {open === "move" ? <MoveDialog things={things} onClose={() => setOpen(null)} onDone={done} /> : null}
      {open === "rename" ? <RenameDialog thing={first} onClose={() => setOpen(null)} onDone={done} /> : null}
    </Group>
  );
}
