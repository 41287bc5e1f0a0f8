import { Button, Code, CopyButton, Group, Modal, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { attempt } from "~/components/notify";
import { Empty } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { CancelInvite, CreateInvite, type PeopleQuery } from "~/gen/fakts";
import { useFocusBack } from "~/lib/focus";

type Invite = PeopleQuery["invites"][number];
export const roleWords = (roles: readonly { identifier: string }[]): string => roles.map((role) => role.identifier).join(", ");
export const linkOf = (token: string): string => `${location.origin}/join/${token}`;
/** How many may use one link; the empty choice is any number. */
const USES = ["1", "5", "25", ""];

export function NewInvite({ roles, onClose }: { roles: PeopleQuery["roles"]; onClose: () => void }) {
  const { t } = useTranslation();
  useFocusBack();
  const [chosen, setChosen] = useState<string[]>(["user"]);
  const [days, setDays] = useState("7");
  const [uses, setUses] = useState("1");
  const [email, setEmail] = useState("");
  const [link, setLink] = useState<string | null>(null);
  const make = async (): Promise<void> => {
    const input = { roles: chosen, expiresInDays: Number(days), maxUses: uses ? Number(uses) : null, email: email.trim() || null };
    const done = await attempt(mutate("fakts", CreateInvite, { input }));
    if (done) setLink(linkOf(done.createInvite.token));
  };
  return (
    <Modal opened onClose={onClose} title={t("Invite somebody")} closeButtonProps={{ "aria-label": t("Close") }}>
      {link ? (
        <Stack>
          <Text size="sm">{t("Send this link. Whoever opens it becomes a member, with a new account or the one they have.")}</Text>
          <Code block className="bh-break">{link}</Code>
          <Group>
            <CopyButton value={link}>{({ copied, copy }) => <Button onClick={copy}>{copied ? t("Copied") : t("Copy the link")}</Button>}</CopyButton>
            <Button variant="default" onClick={onClose}>{t("Done")}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={(event) => { event.preventDefault(); void make(); }}>
          <Stack>
            <MultiSelect label={t("Roles")} data={roles.map((role) => role.identifier)} value={chosen} onChange={setChosen} />
            <Group grow>
              <Select label={t("Ends after")} allowDeselect={false} data={["1", "7", "30"].map((value) => ({ value, label: t("{{count}} days", { count: Number(value) }) }))} value={days} onChange={(next) => setDays(next ?? "7")} />
              <Select label={t("For")} allowDeselect={false} data={USES.map((value) => ({ value, label: value ? t("{{count}} people", { count: Number(value) }) : t("any number") }))} value={uses} onChange={(next) => setUses(next ?? "1")} />
            </Group>
            <TextInput label={t("Email")} description={t("To remember whom it is for; nothing is sent.")} type="email" value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
            <Button type="submit" disabled={chosen.length === 0}>{t("Make the link")}</Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

const stateOf = (one: Invite): string => (one.valid ? "open" : one.status.toLowerCase() === "pending" ? "ended" : one.status.toLowerCase());

function Deeds({ invite, onCancel }: { invite: Invite; onCancel: (invite: Invite) => void }) {
  const { t } = useTranslation();
  if (!invite.valid) return null;
  const named = roleWords(invite.roles);
  return (
    <Group gap={6} wrap="nowrap">
      <CopyButton value={linkOf(invite.token)}>{({ copied, copy }) => <Button size="compact-xs" variant="default" aria-label={t("Copy the link for {{roles}}", { roles: named })} onClick={copy}>{copied ? t("Copied") : t("Link")}</Button>}</CopyButton>
      <Button size="compact-xs" variant="default" aria-label={t("Cancel the invite for {{roles}}", { roles: named })} onClick={() => onCancel(invite)}>{t("Cancel")}</Button>
    </Group>
  );
}

const columns = (cancel: (invite: Invite) => void): Column<Invite>[] => [
  { key: "state", title: "State", width: "8rem", cell: (one) => <Badge state={one.valid ? "queued" : "cancelled"} word={stateOf(one)} /> },
  { key: "roles", title: "Roles", width: "minmax(8rem, 1fr)", cell: (one) => roleWords(one.roles) },
  { key: "for", title: "For", width: "minmax(7rem, 1fr)", cell: (one) => one.acceptedBy?.username ?? one.email ?? "" },
  { key: "by", title: "By", width: "minmax(7rem, 1fr)", cell: (one) => one.createdBy?.username ?? "" },
  { key: "uses", title: "Used", width: "6rem", cell: (one) => `${one.uses} / ${one.maxUses ?? "∞"}` },
  { key: "ends", title: "Ends", width: "9rem", cell: (one) => <When at={one.expiresAt} /> },
  { key: "deeds", title: "", width: "9rem", cell: (one) => <Deeds invite={one} onCancel={cancel} /> },
];

export function Invites({ invites, invite, onDone }: { invites: readonly Invite[]; invite: ReactNode; onDone: () => void }) {
  const { t } = useTranslation();
  const cancel = async (one: Invite): Promise<void> => {
    if (await attempt(mutate("fakts", CancelInvite, { input: { id: one.id } }))) onDone();
  };
  if (invites.length === 0) return <Empty title={t("Nobody is invited.")} action={invite}>{t("An invite is a link: send it to whoever is to work here.")}</Empty>;
  return (
    <Table
      label={t("Invites")}
      rows={invites}
      columns={columns((one) => void cancel(one))}
      rowKey={(one) => one.id}
      card={(one) => (
        <Group justify="space-between" wrap="nowrap" gap="sm">
          <div style={{ minWidth: 0 }}>
            <Text size="sm" className="bh-ellipsis">{stateOf(one)} · {roleWords(one.roles)}</Text>
            <Text size="xs" c="dimmed" className="bh-ellipsis">{one.acceptedBy?.username ?? one.email ?? ""} <When at={one.expiresAt} /></Text>
          </div>
          <Deeds invite={one} onCancel={(chosen) => void cancel(chosen)} />
        </Group>
      )}
    />
  );
}
