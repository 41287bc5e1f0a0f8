import { Button, Group, List, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData, useFeed } from "~/api/hooks";
import { confirm } from "~/components/Confirm";
import { OrgLink } from "~/components/Link";
import { attempt } from "~/components/notify";
import { Page, Section } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Badge } from "~/components/StateBadge";
import { When } from "~/components/When";
import { Fits, PodFeed, StoreApp, type FitsQuery, type ReleaseDetailFragment, type StoreAppQuery } from "~/gen/kabinet";
import { bytes } from "~/lib/format";
import { useFilters, useId } from "~/lib/nav";
import { ApproveDialog } from "./ApproveDialog";
import { revoke } from "./approving";
import { object, order, useDeployers, type Deployer } from "./orders";
import { OrderProgress } from "./Progress";
import { PodBadge } from "./StorePage";

type Cell = FitsQuery["matchFlavours"]["fits"][number];
type Approval = ReleaseDetailFragment["approvals"][number];

const standing = (release: ReleaseDetailFragment, deployer: Deployer): Approval | undefined =>
  release.approvals.find((one) => one.isActive && one.agent === deployer.app && (one.backends.length === 0 || one.backends.some((backend) => backend.id === deployer.backend.id)));

function Place({ cell, deployer, busy, onInstall }: { cell: Cell; deployer: Deployer | undefined; busy: boolean; onInstall: (cell: Cell, deployer: Deployer) => void }) {
  const { t } = useTranslation();
  const name = `${cell.flavour.name} · ${cell.resource.name} (${cell.resource.backend.name})`;
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" className="bh-break">{name}</Text>
        <Group gap="xs" wrap="nowrap">
          <Badge state={cell.fits ? "done" : "cancelled"} word={cell.fits ? t("fits") : t("does not fit")} />
          {cell.fits && deployer ? <Button size="compact-sm" disabled={busy} aria-label={t("Install on {{place}}", { place: name })} onClick={() => onInstall(cell, deployer)}>{t("Install")}</Button> : null}
        </Group>
      </Group>
      {cell.reasons.map((reason) => <Text key={reason} size="xs" c="dimmed">{reason}</Text>)}
      {cell.fits && !deployer ? <Text size="xs" c="dimmed">{t("Its deployer is away: nothing can be started there now.")}</Text> : null}
    </div>
  );
}

function Places({ app, release, onChange }: { app: string; release: ReleaseDetailFragment; onChange: () => void }) {
  const { t } = useTranslation();
  const reading = useData("kabinet", Fits, { release: release.id }, { poll: 15_000 });
  const deployers = useDeployers();
  const [asking, setAsking] = useState<{ cell: Cell; deployer: Deployer } | null>(null);
  const [task, setTask] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const start = async (cell: Cell, deployer: Deployer): Promise<void> => {
    setBusy(true);
    const begun = await attempt(order(deployer.agent, "deploy_flavour", { flavour: object("flavour", cell.flavour.id) }));
    if (begun) setTask(begun);
    else setBusy(false);
  };
  const install = (cell: Cell, deployer: Deployer): void => {
    if (standing(release, deployer)) void start(cell, deployer);
    else setAsking({ cell, deployer });
  };
  const ended = useCallback(() => {
    setBusy(false);
    onChange();
  }, [onChange]);
  return (
    <Stack gap="sm">
      {task ? <OrderProgress key={task} task={task} title={t("Install {{app}} {{version}}", { app, version: release.version })} onDone={ended} /> : null}
      {asking ? (
        <ApproveDialog
          app={app}
          release={release}
          agent={asking.deployer.app}
          onClose={() => setAsking(null)}
          onApproved={() => {
            setAsking(null);
            onChange();
            void start(asking.cell, asking.deployer);
          }}
        />
      ) : null}
      <Panel service="kabinet" reading={reading}>
        {({ matchFlavours }) => (
          <Stack gap="sm">
            <Text size="sm">{matchFlavours.explanation}</Text>
            {[...matchFlavours.fits, ...matchFlavours.misfits].map((cell) => (
              <Place key={`${cell.flavour.id} ${cell.resource.id}`} cell={cell} deployer={deployers.get(cell.resource.backend.id)} busy={busy} onInstall={install} />
            ))}
          </Stack>
        )}
      </Panel>
    </Stack>
  );
}

function word(one: Approval): { state: "done" | "held" | "cancelled"; word: string } {
  if (one.revokedAt) return { state: "cancelled", word: "revoked" };
  return one.isStale ? { state: "held", word: "published anew since" } : { state: "done", word: "holds" };
}

