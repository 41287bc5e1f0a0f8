import { Button, Group, Stack, Table as Plain, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { currentSession, logOut } from "~/auth/session";
import { attempt } from "~/components/notify";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { When } from "~/components/When";
import { EndSession, Me, Sessions } from "~/gen/fakts";

function Logins() {
  const { t } = useTranslation();
  const reading = useData("fakts", Sessions, {}, { poll: 15_000 });
  const end = async (id: string): Promise<void> => {
    if ((await attempt(mutate("fakts", EndSession, { input: { id } }))) !== undefined) reading.reload();
  };
  return (
    <Panel service="fakts" reading={reading}>
      {({ appSessions }) =>
        appSessions.length === 0 ? (
          <Text size="sm" c="dimmed">{t("No app is logged in for you.")}</Text>
        ) : (
          <Stack gap="xs">
            {appSessions.map((one) => (
              <Group key={one.id} justify="space-between" wrap="nowrap">
                <div style={{ minWidth: 0 }}>
                  <Text size="sm" className="bh-ellipsis">{one.client.name}</Text>
                  <Text size="xs" c="dimmed">{t("last used")} <When at={one.lastUsedAt} /></Text>
                </div>
                <Button size="xs" variant="default" aria-label={t("Log out {{name}}", { name: one.client.name })} onClick={() => void end(one.id)}>{t("Log out")}</Button>
              </Group>
            ))}
          </Stack>
        )
      }
    </Panel>
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
      <Section title={t("Apps logged in for me")}><Logins /></Section>
    </Page>
  );
}
