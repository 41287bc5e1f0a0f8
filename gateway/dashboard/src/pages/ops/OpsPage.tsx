import { Code, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { healthStore } from "~/api/health";
import { Page } from "~/components/Page";
import { Badge } from "~/components/StateBadge";
import { relative } from "~/lib/format";
import { SERVICES, healthPath } from "~/lib/services";
import { useStore } from "~/lib/store";

function Health() {
  const { t } = useTranslation();
  const health = useStore(healthStore);
  return (
    <Stack gap="xs">
      {SERVICES.map((service) => {
        const one = health[service];
        return (
          <div key={service} className="bh-card">
            <Group justify="space-between">
              <Text fw={600}>{service}</Text>
              <Badge state={one.state === "up" ? "done" : one.state === "away" ? "lost" : "queued"} word={one.state === "up" ? t("up") : one.state === "away" ? t("away") : t("asking")} />
            </Group>
            <Text size="sm" c="dimmed">{one.reason ?? t("{{state}} since {{when}}", { state: one.state, when: relative(one.since) })} · <Code>{healthPath(service)}</Code></Text>
          </div>
        );
      })}
    </Stack>
  );
}

export default function OpsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("Operations")} about={t("How the parts are.")}>
      <Health />
    </Page>
  );
}
