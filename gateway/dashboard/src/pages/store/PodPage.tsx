import { Button, Checkbox, Code, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData, useFeed } from "~/api/hooks";
import { OrgLink } from "~/components/Link";
import { attempt, tell } from "~/components/notify";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { When } from "~/components/When";
import { ForgetPod, PodFeed, PodPage as PodPageDocument, StoreApp, type PodPageQuery } from "~/gen/kabinet";
import { AgentByClient, Cancel } from "~/gen/rekuest";
import { useFocusBack } from "~/lib/focus";
import { useGo, useId } from "~/lib/nav";
import { object, order, useDeployers, useOrder, type Ordered } from "./orders";
import { OrderProgress } from "./Progress";
import { PodBadge } from "./StorePage";

type Pod = PodPageQuery["pod"];
const LINES = 200;
const SHOWN_MOST = 5000;

/** The log as it is written: an order of its own, which ends when nobody looks any more. */
function LiveLog({ pod, agent }: { pod: Pod; agent: string }) {
  const { t } = useTranslation();
  const [task, setTask] = useState<string | null>(null);
  const box = useRef<HTMLPreElement>(null);
  const { events, problem } = useOrder(task);
  useEffect(() => {
    let live = true;
    let begun: string | null = null;
    const leave = (): void => {
      if (begun) void mutate("rekuest", Cancel, { input: { task: begun } }).catch(() => undefined);
    };
    void attempt(order(agent, "follow_logs", { pod: object("pod", pod.id), lines: LINES })).then((id) => {
      begun = id ?? null;
      if (live) setTask(begun);
      else leave();
    });
    return () => {
      live = false;
      leave();
    };
  }, [agent, pod.id]);
  const lines = events.flatMap((event) => (event.kind === "YIELD" ? [lineOf(event.returns)] : [])).slice(-SHOWN_MOST);
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length]);
  if (problem && lines.length === 0) return <Text size="sm" c="dimmed">{problem}</Text>;
  if (lines.length === 0) return <Text size="sm" c="dimmed" role="status">{t("Waiting for the first line.")}</Text>;
  return <Code ref={box} block mah={520} style={{ overflow: "auto" }} tabIndex={0} aria-label={t("Log")}>{lines.join("\n")}</Code>;
}

export function lineOf(returns: unknown): string {
  const values: unknown[] = Array.isArray(returns) ? returns : returns && typeof returns === "object" ? Object.values(returns) : [returns];
  return values.map((value) => (typeof value === "string" ? value.replace(/\n$/, "") : JSON.stringify(value))).join(" ");
}

