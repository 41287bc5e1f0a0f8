import { Button, Group, JsonInput, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { attempt, tell, tellUndo } from "~/components/notify";
import { Empty, Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import {
  Clients, RemoteValueHistory, RemoteValues as RemoteValuesDocument, RemoveRemoteValue, RollbackRemoteValue, SetRemoteValue, type RemoteValuesQuery,
} from "~/gen/fakts";

type Remote = RemoteValuesQuery["remoteValues"][number];

const text = (value: unknown): string => JSON.stringify(value);

const columns: Column<Remote>[] = [
  { key: "key", title: "Key", width: "minmax(10rem, 2fr)", cell: (one) => one.key },
  { key: "value", title: "Value", width: "minmax(10rem, 2fr)", cell: (one) => <span className="bh-mono">{text(one.value)}</span> },
  { key: "app", title: "App", width: "minmax(8rem, 1fr)", cell: (one) => one.app?.identifier ?? "all" },
  { key: "device", title: "Device", width: "minmax(8rem, 1fr)", cell: (one) => one.device?.name ?? one.device?.deviceId ?? "all" },
  { key: "version", title: "Version", width: "5rem", cell: (one) => one.version },
  { key: "at", title: "Changed", width: "9rem", cell: (one) => <When at={one.changedAt} /> },
];

function parsed(value: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(value) as unknown };
  } catch {
    return null;
  }
}

/** Make a value, or change the one given. */
function Edit({ old, onDone }: { old: Remote | null; onDone: () => void }) {
  const { t } = useTranslation();
  const clients = useData("fakts", Clients, { filters: null, pagination: { limit: 500, offset: 0 } });
  const [key, setKey] = useState(old?.key ?? "");
  const [value, setValue] = useState(old ? text(old.value) : "");
  const [app, setApp] = useState<string | null>(old?.app?.id ?? null);
  const [device, setDevice] = useState<string | null>(old?.device?.id ?? null);
  const [busy, setBusy] = useState(false);
  const given = parsed(value);
  const pairs = (entries: [string, string][]): { value: string; label: string }[] => [...new Map(entries)].map(([id, label]) => ({ value: id, label }));
  const apps = pairs(clients.data?.clients.flatMap(({ release }) => (release ? [[release.app.id, release.app.identifier] as [string, string]] : [])) ?? []);
  const devices = pairs(clients.data?.clients.flatMap(({ node }) => (node ? [[node.id, node.name ?? node.deviceId] as [string, string]] : [])) ?? []);
  const save = async (): Promise<void> => {
    if (!given) return;
    setBusy(true);
    const done = await attempt(mutate("fakts", SetRemoteValue, { input: { key: key.trim(), value: given.value, app, device } }));
    setBusy(false);
    if (!done) return;
    tell(t("Saved. Apps get it with their next token."));
    onDone();
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <Stack>
        <TextInput data-autofocus={!old || undefined} required disabled={old !== null} label={t("Key")} value={key} onChange={(event) => setKey(event.currentTarget.value)} />
        <JsonInput required autosize minRows={2} label={t("Value")} description={t("As JSON: a text stands in quotes.")} error={value !== "" && !given ? t("This is not JSON.") : undefined} value={value} onChange={setValue} />
        {old ? null : (
          <>
            <Select label={t("Only for the app")} placeholder={t("all")} clearable searchable data={apps} value={app} onChange={setApp} />
            <Select label={t("Only on the device")} placeholder={t("all")} clearable searchable data={devices} value={device} onChange={setDevice} />
          </>
        )}
        <Button type="submit" loading={busy} disabled={!key.trim() || !given}>{t("Save")}</Button>
      </Stack>
    </form>
  );
}

