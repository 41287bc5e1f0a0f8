import { Button, Group, Modal, MultiSelect, Stack, Tabs, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { currentSession } from "~/auth/session";
import { confirm } from "~/components/Confirm";
import { attempt, tellUndo } from "~/components/notify";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { Table, type Column } from "~/components/Table";
import { BlockMember, People, RemoveMember, SetRoles, TransferOwnership, type MemberRowFragment, type PeopleQuery } from "~/gen/fakts";
import { useFilters } from "~/lib/nav";
import { Invites, NewInvite, roleWords } from "./Invites";
import { Organization, Requests, Roles } from "./Organization";


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
  const handOver = async (): Promise<void> => {
    const ok = await confirm({ title: t("Make {{name}} the owner?", { name }), body: t("The owner cannot be removed by other admins. You stay an admin; only {{name}} can hand it back.", { name }), deed: t("Make {{name}} the owner", { name }), danger: true });
    if (ok && (await attempt(mutate("fakts", TransferOwnership, { input: { user: member.user.id } })))) onDone();
  };
  return (
    <Stack>
      <MultiSelect label={t("Roles")} data={roles.map((role) => ({ value: role.identifier, label: role.identifier }))} value={chosen} onChange={setChosen} />
      <Group>
        <Button disabled={chosen.length === 0} onClick={() => void set(chosen)}>{t("Give these roles")}</Button>
        <Button variant="default" disabled={mine} onClick={() => void block()}>{member.isBlocked ? t("Unblock") : t("Block")}</Button>
        <Button variant="default" disabled={mine} onClick={() => void remove()}>{t("Remove")}</Button>
        {mine || member.isBlocked || !before.includes("admin") ? null : <Button variant="default" onClick={() => void handOver()}>{t("Make the owner")}</Button>}
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

export default function PeoplePage() {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const reading = useData("fakts", People, {}, { poll: 15_000 });
  const [open, setOpen] = useState<string | null>(null);
  const [inviting, setInviting] = useState(false);
  const invite = <Button onClick={() => setInviting(true)}>{t("Invite somebody")}</Button>;
  return (
    <Page title={t("People")} about={t("Who belongs to this organization and what they may do.")} actions={invite}>
      <Panel service="fakts" reading={reading}>
        {(data) => {
          const member = data.memberships.find((one) => one.id === open);
          return (
            <>
              {inviting ? <NewInvite roles={data.roles} onClose={() => { setInviting(false); reading.reload(); }} /> : null}
              <Modal opened={member !== undefined} onClose={() => setOpen(null)} title={member?.user.username} closeButtonProps={{ "aria-label": t("Close") }}>
                {member ? <Member key={member.id} member={member} roles={data.roles} onDone={() => { setOpen(null); reading.reload(); }} /> : null}
              </Modal>
              <Requests requests={data.membershipRequests} roles={data.roles} onDone={reading.reload} />
              <Tabs value={search["tab"] ?? "members"} onChange={(tab) => change({ tab: tab === "members" ? undefined : (tab ?? undefined) })} keepMounted={false}>
                <Tabs.List>
                  <Tabs.Tab value="members">{t("Members")}</Tabs.Tab>
                  <Tabs.Tab value="invites">{t("Invites")}</Tabs.Tab>
                  <Tabs.Tab value="roles">{t("Roles")}</Tabs.Tab>
                  <Tabs.Tab value="organization">{t("Organization")}</Tabs.Tab>
                </Tabs.List>
                <Tabs.Panel value="members" pt="md">
                  <Table
                    label={t("Members")}
                    rows={data.memberships}
                    columns={memberColumns}
                    rowKey={(one) => one.id}
                    onOpen={(one) => setOpen(one.id)}
                    card={(one) => (
                      <Group justify="space-between" wrap="nowrap">
                        <div style={{ minWidth: 0 }}>
                          <Text size="sm" fw={500} className="bh-ellipsis">{one.user.username}</Text>
                          <Text size="xs" c="dimmed" className="bh-ellipsis">{roleWords(one.roles)}</Text>
                        </div>
                        {one.isBlocked ? <Badge state="denied" word="blocked" /> : null}
                      </Group>
                    )}
                  />
                </Tabs.Panel>
                <Tabs.Panel value="invites" pt="md"><Invites invites={data.invites} invite={invite} onDone={reading.reload} /></Tabs.Panel>
                <Tabs.Panel value="roles" pt="md"><Roles roles={data.roles} members={data.memberships} onDone={reading.reload} /></Tabs.Panel>
                <Tabs.Panel value="organization" pt="md"><Organization /></Tabs.Panel>
              </Tabs>
            </>
          );
        }}
      </Panel>
    </Page>
  );
}