function Approvals({ release, pods, onChange }: { release: ReleaseDetailFragment; pods: StoreAppQuery["pods"]; onChange: () => void }) {
  const { t } = useTranslation();
  const take = async (approval: Approval): Promise<void> => {
    const running = pods.filter((pod) => pod.deployment.approval?.id === approval.id);
    const ok = await confirm({
      title: t("Revoke the approval?"),
      body: running.length === 0 ? t("Nothing runs under it. Nothing can be started under it any more.") : t("{{count}} containers run under it and are stopped. Their tasks are lost; data stays.", { count: running.length }),
      deed: t("Revoke it"),
      danger: true,
    });
    if (ok && (await attempt(revoke(approval)))) onChange();
  };
  if (release.approvals.length === 0) return <Text size="sm" c="dimmed">{t("Nobody has approved this version yet. Install asks for it.")}</Text>;
  return (
    <Stack gap="sm">
      {release.approvals.map((one) => (
        <Group key={one.id} justify="space-between" wrap="nowrap" gap="sm">
          <div style={{ minWidth: 0 }}>
            <Text size="sm" className="bh-break">{t("{{person}} for {{agent}}", { person: one.approver.preferredUsername, agent: one.agent })}</Text>
            <Text size="xs" c="dimmed"><When at={one.revokedAt ?? one.createdAt} /></Text>
          </div>
          <Group gap="xs" wrap="nowrap">
            <Badge {...word(one)} />
            {one.revokedAt ? null : <Button size="compact-sm" variant="default" aria-label={t("Revoke the approval of {{person}}", { person: one.approver.preferredUsername })} onClick={() => void take(one)}>{t("Revoke")}</Button>}
          </Group>
        </Group>
      ))}
    </Stack>
  );
}

function Running({ pods }: { pods: StoreAppQuery["pods"] }) {
  const { t } = useTranslation();
  if (pods.length === 0) return <Text size="sm" c="dimmed">{t("It is not installed.")}</Text>;
  return (
    <Stack gap="xs">
      {pods.map((pod) => (
        <Group key={pod.id} justify="space-between" wrap="nowrap" gap="sm">
          <Text size="sm" className="bh-break"><OrgLink to={`/store/installed/${pod.id}`}>{t("{{version}} on {{node}}", { version: pod.deployment.release.version, node: pod.resource?.name ?? pod.backend.name })}</OrgLink></Text>
          <PodBadge status={pod.status} />
        </Group>
      ))}
    </Stack>
  );
}

function Flavours({ release }: { release: ReleaseDetailFragment }) {
  return release.flavours.map((flavour) => (
    <Section key={flavour.id} title={flavour.name}>
      <Stack gap={4}>
        {flavour.description ? <Text size="sm">{flavour.description}</Text> : null}
        <Text size="sm" className="bh-mono bh-break">{flavour.image.imageString}</Text>
        <Text size="sm" c="dimmed">{[flavour.platforms.join(", "), flavour.image.size ? bytes(flavour.image.size) : ""].filter(Boolean).join(" · ")}</Text>
        {flavour.definitions.map((action) => <Text key={action.id} size="sm">{action.name} <Text span c="dimmed" size="sm">{action.description}</Text></Text>)}
      </Stack>
    </Section>
  ));
}

function Detail({ data, reload }: { data: StoreAppQuery; reload: () => void }) {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const { app } = data;
  const release = app.releases.find((one) => one.version === search["version"]) ?? app.releases[0];
  if (!release) return <Empty title={t("It has no release.")} />;
  const pods = data.pods.filter((pod) => pod.deployment.release.app.id === app.id);
  return (
    <Stack>
      <Group align="flex-end">
        <Select w={180} label={t("Version")} allowDeselect={false} data={app.releases.map((one) => one.version)} value={release.version} onChange={(version) => change({ version: version ?? undefined })} />
        <Text size="sm" c="dimmed"><When at={release.releasedAt} />{release.author ? ` · ${release.author}` : ""}</Text>
      </Group>
      {release.description ? <Text>{release.description}</Text> : null}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title={t("Where it fits")}><Places key={release.id} app={app.identifier} release={release} onChange={reload} /></Section>
        <Section title={t("Installed")}><Running pods={pods} /></Section>
        <Section title={t("What it asks for")}>
          {release.scopes.length === 0 ? <Text size="sm" c="dimmed">{t("No rights of its own.")}</Text> : <List size="sm">{release.scopes.map((scope) => <List.Item key={scope}>{scope}</List.Item>)}</List>}
        </Section>
        <Section title={t("Approvals")}><Approvals release={release} pods={pods} onChange={reload} /></Section>
        <Flavours release={release} />
      </SimpleGrid>
    </Stack>
  );
}

export default function AppPage() {
  const { t } = useTranslation();
  const id = useId();
  const reading = useData("kabinet", StoreApp, { id }, { poll: 15_000 });
  useFeed("kabinet", PodFeed, {}, reading.reload, reading.reload);
  return (
    <Page title={reading.data?.app.identifier ?? t("App")} about={<OrgLink to="/store">{t("Store")}</OrgLink>}>
      <Panel service="kabinet" reading={reading}>{(data) => <Detail data={data} reload={reading.reload} />}</Panel>
    </Page>
  );
}
