import { Code, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData, useFeed } from "~/api/hooks";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { When } from "~/components/When";
import { PodFeed, PodPage as PodPageDocument } from "~/gen/kabinet";
import { useId } from "~/lib/nav";
import { PodBadge } from "./StorePage";

export default function PodPage() {
  const { t } = useTranslation();
  const id = useId();
  const reading = useData("kabinet", PodPageDocument, { id }, { poll: 5000 });
  useFeed("kabinet", PodFeed, {}, reading.reload, reading.reload);
  const pod = reading.data?.pod;
  return (
    <Page title={pod?.deployment.release.app.identifier ?? t("Installed app")} about={pod ? <PodBadge status={pod.status} /> : null}>
      <Panel service="kabinet" reading={reading}>
        {(data) => (
          <>
            <Section title={t("About")}>
              <Text size="sm">{data.pod.deployment.release.version} · {data.pod.resource?.name ?? data.pod.backend.name} · <When at={data.pod.updatedAt} /></Text>
              {data.pod.deployment.availableUpdate ? <Text size="sm">{t("Version {{version}} is there.", { version: data.pod.deployment.availableUpdate.version })}</Text> : null}
            </Section>
            <Section title={t("Log")}>
              {data.pod.latestLogDump ? <Code block mah={600} style={{ overflow: "auto" }} tabIndex={0}>{data.pod.latestLogDump.logs}</Code> : <Text size="sm" c="dimmed">{t("No log was sent yet.")}</Text>}
            </Section>
          </>
        )}
      </Panel>
    </Page>
  );
}
