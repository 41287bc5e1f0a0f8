import { Button, Modal, Stack, TextInput, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt, tellUndo } from "~/components/notify";
import { describe, type Described } from "./things";

/** What something is called and what is said of it, changed where it is looked at. */
export function EditAbout({ thing, onDone }: { thing: Described; onDone: () => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>{t("Edit")}</Button>
      {open ? <Dialog thing={thing} onClose={() => setOpen(false)} onDone={onDone} /> : null}
    </>
  );
}

function Dialog({ thing, onClose, onDone }: { thing: Described; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(thing.name);
  const [description, setDescription] = useState(thing.description ?? "");
  const next: Described = { ...thing, name: name.trim(), description: description.trim() || null };
  const changed = next.name !== thing.name || (next.description ?? "") !== (thing.description ?? "");
  const keep = async (): Promise<void> => {
    if (!(await attempt(describe(next).then(() => true)))) return;
    onClose();
    onDone();
    tellUndo(t("Changed {{name}}.", { name: next.name }), () => describe(thing).then(onDone));
  };
  return (
    <Modal opened onClose={onClose} title={t("Edit {{name}}", { name: thing.name })} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={(event) => { event.preventDefault(); void keep(); }}>
        <Stack>
          <TextInput data-autofocus required label={t("Name")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          {thing.kind === "file" ? null : <Textarea label={t("Description")} autosize minRows={3} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />}
          <Button type="submit" disabled={!next.name || !changed}>{t("Keep")}</Button>
        </Stack>
      </form>
    </Modal>
  );
}