function History({ of, onDone }: { of: Remote; onDone: () => void }) {
  const { t } = useTranslation();
  const reading = useData("fakts", RemoteValueHistory, { key: of.key });
  const back = async (id: string, version: number): Promise<void> => {
    if (!(await attempt(mutate("fakts", RollbackRemoteValue, { input: { id } })))) return;
    tell(t("Version {{version}} holds again.", { version }));
    onDone();
  };
  return (
    <Panel service="fakts" reading={reading}>
      {({ remoteValueHistory }) => (
        <Stack gap="xs" component="ol" m={0} p={0} style={{ listStyle: "none" }} aria-label={t("History")}>
          {remoteValueHistory.map((one) => (
            <Group key={one.id} component="li" justify="space-between" wrap="nowrap">
              <div style={{ minWidth: 0 }}>
                <Text size="sm" className="bh-mono bh-break">{one.isRemoved ? t("removed") : text(one.value)}</Text>
                <Text size="xs" c="dimmed">{t("Version {{version}}", { version: one.version })} · {one.app?.identifier ?? t("all apps")} · {one.device?.deviceId ?? t("all devices")} · <When at={one.changedAt} /></Text>
              </div>
              {one.isCurrent ? (
                <Badge state="done" word={t("holds now")} />
              ) : one.isRemoved ? null : (
                <Button size="compact-sm" variant="default" aria-label={t("Go back to version {{version}}", { version: one.version })} onClick={() => void back(one.id, one.version)}>{t("Go back")}</Button>
              )}
            </Group>
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function Opened({ remote, onDone }: { remote: Remote; onDone: () => void }) {
  const { t } = useTranslation();
  const remove = async (): Promise<void> => {
    const which = { key: remote.key, app: remote.app?.id ?? null, device: remote.device?.id ?? null };
    if (!(await attempt(mutate("fakts", RemoveRemoteValue, { input: which })))) return;
    tellUndo(t("Removed {{name}}.", { name: remote.key }), async () => {
      await mutate("fakts", SetRemoteValue, { input: { ...which, value: remote.value } });
      onDone();
    });
    onDone();
  };
  return (
    <Stack>
      <Edit old={remote} onDone={onDone} />
      <Button variant="default" onClick={() => void remove()}>{t("Remove {{name}}", { name: remote.key })}</Button>
      <Text fw={600} size="sm">{t("History")}</Text>
      <History of={remote} onDone={onDone} />
    </Stack>
  );
}

/** Values handed to apps with their tokens: set, change, remove, go back. */
export function RemoteValues() {
  const { t } = useTranslation();
  const reading = useData("fakts", RemoteValuesDocument, {}, { poll: 15_000 });
  const [open, setOpen] = useState<Remote | "new" | null>(null);
  const done = (): void => {
    setOpen(null);
    reading.reload();
  };
  return (
    <Stack gap="sm">
      <Group><Button onClick={() => setOpen("new")}>{t("New value")}</Button></Group>
      <Panel service="fakts" reading={reading}>
        {({ remoteValues }) => {
          const rows = remoteValues.filter((one) => !one.isRemoved);
          return rows.length === 0 ? (
            <Empty title={t("There are no remote values.")}>{t("Values set here are handed to apps when they log in.")}</Empty>
          ) : (
            <Table
              label={t("Remote values")}
              rows={rows}
              columns={columns}
              rowKey={(one) => one.id}
              onOpen={setOpen}
              card={(one) => (
                <>
                  <Text size="sm" fw={500} className="bh-ellipsis">{one.key}</Text>
                  <Text size="xs" c="dimmed" className="bh-ellipsis">{text(one.value)}</Text>
                </>
              )}
            />
          );
        }}
      </Panel>
      <Modal opened={open !== null} onClose={() => setOpen(null)} title={open === "new" || open === null ? t("New value") : open.key} closeButtonProps={{ "aria-label": t("Close") }}>
        {open === null ? null : open === "new" ? <Edit old={null} onDone={done} /> : <Opened key={open.id} remote={open} onDone={done} />}
      </Modal>
    </Stack>
  );
}
