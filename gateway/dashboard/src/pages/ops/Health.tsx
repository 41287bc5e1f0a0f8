import { Code, Group, List, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { checksStore, healthStore } from "~/api/health";
import { useData } from "~/api/hooks";
import { Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { Settings, Versions } from "~/gen/fakts";
import { relative } from "~/lib/format";
import { SERVICES, healthPath, type Service } from "~/lib/services";
import { useStore } from "~/lib/store";

/** One service: up or not, since when, and what it says of its parts. */
function One({ service }: { service: Service }) {
  const { t } = useTranslation();
  const one = useStore(healthStore)[service];
  const checks = Object.entries(useStore(checksStore)[service] ?? {});
  const words = { up: t("up"), away: t("away"), unknown: t("asking") };
  return (
    <Section title={service} aside={<Badge state={one.state === "up" ? "done" : one.state === "away" ? "lost" : "queued"} word={words[one.state]} />}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">{t("since {{when}}", { when: relative(one.since) })} · <Code>{healthPath(service)}</Code></Text>
        <List size="sm" listStyleType="none" p={0} aria-label={t("Parts of {{service}}", { service })}>
          {checks.map(([part, said]) => (
            <List.Item key={part}>{part.replaceAll("_", " ")}: {said === "ok" ? t("well") : said}</List.Item>
          ))}
        </List>
      </Stack>
    </Section>
  );
}

function Installed() {
  const { t } = useTranslation();
  const reading = useData("fakts", Versions, {});
  const settings = useData("fakts", Settings, {});
  return (
    <Section title={t("Versions")}>
      <Panel service="fakts" reading={reading}>
        {({ serviceReleases }) => (
          <Stack gap={4}>
            {settings.data?.strategy.platformVersion ? (
              <Group justify="space-between"><Text size="sm">{t("Platform, as apps see it")}</Text><Text size="sm" className="bh-num">{settings.data.strategy.platformVersion}</Text></Group>
            ) : null}
            {serviceReleases.map((one) => (
              <Group key={one.id} justify="space-between">
                <Text size="sm">{one.service.identifier}</Text>
                <Text size="sm" className="bh-num">{one.version}</Text>
              </Group>
            ))}
          </Stack>
        )}
      </Panel>
    </Section>
  );
}

export function Health() {
  return (
    <div className="bh-grid">
      {SERVICES.map((service) => <One key={service} service={service} />)}
      <Installed />
    </div>
  );
}
