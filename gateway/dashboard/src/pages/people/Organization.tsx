import { Button, Checkbox, Group, MultiSelect, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { confirm } from "~/components/Confirm";
import { attempt, tell, tellUndo } from "~/components/notify";
import { Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { When } from "~/components/When";
import {
  ApproveRequest, CreateRole, DeclineRequest, DeleteRole, OrganizationSettings, SetOrganization, SetStrategy, type OrganizationSettingsQuery, type PeopleQuery, type SetStrategyInput,
} from "~/gen/fakts";
import { roleWords } from "./Invites";

type Request = PeopleQuery["membershipRequests"][number];

function Wish({ request, roles, onDone }: { request: Request; roles: PeopleQuery["roles"]; onDone: () => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(request.wantedRoles.length > 0 ? request.wantedRoles.map((role) => role.identifier) : ["user"]);
  const accept = async (): Promise<void> => {
    if (await attempt(mutate("fakts", ApproveRequest, { input: { id: request.id, roles: chosen } }))) onDone();
  };
  const decline = async (): Promise<void> => {
    if (await attempt(mutate("fakts", DeclineRequest, { input: { id: request.id } }))) onDone();
  };
  const name = request.user.username;
  return (
    <Group justify="space-between" align="flex-end" gap="sm">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600}>{request.wantedRoles.length > 0 ? t("{{name}} asks for {{roles}}", { name, roles: roleWords(request.wantedRoles) }) : t("{{name}} asks to join", { name })}</Text>
        <Text size="xs" c="dimmed" className="bh-break">{request.reason} <When at={request.createdAt} /></Text>
      </div>
      <Group gap="xs" align="flex-end">
        <MultiSelect size="xs" aria-label={t("Roles of {{name}}", { name })} data={roles.map((role) => role.identifier)} value={chosen} onChange={setChosen} />
        <Button size="xs" disabled={chosen.length === 0} onClick={() => void accept()}>{t("Accept {{name}}", { name })}</Button>
        <Button size="xs" variant="default" onClick={() => void decline()}>{t("Decline")}</Button>
      </Group>
    </Group>
  );
}

/** Who waits to be let in, or for more roles. */
export function Requests({ requests, roles, onDone }: { requests: readonly Request[]; roles: PeopleQuery["roles"]; onDone: () => void }) {
  const { t } = useTranslation();
  const waiting = requests.filter((one) => one.status.toLowerCase() === "pending");
  if (waiting.length === 0) return null;
  return (
    <Section title={t("Waiting for an answer")}>
      <Stack gap="sm">{waiting.map((one) => <Wish key={one.id} request={one} roles={roles} onDone={onDone} />)}</Stack>
    </Section>
  );
}

export function Roles({ roles, members, onDone }: { roles: PeopleQuery["roles"]; members: PeopleQuery["memberships"]; onDone: () => void }) {
  const { t } = useTranslation();
  const [word, setWord] = useState("");
  const [about, setAbout] = useState("");
  const make = async (): Promise<void> => {
    if (!(await attempt(mutate("fakts", CreateRole, { input: { identifier: word.trim(), description: about.trim() } })))) return;
    setWord("");
    setAbout("");
    onDone();
  };
  const holders = (id: string): number => members.filter((member) => member.roles.some((role) => role.id === id)).length;
  const remove = async (role: PeopleQuery["roles"][number]): Promise<void> => {
    const name = role.identifier;
    const ok = await confirm({ title: t("Remove the role {{name}}?", { name }), body: t("{{count}} members have it and lose it.", { count: holders(role.id) }), deed: t("Remove the role"), danger: true });
    if (ok && (await attempt(mutate("fakts", DeleteRole, { input: { id: role.id } }))) !== undefined) onDone();
  };
  return (
    <Stack>
      {roles.map((role) => (
        <Group key={role.id} justify="space-between" wrap="nowrap" gap="sm">
          <div style={{ minWidth: 0 }}>
            <Text size="sm" fw={600}>{role.identifier}</Text>
            <Text size="sm" c="dimmed">{[role.description, role.declaredBy ? t("brought by {{service}}", { service: role.declaredBy }) : "", t("{{count}} members", { count: holders(role.id) })].filter(Boolean).join(" · ")}</Text>
          </div>
          {role.isBuiltin || role.declaredBy ? null : <Button size="compact-sm" variant="default" aria-label={t("Remove the role {{name}}", { name: role.identifier })} onClick={() => void remove(role)}>{t("Remove")}</Button>}
        </Group>
      ))}
      <Section title={t("New role")}>
        <form onSubmit={(event) => { event.preventDefault(); void make(); }}>
          <Group align="flex-end" gap="sm">
            <TextInput label={t("Name")} description={t("One word in small letters; apps find it in tokens.")} value={word} onChange={(event) => setWord(event.currentTarget.value)} />
            <TextInput label={t("What it is for")} value={about} onChange={(event) => setAbout(event.currentTarget.value)} />
            <Button type="submit" disabled={!word.trim()}>{t("Make the role")}</Button>
          </Group>
        </form>
      </Section>
    </Stack>
  );
}

const LOGIN_KINDS: readonly (readonly [kind: string, label: string, about: string])[] = [
  ["device_code", "By a code", "The app shows a code, and a person lets it in."],
  ["mandate_key", "By a key", "An app logs in by a key, with nobody at the screen."],
  ["web", "By a web page", "Web apps send people here to log in, as this page does."],
];

type Strategy = OrganizationSettingsQuery["strategy"];

/** One line an app: its identifier, and the versions if only some are known. */
export const knownText = (apps: Strategy["knownApps"]): string => apps.map((one) => [one.identifier, ...(one.versions ?? [])].join(" ")).join("\n");

export function knownOf(text: string): { identifier: string; versions: string[] | null }[] {
  return text.split("\n").flatMap((line) => {
    const [identifier, ...versions] = line.trim().split(/[\s,]+/);
    return identifier ? [{ identifier, versions: versions.length > 0 ? versions : null }] : [];
  });
}

function Strategies({ strategy, onChange }: { strategy: Strategy; onChange: (next: SetStrategyInput, before: SetStrategyInput) => Promise<void> }) {
  const { t } = useTranslation();
  const all = LOGIN_KINDS.map(([kind]) => kind);
  const before = strategy.loginKinds.length > 0 ? strategy.loginKinds : all;
  const [kinds, setKinds] = useState<string[]>(before);
  const [known, setKnown] = useState(knownText(strategy.knownApps));
  const [version, setVersion] = useState(strategy.platformVersion);
  // This page logs people in by the web: without that nobody could undo it here.
  const fits = kinds.includes("web");
  const same = [...kinds].sort().join() === [...before].sort().join();
  return (
    <>
      <Section title={t("Apps every member may let in")}>
        <form onSubmit={(event) => { event.preventDefault(); void onChange({ knownApps: knownOf(known) }, { knownApps: strategy.knownApps }); }}>
          <Stack maw={560}>
            <Textarea label={t("Known apps")} description={t("One a line: its identifier, and versions after it if only those are known.")} autosize minRows={2} value={known} onChange={(event) => setKnown(event.currentTarget.value)} />
            <Group><Button type="submit" disabled={known.trim() === knownText(strategy.knownApps)}>{t("Save the apps")}</Button></Group>
          </Stack>
        </form>
      </Section>
      <Section title={t("How one logs in here")}>
        <form onSubmit={(event) => { event.preventDefault(); void onChange({ loginKinds: same ? strategy.loginKinds : kinds, platformVersion: version.trim() }, { loginKinds: strategy.loginKinds, platformVersion: strategy.platformVersion }); }}>
          <Stack maw={560}>
            <Checkbox.Group aria-label={t("How one logs in here")} value={kinds} onChange={setKinds} error={fits ? undefined : t("This page itself logs in by the web; keep that.")}>
              <Stack gap="sm">{LOGIN_KINDS.map(([kind, label, about]) => <Checkbox key={kind} value={kind} label={t(label)} description={t(about)} />)}</Stack>
            </Checkbox.Group>
            <TextInput maw={240} label={t("Version of services")} description={t("Apps are wired to this one where there are several; empty means any.")} value={version} onChange={(event) => setVersion(event.currentTarget.value)} />
            <Group><Button type="submit" disabled={!fits || (same && version.trim() === strategy.platformVersion)}>{t("Save the ways")}</Button></Group>
          </Stack>
        </form>
      </Section>
    </>
  );
}

function Settings({ data, reload }: { data: OrganizationSettingsQuery; reload: () => void }) {
  const { t } = useTranslation();
  const { organization } = data.mycontext;
  const [name, setName] = useState(organization.name);
  const [about, setAbout] = useState(organization.description ?? "");
  const save = async (): Promise<void> => {
    const done = await attempt(mutate("fakts", SetOrganization, { input: { id: organization.id, name: name.trim(), description: about.trim() } }));
    if (!done) return;
    tell(t("Saved."));
    reload();
  };
  const change = async (input: SetStrategyInput, before: SetStrategyInput): Promise<void> => {
    if (!(await attempt(mutate("fakts", SetStrategy, { input })))) return;
    reload();
    tellUndo(t("Saved."), () => mutate("fakts", SetStrategy, { input: before }).then(reload));
  };
  const choose = (approval: string): Promise<void> => change({ approval }, { approval: data.strategy.approval });
  return (
    <Stack>
      <Section title={t("How it is shown")}>
        <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
          <Stack maw={560}>
            <TextInput label={t("Name")} required value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Textarea label={t("What it is")} autosize minRows={2} value={about} onChange={(event) => setAbout(event.currentTarget.value)} />
            <Text size="xs" c="dimmed">{t("In addresses it is called {{slug}}; that stays.", { slug: organization.slug })}</Text>
            <Group><Button type="submit" disabled={!name.trim() || (name === organization.name && about === (organization.description ?? ""))}>{t("Save")}</Button></Group>
          </Stack>
        </form>
      </Section>
      <Section title={t("Who lets apps in")}>
        <Radio.Group aria-label={t("Who lets apps in")} value={data.strategy.approval} onChange={(value) => void choose(value)}>
          <Stack gap="sm">
            <Radio value="member" label={t("Every member")} description={t("Whoever approves an app lets it act for themselves.")} />
            <Radio value="admin" label={t("Admins")} description={t("Members let in what is known; for all else they ask.")} />
          </Stack>
        </Radio.Group>
      </Section>
      <Strategies key={JSON.stringify(data.strategy)} strategy={data.strategy} onChange={change} />
    </Stack>
  );
}

export function Organization() {
  const reading = useData("fakts", OrganizationSettings, {});
  return <Panel service="fakts" reading={reading}>{(data) => <Settings key={data.mycontext.organization.id} data={data} reload={reading.reload} />}</Panel>;
}
