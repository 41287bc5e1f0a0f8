import { Button, Code, CopyButton, Group, Modal, Select, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { confirm } from "~/components/Confirm";
import { attempt, tell } from "~/components/notify";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { Clients, IssueMandateKey, Mandates, RevokeClient, RevokeMandate, type ClientsQuery, type MandatesQuery } from "~/gen/fakts";
import { useFilters, useGo } from "~/lib/nav";

type Client = ClientsQuery["clients"][number];
type Mandate = MandatesQuery["mandates"][number];

const clientColumns = (revoke: (client: Client) => void, label: string): Column<Client>[] => [
  { key: "app", title: "App", width: "minmax(10rem, 2fr)", cell: (one) => one.release?.app.identifier ?? one.name },
  { key: "version", title: "Version", width: "6rem", cell: (one) => one.release?.version ?? "" },
  { key: "kind", title: "Kind", width: "8rem", cell: (one) => one.kind.toLowerCase().replaceAll("_", " ") },
  { key: "user", title: "Works for", width: "minmax(7rem, 1fr)", cell: (one) => one.user?.username ?? "" },
  { key: "device", title: "Device", width: "minmax(7rem, 1fr)", cell: (one) => one.node?.name ?? one.node?.deviceId ?? "" },
  { key: "uses", title: "Uses", width: "minmax(8rem, 1.5fr)", cell: (one) => one.mappings.map((mapping) => mapping.key).join(", ") },
  { key: "revoke", title: "", width: "6rem", cell: (one) => <Button size="compact-xs" variant="default" aria-label={`${label} ${one.name}`} onClick={(event) => { event.stopPropagation(); revoke(one); }}>{label}</Button> },
];

function ClientList() {
  const { t } = useTranslation();
  const go = useGo();
  const reading = useData("fakts", Clients, { filters: null, pagination: { limit: 500, offset: 0 } }, { poll: 15_000 });
  const revoke = async (client: Client): Promise<void> => {
    const name = client.release?.app.identifier ?? client.name;
    const ok = await confirm({
      title: t("Revoke {{name}}?", { name }),
      body: t("It is logged out at once on {{device}}, and what it is doing ends. To work again it has to be approved again.", { device: client.node?.name ?? client.node?.deviceId ?? t("its device") }),
      deed: t("Revoke {{name}}", { name }),
      danger: true,
    });
    if (!ok) return;
    if ((await attempt(mutate("fakts", RevokeClient, { input: { id: client.id } }))) !== undefined) {
      tell(t("Revoked."));
      reading.reload();
    }
  };
  return (
    <Panel service="fakts" reading={reading}>
      {({ clients }) =>
        clients.length === 0 ? (
          <Empty title={t("No app may work here yet.")} action={<Button onClick={() => go("/store")}>{t("Open the store")}</Button>}>{t("Start an app: it shows a code. Approve it here.")}</Empty>
        ) : (
          <Table
            label={t("Apps")}
            rows={clients}
            columns={clientColumns((client) => void revoke(client), t("Revoke"))}
            rowKey={(one) => one.id}
            card={(one) => (
              <Group justify="space-between" wrap="nowrap">
                <div style={{ minWidth: 0 }}>
                  <Text size="sm" fw={500} className="bh-ellipsis">{one.release?.app.identifier ?? one.name}</Text>
                  <Text size="xs" c="dimmed" className="bh-ellipsis">{[one.user?.username, one.node?.name ?? one.node?.deviceId].filter(Boolean).join(" · ")}</Text>
                </div>
                <Button size="compact-sm" variant="default" aria-label={`${t("Revoke")} ${one.name}`} onClick={() => void revoke(one)}>{t("Revoke")}</Button>
              </Group>
            )}
          />
        )
      }
    </Panel>
  );
}

function NewKey({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [identifier, setIdentifier] = useState("");
  const [version, setVersion] = useState("0.1.0");
  const [label, setLabel] = useState("");
  const [days, setDays] = useState("7");
  const [key, setKey] = useState<string | null>(null);
  const issue = async (): Promise<void> => {
    const done = await attempt(
      mutate("fakts", IssueMandateKey, { input: { manifest: { identifier: identifier.trim(), version: version.trim() }, expiresInDays: Number(days), anyVersion: true, label: label || null } }),
    );
    if (done) setKey(done.issueMandateKey.key);
  };
  const close = (): void => {
    setKey(null);
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={t("New key")} closeButtonProps={{ "aria-label": t("Close") }}>
      {key ? (
        <Stack>
          <Text size="sm">{t("This is the key. It is shown once: copy it now.")}</Text>
          <Code block className="bh-break">{key}</Code>
          <Group>
            <CopyButton value={key}>{({ copied, copy }) => <Button onClick={copy}>{copied ? t("Copied") : t("Copy")}</Button>}</CopyButton>
            <Button variant="default" onClick={close}>{t("Done")}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={(event) => { event.preventDefault(); void issue(); }}>
          <Stack>
            <TextInput data-autofocus required label={t("App")} description={t("Its identifier, as in org.example.hello")} value={identifier} onChange={(event) => setIdentifier(event.currentTarget.value)} />
            <TextInput required label={t("Version")} description={t("Every version of the app may use the key.")} value={version} onChange={(event) => setVersion(event.currentTarget.value)} />
            <TextInput label={t("What it is for")} value={label} onChange={(event) => setLabel(event.currentTarget.value)} />
            <Select label={t("Ends after")} allowDeselect={false} data={["1", "7", "14", "30"].map((value) => ({ value, label: t("{{count}} days", { count: Number(value) }) }))} value={days} onChange={(next) => setDays(next ?? "7")} />
            <Button type="submit" disabled={!identifier.trim()}>{t("Make the key")}</Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

const mandateColumns = (revoke: (mandate: Mandate) => void, label: string): Column<Mandate>[] => [
  { key: "state", title: "State", width: "7rem", cell: (one) => (one.isLive ? <Badge state="done" word="valid" /> : <Badge state="cancelled" word={one.revokedAt ? "revoked" : "ended"} />) },
  { key: "label", title: "For", width: "minmax(9rem, 2fr)", cell: (one) => one.label || <Text span size="sm" c="dimmed">without a name</Text> },
  { key: "prefix", title: "Begins with", width: "8rem", cell: (one) => <span className="bh-mono">{one.keyPrefix}</span> },
  { key: "by", title: "Made by", width: "minmax(7rem, 1fr)", cell: (one) => one.grantor.username },
  { key: "used", title: "Last used", width: "9rem", cell: (one) => (one.lastUsedAt ? <When at={one.lastUsedAt} /> : "never") },
  { key: "ends", title: "Ends", width: "9rem", cell: (one) => <When at={one.expiresAt} /> },
  { key: "revoke", title: "", width: "6rem", cell: (one) => (one.isLive ? <Button size="compact-xs" variant="default" aria-label={`${label} ${one.label || one.keyPrefix}`} onClick={() => revoke(one)}>{label}</Button> : null) },
];

function Keys() {
  const { t } = useTranslation();
  const [making, setMaking] = useState(false);
  const reading = useData("fakts", Mandates, { filters: null, pagination: { limit: 300, offset: 0 } }, { poll: 15_000 });
  const revoke = async (mandate: Mandate): Promise<void> => {
    const ok = await confirm({
      title: t("Revoke this key?"),
      body: t("{{count}} apps use it. They are logged out at once.", { count: mandate.clients.length }),
      deed: t("Revoke the key"),
      danger: true,
    });
    if (ok && (await attempt(mutate("fakts", RevokeMandate, { input: { id: mandate.id } })))) reading.reload();
  };
  return (
    <Stack gap="sm">
      <Group><Button onClick={() => setMaking(true)}>{t("New key")}</Button></Group>
      <NewKey opened={making} onClose={() => { setMaking(false); reading.reload(); }} />
      <Panel service="fakts" reading={reading}>
        {({ mandates }) =>
          mandates.length === 0 ? (
            <Empty title={t("There are no keys.")}>{t("With a key an app logs in without anybody at the screen.")}</Empty>
          ) : (
            <Table
              label={t("Keys")}
              rows={mandates}
              columns={mandateColumns((mandate) => void revoke(mandate), t("Revoke"))}
              rowKey={(one) => one.id}
              card={(one) => (
                <Group justify="space-between" wrap="nowrap">
                  <div style={{ minWidth: 0 }}>
                    <Text size="sm" fw={500} className="bh-ellipsis">{one.label || t("without a name")}</Text>
                    <Text size="xs" c="dimmed">{one.isLive ? t("valid") : t("ended")} · {one.keyPrefix}</Text>
                  </div>
                  {one.isLive ? <Button size="compact-sm" variant="default" aria-label={`${t("Revoke")} ${one.label || one.keyPrefix}`} onClick={() => void revoke(one)}>{t("Revoke")}</Button> : null}
                </Group>
              )}
            />
          )
        }
      </Panel>
    </Stack>
  );
}

export default function AppsPage() {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  return (
    <Page title={t("Apps")} about={t("Which apps may work here, for whom and where.")} actions={<Button component="a" href="/device">{t("Approve a code")}</Button>}>
      <Tabs value={search["tab"] ?? "clients"} onChange={(tab) => change({ tab: tab === "clients" ? undefined : (tab ?? undefined) })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="clients">{t("Apps and devices")}</Tabs.Tab>
          <Tabs.Tab value="keys">{t("Keys")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="clients" pt="md"><ClientList /></Tabs.Panel>
        <Tabs.Panel value="keys" pt="md"><Keys /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}