function RemoveDialog({ pod, onClose, onRemove }: { pod: Pod; onClose: () => void; onRemove: (withData: boolean) => void }) {
  const { t } = useTranslation();
  useFocusBack();
  const [withData, setWithData] = useState(false);
  const found = useData("rekuest", AgentByClient, { client: pod.clientId ?? "" }, { pause: !pod.clientId }).data?.agents[0];
  const open = found?.tasks.filter((task) => !task.isDone) ?? [];
  const app = pod.deployment.release.app.identifier;
  return (
    <Modal opened onClose={onClose} title={t("Remove {{app}}?", { app })} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack>
        <Text size="sm">{open.length === 0 ? t("Nothing of it is at work.") : t("{{count}} tasks are at work and are lost:", { count: open.length })}</Text>
        {open.slice(0, 8).map((task) => <Text key={task.id} size="sm">{task.action.name}</Text>)}
        {found && found.implementations.length > 0 ? <Text size="sm" c="dimmed">{t("These actions go away: {{names}}.", { names: found.implementations.map((one) => one.action.name).slice(0, 12).join(", ") })}</Text> : null}
        <Checkbox label={t("Remove what it keeps on the machine too")} description={t("Pictures, tables and files it has put into the platform stay in any case.")} checked={withData} onChange={(event) => setWithData(event.currentTarget.checked)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t("Keep it")}</Button>
          <Button color="red" onClick={() => onRemove(withData)}>{t("Remove {{app}}", { app })}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Versions({ pod, busy, onUpdate }: { pod: Pod; busy: boolean; onUpdate: (release: string, version: string) => void }) {
  const { t } = useTranslation();
  const now = pod.deployment.release;
  const releases = useData("kabinet", StoreApp, { id: now.app.id }).data?.app.releases ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const others = releases.filter((one) => one.id !== now.id);
  const offered = pod.deployment.availableUpdate;
  const before = pod.deployment.previous?.release;
  const approved = (id: string): boolean => releases.find((one) => one.id === id)?.approvals.some((one) => one.isActive) ?? false;
  const pick = (one: { id: string; version: string }, label: string) =>
    approved(one.id) ? (
      <Button size="xs" variant="default" disabled={busy} onClick={() => onUpdate(one.id, one.version)}>{label}</Button>
    ) : (
      <Text size="sm"><OrgLink to={`/store/${now.app.id}?version=${encodeURIComponent(one.version)}`}>{t("Look at {{version}} and approve it first", { version: one.version })}</OrgLink></Text>
    );
  return (
    <Stack gap="sm">
      {offered ? (
        <Group justify="space-between"><Text size="sm">{t("Version {{version}} is there.", { version: offered.version })}</Text>{pick(offered, t("Update to {{version}}", { version: offered.version }))}</Group>
      ) : (
        <Text size="sm" c="dimmed">{t("There is no newer version.")}</Text>
      )}
      {before && before.id !== now.id ? <Group justify="space-between"><Text size="sm">{t("{{version}} ran before.", { version: before.version })}</Text>{pick(before, t("Back to {{version}}", { version: before.version }))}</Group> : null}
      {others.length > 1 ? (
        <Group align="flex-end" gap="sm">
          <Select size="xs" label={t("Another version")} data={others.map((one) => ({ value: one.id, label: one.version }))} value={chosen} onChange={setChosen} />
          {chosen ? pick({ id: chosen, version: others.find((one) => one.id === chosen)?.version ?? "" }, t("Change to it")) : null}
        </Group>
      ) : null}
    </Stack>
  );
}

function Detail({ pod, reload }: { pod: Pod; reload: () => void }) {
  const { t } = useTranslation();
  const go = useGo();
  const deployer = useDeployers().get(pod.backend.id);
  const [doing, setDoing] = useState<{ task: string; title: string; gone: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const [removing, setRemoving] = useState(false);
  const tellTo = async (interface_: string, title: string, args: Record<string, unknown> = {}, gone = false): Promise<void> => {
    if (!deployer) return;
    setBusy(true);
    const task = await attempt(order(deployer.agent, interface_, { pod: object("pod", pod.id), ...args }));
    if (task) setDoing({ task, title, gone });
    else setBusy(false);
  };
  const gone = doing?.gone ?? false;
  const ended = useCallback(
    (ordered: Ordered) => {
      setBusy(false);
      if (ordered.problem) return reload();
      // An update makes another pod: the list shows it.
      if (gone) go("/store?tab=installed");
      else reload();
    },
    [gone, go, reload],
  );
  const forget = async (): Promise<void> => {
    if (!(await attempt(mutate("kabinet", ForgetPod, { input: { id: pod.id } })))) return;
    tell(t("It is forgotten."));
    go("/store?tab=installed");
  };
  const { app, version } = pod.deployment.release;
  const runs = pod.status === "RUNNING" || pod.status === "PENDING";
  return (
    <Stack>
      {doing ? <OrderProgress key={doing.task} task={doing.task} title={doing.title} onDone={ended} /> : null}
      {removing ? <RemoveDialog pod={pod} onClose={() => setRemoving(false)} onRemove={(withData) => { setRemoving(false); void tellTo("remove", t("Remove {{app}}", { app: app.identifier }), { with_data: withData }, true); }} /> : null}
      <Section title={t("About")}>
        <Stack gap="xs">
          <Text size="sm"><OrgLink to={`/store/${app.id}`}>{app.identifier}</OrgLink> {version} · {pod.deployment.flavour.name} · {pod.resource?.name ?? pod.backend.name} · <When at={pod.updatedAt} /></Text>
          <Text size="sm" className="bh-mono bh-break">{pod.deployment.flavour.image.imageString}</Text>
          {pod.deployment.grants.map((grant) => <Text key={grant.name} size="sm">{[grant.kind.replaceAll("_", " "), grant.host, grant.target, grant.kind === "folder" ? (grant.isWritable ? t("may write") : t("reads only")) : ""].filter(Boolean).join(" · ")}</Text>)}
          {pod.deployment.approval?.revokedAt ? <Text size="sm" c="var(--mantine-color-error)">{t("Its approval was revoked: it cannot be started again.")}</Text> : null}
          {deployer ? (
            <Group gap="xs">
              {runs ? <Button variant="default" size="sm" disabled={busy} onClick={() => void tellTo("stop", t("Stop {{app}}", { app: app.identifier }))}>{t("Stop")}</Button> : <Button size="sm" disabled={busy} onClick={() => void tellTo("start", t("Start {{app}}", { app: app.identifier }))}>{t("Start")}</Button>}
              {runs ? <Button variant="default" size="sm" disabled={busy} onClick={() => void tellTo("restart", t("Restart {{app}}", { app: app.identifier }))}>{t("Restart")}</Button> : null}
              <Button variant="default" size="sm" disabled={busy} onClick={() => setRemoving(true)}>{t("Remove")}</Button>
            </Group>
          ) : (
            <Group gap="sm">
              <Text size="sm" c="dimmed">{t("The deployer of {{backend}} is away. What it runs goes on; it takes orders again when it is back.", { backend: pod.backend.name })}</Text>
              {runs ? null : <Button variant="default" size="xs" onClick={() => void forget()}>{t("Forget it")}</Button>}
            </Group>
          )}
        </Stack>
      </Section>
      {deployer ? <Section title={t("Version")}><Versions pod={pod} busy={busy} onUpdate={(release, next) => void tellTo("update", t("{{app}} to {{version}}", { app: app.identifier, version: next }), { release: object("release", release) }, true)} /></Section> : null}
      <Section title={t("Log")}>
        {deployer && pod.status === "RUNNING" ? (
          <LiveLog key={pod.id} pod={pod} agent={deployer.agent} />
        ) : pod.latestLogDump ? (
          <Code block mah={520} style={{ overflow: "auto" }} tabIndex={0}>{pod.latestLogDump.logs}</Code>
        ) : (
          <Text size="sm" c="dimmed">{t("No log was sent yet.")}</Text>
        )}
      </Section>
    </Stack>
  );
}

export default function PodPage() {
  const { t } = useTranslation();
  const id = useId();
  const reading = useData("kabinet", PodPageDocument, { id }, { poll: 5000 });
  useFeed("kabinet", PodFeed, {}, reading.reload, reading.reload);
  const pod = reading.data?.pod;
  const go = useGo();
  const stood = useRef<string | null>(null);
  if (pod) stood.current = id;
  const isGone = reading.problem?.code === "NOT_FOUND" && stood.current === id;
  useEffect(() => {
    // Removed while one looks at it, here or elsewhere: the feed tells it before the order ends.
    if (isGone) go("/store?tab=installed");
  }, [isGone, go]);
  return (
    <Page title={pod?.deployment.release.app.identifier ?? t("Installed app")} about={pod ? <PodBadge status={pod.status} /> : null}>
      <Panel service="kabinet" reading={reading}>{(data) => <Detail key={id} pod={data.pod} reload={reading.reload} />}</Panel>
    </Page>
  );
}
