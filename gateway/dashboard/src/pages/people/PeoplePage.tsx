import { Button, Code, CopyButton, Group, Modal, MultiSelect, Select, Stack, Tabs, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { currentSession } from "~/auth/session";
import { confirm } from "~/components/Confirm";
import { attempt, tellUndo } from "~/components/notify";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { BlockMember, CancelInvite, CreateInvite, People, RemoveMember, SetRoles, type MemberRowFragment, type PeopleQuery } from "~/gen/fakts";
import { useFilters } from "~/lib/nav";

type Invite = PeopleQuery["invites"][number];
const roleWords = (roles: { identifier: string }[]): string => roles.map((role) => role.identifier).join(", ");

function Member({ member, roles, onDone }: { member: MemberRowFragment; roles: PeopleQuery["roles"]; onDone: () => void }) {
  const { t } = useTranslation();
  const before = member.roles.map((role) => role.identifier);
  const [chosen, setChosen] = useState(before);
  const name = member.user.username;
  const mine = currentSession()?.claims.username === name;
  const set = async (next: string[]): Promise<void> => {
    if (!(await attempt(mutate("fakts", SetRoles, { input: { id: member.id, roles: next } })))) return;
    tellUndo(t("{{name}} has other roles now.", { name }), () => mutate("fakts", SetRoles, { input: { id: member.id, roles: before } }));
    onDone();
  };
  const block = async (): Promise<void> => {
    const blocked = !member.isBlocked;
    if (!(await attempt(mutate("fakts", BlockMember, { input: { id: member.id, blocked } })))) return;
    tellUndo(blocked ? t("{{name}} is blocked.", { name }) : t("{{name}} may log in again.", { name }), () => mutate("fakts", BlockMember, { input: { id: member.id, blocked: !blocked } }));
    onDone();
  };
  const remove = async (): Promise<void> => {
    const ok = await confirm({ title: t("Remove {{name}}?", { name }), body: t("{{name}} leaves this organization, and apps that work for {{name}} here are logged out. Data stays.", { name }), deed: t("Remove {{name}}", { name }), danger: true });
    if (ok && (await attempt(mutate("fakts", RemoveMember, { input: { id: member.id } }))) !== undefined) onDone();
  };
  return (
    <Stack>
      <MultiSelect label={t("Roles")} data={roles.map((role) => ({ value: role.identifier, label: role.identifier }))} value={chosen} onChange={setChosen} />
      <Group>
        <Button disabled={chosen.length === 0} onClick={() => void set(chosen)}>{t("Give these roles")}</Button>
        <Button variant="default" disabled={mine} onClick={() => void block()}>{member.isBlocked ? t("Unblock") : t("Block")}</Button>
        <Button variant="default" disabled={mine} onClick={() => void remove()}>{t("Remove")}</Button>
      </Group>
      {mine ? <Text size="xs" c="dimmed">{t("You cannot block or remove yourself.")}</Text> : null}
    </Stack>
  );
}

const memberColumns: Column<MemberRowFragment>[] = [
  { key: "name", title: "User name", width: "minmax(9rem, 1.5fr)", cell: (one) => one.user.username },
  { key: "full", title: "Name", width: "minmax(9rem, 2fr)", cell: (one) => [one.user.firstName, one.user.lastName].filter(Boolean).join(" ") },
  { key: "email", title: "Email", width: "minmax(9rem, 2fr)", cell: (one) => one.user.email ?? "" },
  { key: "roles", title: "Roles", width: "minmax(8rem, 1.5fr)", cell: (one) => roleWords(one.roles) },
  { key: "state", title: "", width: "7rem", cell: (one) => (one.isBlocked ? <Badge state="denied" word="blocked" /> : null) },
];

function NewInvite({ opened, roles, onClose }: { opened: boolean; roles: PeopleQuery["roles"]; onClose: () => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string[]>(["user"]);
  const [days, setDays] = useState("7");
  const [link, setLink] = useState<string | null>(null);
  const make = async (): Promise<void> => {
    const done = await attempt(mutate("fakts", CreateInvite, { input: { roles: chosen, expiresInDays: Number(days) } }));
    if (done) setLink(`${location.origin}/join/${done.createInvite.token}`);
  };
  return (
    <Modal opened={opened} onClose={() => { setLink(null); onClose(); }} title={t("Invite somebody")} closeButtonProps={{ "aria-label": t("Close") }}>
      {link ? (
        <Stack>
          <Text size="sm">{t("Send this link. Whoever opens it and logs in becomes a member.")}</Text>
          <Code block className="bh-break">{link}</Code>
          <CopyButton value={link}>{({ copied, copy }) => <Button onClick={copy}>{copied ? t("Copied") : t("Copy the link")}</Button>}</CopyButton>
        </Stack>
      ) : (
        <Stack>
          <MultiSelect label={t("Roles")} data={roles.map((role) => ({ value: role.identifier, label: role.identifier }))} value={chosen} onChange={setChosen} />
          <Select label={t("Ends after")} allowDeselect={false} data={["1", "7", "30"].map((value) => ({ value, label: t("{{count}} days", { count: Number(value) }) }))} value={days} onChange={(next) => setDays(next ?? "7")} />
          <Button disabled={chosen.length === 0} onClick={() => void make()}>{t("Make the link")}</Button>
        </Stack>
      )}
    </Modal>
  );
}

const inviteColumns = (cancel: (invite: Invite) => void, label: string): Column<Invite>[] => [
  { key: "state", title: "State", width: "8rem", cell: (one) => <Badge state={one.valid ? "queued" : "cancelled"} word={one.valid ? "open" : one.status.toLowerCase()} /> },
  { key: "roles", title: "Roles", width: "minmax(8rem, 1fr)", cell: (one) => roleWords(one.roles) },
  { key: "by", title: "By", width: "minmax(7rem, 1fr)", cell: (one) => one.createdBy?.username ?? "" },
  { key: "uses", title: "Used", width: "6rem", cell: (one) => `${one.uses} / ${one.maxUses ?? "∞"}` },
  { key: "ends", title: "Ends", width: "9rem", cell: (one) => <When at={one.expiresAt} /> },
  { key: "cancel", title: "", width: "6rem", cell: (one) => (one.valid ? <Button size="compact-xs" variant="default" onClick={() => cancel(one)}>{label}</Button> : null) },
];

export default function PeoplePage() {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const reading = useData("fakts", People, {}, { poll: 15_000 });
  const [open, setOpen] = useState<string | null>(null);
  const [inviting, setInviting] = useState(false);
  const cancel = async (invite: Invite): Promise<void> => {
    if (await attempt(mutate("fakts", CancelInvite, { input: { id: invite.id } }))) reading.reload();
  };
  return (
    <Page title={t("People")} about={t("Who belongs to this organization and what they may do.")} actions={<Button onClick={() => setInviting(true)}>{t("Invite somebody")}</Button>}>
      <Panel service="fakts" reading={reading}>
        {(data) => {
          const member = data.memberships.find((one) => one.id === open);
          return (
            <>
              <NewInvite opened={inviting} roles={data.roles} onClose={() => { setInviting(false); reading.reload(); }} />
              <Modal opened={member !== undefined} onClose={() => setOpen(null)} title={member?.user.username} closeButtonProps={{ "aria-label": t("Close") }}>
                {member ? <Member key={member.id} member={member} roles={data.roles} onDone={() => { setOpen(null); reading.reload(); }} /> : null}
              </Modal>
              <Tabs value={search["tab"] ?? "members"} onChange={(tab) => change({ tab: tab === "members" ? undefined : (tab ?? undefined) })} keepMounted={false}>
                <Tabs.List>
                  <Tabs.Tab value="members">{t("Members")}</Tabs.Tab>
                  <Tabs.Tab value="invites">{t("Invites")}</Tabs.Tab>
                  <Tabs.Tab value="roles">{t("Roles")}</Tabs.Tab>
                </Tabs.List>
                <Tabs.Panel value="members" pt="md">
                  <Table
                    label={t("Members")}
                    rows={data.memberships}
                    columns={memberColumns}
                    rowKey={(one) => one.id}
                    onOpen={(one) => setOpen(one.id)}
                    card={(one) => (
                      <>
                        <Text size="sm" fw={500}>{one.user.username}</Text>
                        <Text size="xs" c="dimmed">{roleWords(one.roles)}</Text>
                      </>
                    )}
                  />
                </Tabs.Panel>
                <Tabs.Panel value="invites" pt="md">
                  {data.invites.length === 0 ? (
                    <Empty title={t("Nobody is invited.")} action={<Button onClick={() => setInviting(true)}>{t("Invite somebody")}</Button>} />
                  ) : (
                    <Table
                      label={t("Invites")}
                      rows={data.invites}
                      columns={inviteColumns((invite) => void cancel(invite), t("Cancel"))}
                      rowKey={(one) => one.id}
                      card={(one) => (
                        <>
                          <Text size="sm">{one.valid ? t("open") : one.status.toLowerCase()} · {roleWords(one.roles)}</Text>
                          <Text size="xs" c="dimmed"><When at={one.expiresAt} /></Text>
                        </>
                      )}
                    />
                  )}
                </Tabs.Panel>
                <Tabs.Panel value="roles" pt="md">
                  <Stack gap="xs">
                    {data.roles.map((role) => (
                      <div key={role.id}>
                        <Text size="sm" fw={600}>{role.identifier}</Text>
                        <Text size="sm" c="dimmed">{role.description}</Text>
                      </div>
                    ))}
                  </Stack>
                </Tabs.Panel>
              </Tabs>
            </>
          );
        }}
      </Panel>
    </Page>
  );
}
