import { Anchor, Button, Table as Plain, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { currentSession, logOut } from "~/auth/session";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { Me } from "~/gen/fakts";

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
      <Section title={t("Password, sessions and apps")}>
        <Text size="sm">{t("fakts, which keeps logins, has pages for them.")} <Anchor href="/fakts/account/">{t("Open them")}</Anchor></Text>
      </Section>
    </Page>
  );
}
