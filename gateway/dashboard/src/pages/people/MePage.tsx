import { Anchor, Button, Group, Stack, Table as Plain, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { mutate, query } from "~/api/client";
import { useData } from "~/api/hooks";
import { currentSession, logOut } from "~/auth/session";
import { confirm } from "~/components/Confirm";
import { attempt } from "~/components/notify";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { When } from "~/components/When";
import { EndSession, Me, MyData, MyKeys, RevokeMandate, Sessions } from "~/gen/fakts";

/** Pages of fakts: passwords are never typed into this one, and only fakts knows its browsers. */
const ACCOUNT = "/fakts/account/";

function Logins() {
  const { t } = useTranslation();
  const reading = useData("fakts", Sessions, {}, { poll: 15_000 });
  const me = currentSession()?.claims.subject;
  const end = async (id: string): Promise<void> => {
    if ((await attempt(mutate("fakts", EndSession, { input: { id } }))) !== undefined) reading.reload();
  };
  return (
    <Panel service="fakts" reading={reading}>
      {({ appSessions }) => {
        const mine = appSessions.filter((one) => one.client.user?.id === me);
        if (mine.length === 0) return <Text size="sm" c="dimmed">{t("No app is logged in for you.")}</Text>;
        return (
          <Stack gap="xs">
            {mine.map((one) => (
              <Group key={one.id} justify="space-between" wrap="nowrap">
                <div style={{ minWidth: 0 }}>
                  <Text size="sm" className="bh-ellipsis">{one.client.name}</Text>
                  <Text size="xs" c="dimmed">{t("last used")} <When at={one.lastUsedAt} /></Text>
                </div>
                <Button style={{ flexShrink: 0 }} size="xs" variant="default" aria-label={t("Log out {{name}}", { name: one.client.name })} onClick={() => void end(one.id)}>{t("Log out")}</Button>
              </Group>
            ))}
          </Stack>
        );
      }}
    </Panel>
  );
}

function Keys() {
  const { t } = useTranslation();
  const reading = useData("fakts", MyKeys, {}, { poll: 15_000 });
  const revoke = async (id: string, used: number): Promise<void> => {
    const ok = await confirm({ title: t("Revoke this key?"), body: t("{{count}} apps use it. They are logged out at once.", { count: used }), deed: t("Revoke the key"), danger: true });
    if (ok && (await attempt(mutate("fakts", RevokeMandate, { input: { id } })))) reading.reload();
  };
  return (
    <Panel service="fakts" reading={reading}>
      {({ me, mandates }) => {
        const mine = mandates.filter((one) => one.isLive && one.grantor.id === me?.id);
        return (
          <Stack gap="xs">
            {mine.length === 0 ? <Text size="sm" c="dimmed">{t("You have no key. With one an app logs in as you without anybody at the screen.")}</Text> : null}
            {mine.map((one) => (
              <Group key={one.id} justify="space-between" wrap="nowrap">
                <div style={{ minWidth: 0 }}>
                  <Text size="sm" className="bh-ellipsis">{one.label || t("without a name")} <Text span size="sm" c="dimmed" className="bh-mono">{one.keyPrefix}</Text></Text>
                  <Text size="xs" c="dimmed">{one.lastUsedAt ? t("last used") : t("never used")} <When at={one.lastUsedAt} /> {one.expiresAt ? <> · {t("ends")} <When at={one.expiresAt} /></> : null}</Text>
                </div>
                <Button style={{ flexShrink: 0 }} size="xs" variant="default" aria-label={t("Revoke {{name}}", { name: one.label || one.keyPrefix || one.id })} onClick={() => void revoke(one.id, one.clients.length)}>{t("Revoke")}</Button>
              </Group>
            ))}
            <Group><Button component="a" href={`${ACCOUNT}keys/`} size="xs" variant="default">{t("New key")}</Button></Group>
          </Stack>
        );
      }}
    </Panel>
  );
}

function Security() {
  const { t } = useTranslation();
  const keep = async (): Promise<void> => {
    const { data, problem } = await query("fakts", MyData, {});
    if (problem || data === undefined) return void attempt(Promise.reject(problem ?? new Error(t("fakts sent nothing."))));
    const url = URL.createObjectURL(new Blob([JSON.stringify(data.myData, null, 2)], { type: "application/json" }));
    Object.assign(document.createElement("a"), { href: url, download: "my-account.json" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  const links: [string, string, string][] = [
    [`${ACCOUNT}password/`, t("Change the password"), t("Other browsers are logged out then.")],
    [`${ACCOUNT}sessions/`, t("Browsers I am logged in with"), t("End those you do not know.")],
    [ACCOUNT, t("Name and email"), t("How others see you.")],
  ];
  return (
    <Stack gap="sm">
      {links.map(([href, label, about]) => (
        <div key={href}>
          <Anchor href={href} size="sm">{label}</Anchor>
          <Text size="xs" c="dimmed">{about}</Text>
        </div>
      ))}
      <Group><Button size="xs" variant="default" onClick={() => void keep()}>{t("Download what is kept about me")}</Button></Group>
    </Stack>
  );
}

export default function MePage() {
  const { t } = useTranslation();
  const reading = useData("fakts", Me, {});
  const claims = currentSession()?.claims;
  return (
    <Page title={t("My account")} width={760} actions={<Button variant="default" onClick={() => void logOut()}>{t("Log out")}</Button>}>
      <Section title={t("About me")}>
        <Panel service="fakts" reading={reading}>
          {({ me }) => (
            <Plain variant="vertical" layout="fixed">
              <Plain.Tbody>
                {([[t("User name"), me?.username], [t("Name"), [me?.firstName, me?.lastName].filter(Boolean).join(" ")], [t("Email"), me?.email], [t("Roles here"), claims?.roles.join(", ")]] as [string, string | null | undefined][]).map(([label, value]) => (
                  <Plain.Tr key={label}>
                    <Plain.Th w={120}>{label}</Plain.Th>
                    <Plain.Td className="bh-break">{value}</Plain.Td>
                  </Plain.Tr>
                ))}
              </Plain.Tbody>
            </Plain>
          )}
        </Panel>
      </Section>
      <Section title={t("Password and browsers")}><Security /></Section>
      <Section title={t("Apps logged in for me")}><Logins /></Section>
      <Section title={t("My keys")}><Keys /></Section>
    </Page>
  );
}
