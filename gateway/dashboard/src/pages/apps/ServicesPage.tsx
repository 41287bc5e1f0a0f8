import { Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Page, Section } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { When } from "~/components/When";
import { Reports, ServiceInstances } from "~/gen/fakts";

export default function ServicesPage() {
  const { t } = useTranslation();
  const reading = useData("fakts", ServiceInstances, {}, { poll: 15_000 });
  const reports = useData("fakts", Reports, {}, { poll: 15_000 });
  return (
    <Page title={t("Services")} about={t("What apps are told about, at which addresses, and whether they could reach it.")}>
      <Panel service="fakts" reading={reading}>
        {({ serviceInstances }) =>
          serviceInstances.length === 0 ? (
            <Empty title={t("No service is offered.")} />
          ) : (
            <div className="bh-grid">
              {serviceInstances.map((one) => {
                const aliases = new Set(one.aliases.map((alias) => alias.id));
                const told = (reports.data?.reports ?? []).filter((report) => report.aliasId && aliases.has(report.aliasId));
                return (
                  <Section key={one.id} title={one.name}>
                    <Stack gap="xs">
                      <Text size="sm" c="dimmed">{one.release.service.identifier} {one.release.version}</Text>
                      {one.aliases.map((alias) => (
                        <Text key={alias.id} size="sm" className="bh-mono bh-break">
                          {alias.kind.toLowerCase()} {alias.host ? `${alias.ssl ? "https" : "http"}://${alias.host}${alias.port ? `:${alias.port}` : ""}` : ""}/{alias.path ?? ""}
                        </Text>
                      ))}
                      <Text size="sm">{t("{{count}} apps use it", { count: one.mappings.length })}</Text>
                      {told.slice(0, 5).map((report) => (
                        <Group key={report.id} justify="space-between" wrap="nowrap">
                          <Text size="xs" className="bh-ellipsis">{report.client.name}</Text>
                          <Group gap="xs" wrap="nowrap">
                            <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}><When at={report.reportedAt} /></Text>
                            <Badge state={report.isValid ? "done" : "failed"} word={report.isValid ? t("reached") : report.reason || t("not reached")} />
                          </Group>
                        </Group>
                      ))}
                    </Stack>
                  </Section>
                );
              })}
            </div>
          )
        }
      </Panel>
    </Page>
  );
}
