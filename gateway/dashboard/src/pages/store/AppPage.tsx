import { Group, List, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Page, Section } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { When } from "~/components/When";
import { Fits, StoreApp, type StoreAppQuery } from "~/gen/kabinet";
import { bytes } from "~/lib/format";
import { useFilters, useId } from "~/lib/nav";

type Release = StoreAppQuery["app"]["releases"][number];

function Places({ release }: { release: Release }) {
  const { t } = useTranslation();
  const reading = useData("kabinet", Fits, { release: release.id }, { poll: 15_000 });
  return (
    <Panel service="kabinet" reading={reading}>
      {({ matchFlavours }) => {
        const cells = [...matchFlavours.fits, ...matchFlavours.misfits];
        return (
          <Stack gap="xs">
            <Text size="sm">{matchFlavours.explanation}</Text>
            {cells.map((cell) => (
              <div key={`${cell.flavour.id} ${cell.resource.id}`}>
                <Group justify="space-between" wrap="nowrap">
                  <Text size="sm" className="bh-ellipsis">{cell.flavour.name} · {cell.resource.name} ({cell.resource.backend.name})</Text>
                  <Badge state={cell.fits ? "done" : "cancelled"} word={cell.fits ? t("fits") : t("does not fit")} />
                </Group>
                {cell.reasons.map((reason) => <Text key={reason} size="xs" c="dimmed">{reason}</Text>)}
              </div>
            ))}
          </Stack>
        );
      }}
    </Panel>
  );
}

function Detail({ app }: { app: StoreAppQuery["app"] }) {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const release = app.releases.find((one) => one.version === search["version"]) ?? app.releases[0];
  if (!release) return <Empty title={t("It has no release.")} />;
  return (
    <Stack>
      <Group align="flex-end">
        <Select w={180} label={t("Version")} allowDeselect={false} data={app.releases.map((one) => one.version)} value={release.version} onChange={(version) => change({ version: version ?? undefined })} />
        <Text size="sm" c="dimmed"><When at={release.releasedAt} /> {release.author}</Text>
      </Group>
      {release.description ? <Text>{release.description}</Text> : null}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title={t("Where it fits")}><Places release={release} /></Section>
        <Section title={t("What it asks for")}>
          {release.scopes.length === 0 ? <Text size="sm" c="dimmed">{t("No rights of its own.")}</Text> : <List size="sm">{release.scopes.map((scope) => <List.Item key={scope}>{scope}</List.Item>)}</List>}
        </Section>
        {release.flavours.map((flavour) => (
          <Section key={flavour.id} title={flavour.name}>
            <Stack gap={4}>
              {flavour.description ? <Text size="sm">{flavour.description}</Text> : null}
              <Text size="sm" className="bh-mono bh-break">{flavour.image.imageString}</Text>
              <Text size="sm" c="dimmed">{[flavour.platforms.join(", "), flavour.image.size ? bytes(flavour.image.size) : ""].filter(Boolean).join(" · ")}</Text>
              {flavour.definitions.map((action) => <Text key={action.id} size="sm">{action.name} <Text span c="dimmed" size="sm">{action.description}</Text></Text>)}
            </Stack>
          </Section>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

export default function AppPage() {
  const { t } = useTranslation();
  const id = useId();
  const reading = useData("kabinet", StoreApp, { id });
  return (
    <Page title={reading.data?.app.identifier ?? t("App")}>
      <Panel service="kabinet" reading={reading}>{({ app }) => <Detail app={app} />}</Panel>
    </Page>
  );
}
