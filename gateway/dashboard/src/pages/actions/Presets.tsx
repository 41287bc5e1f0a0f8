import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { attempt, tell, tellUndo } from "~/components/notify";
import { CreateShortcut, DeleteShortcut, Shortcuts } from "~/gen/rekuest";

interface PresetsProps {
  action: string;
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
}

/** Values kept under a name, for everybody in the organization: choose one, or delete it. */
export function Presets({ action, chosen, onChoose }: PresetsProps) {
  const { t } = useTranslation();
  const reading = useData("rekuest", Shortcuts, {}, { poll: 15_000 });
  const mine = reading.data?.shortcuts.filter((one) => one.action.id === action) ?? [];
  const held = mine.find((one) => one.id === chosen);
  if (mine.length === 0) return null;
  const remove = async (): Promise<void> => {
    if (!held || (await attempt(mutate("rekuest", DeleteShortcut, { input: { id: held.id } }))) === undefined) return;
    onChoose(undefined);
    reading.reload();
    tellUndo(t("Deleted the preset {{name}}.", { name: held.name }), async () => {
      await mutate("rekuest", CreateShortcut, { input: { name: held.name, action, args: held.savedArgs as Record<string, unknown>, allowQuick: false, useReturns: false } });
      reading.reload();
    });
  };
  return (
    <Group gap="xs" align="flex-end">
      <Select style={{ flex: 1 }} label={t("Preset")} placeholder={t("none")} clearable data={mine.map(({ id, name: label }) => ({ value: id, label }))} value={held?.id ?? null} onChange={(id) => onChoose(id ?? undefined)} />
      {held ? <Button variant="default" onClick={() => void remove()}>{t("Delete the preset")}</Button> : null}
    </Group>
  );
}

/** Keep the values of the form under a name. */
export function KeepPreset({ action, values, onKept }: { action: string; values: (() => Record<string, unknown>) | null; onKept: (id: string) => void }) {
  const { t } = useTranslation();
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState("");
  const keep = async (): Promise<void> => {
    if (!values) return;
    const made = await attempt(mutate("rekuest", CreateShortcut, { input: { name: name.trim(), action, args: values(), allowQuick: false, useReturns: false } }));
    if (!made) return;
    setNaming(false);
    setName("");
    tell(t("Kept as {{name}}.", { name: made.createShortcut.name }));
    onKept(made.createShortcut.id);
  };
  return (
    <>
      <Button variant="default" disabled={!values} onClick={() => setNaming(true)}>{t("Keep these values")}</Button>
      <Modal opened={naming} onClose={() => setNaming(false)} title={t("Keep these values")} closeButtonProps={{ "aria-label": t("Close") }}>
        {/* The window stands outside of the form in the page, but inside of it for React's events. */}
        <form onSubmit={(event) => { event.preventDefault(); event.stopPropagation(); void keep(); }}>
          <Stack>
            <TextInput data-autofocus required label={t("Name")} description={t("Everybody in the organization can choose it.")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Button type="submit" disabled={!name.trim()}>{t("Keep")}</Button>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
