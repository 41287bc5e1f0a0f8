import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Page, Section } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { ServiceInstances } from "~/gen/fakts";

export default function ServicesPage() {
  const { t } = useTranslation();
  const reading = useData("fakts", ServiceInstances, {}, { poll: 15_000 });
  return (
    <Page title={t("Services")} about={t("What apps are told about, at which addresses.")}>
      <Panel service="fakts" reading={reading}>
        {({ serviceInstances }) =>
          serviceInstances.length === 0 ? (
            <Empty title={t("No service is offered.")} />
          ) : (
            <div className="bh-grid">
              {serviceInstances.map((one) => {
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
