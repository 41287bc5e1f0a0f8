import { Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { confirm } from "~/components/Confirm";
import { attempt } from "~/components/notify";
import { Empty, Panel } from "~/components/Panel";
import { Badge, OnlineBadge } from "~/components/StateBadge";
import { When } from "~/components/When";
import { FollowGit, ImportRepo, RemoveGit, RemoveRepo, ScanRepo, Sources, type SourcesQuery } from "~/gen/kabinet";
import type { TaskState } from "~/lib/taskstate";

type Kind = "images" | "git";

export interface Source {
  key: string;
  id: string;
  kind: Kind;
  where: string;
  state: string;
  scannedAt: string | null;
  error: string | null;
  problems: readonly { image: string; message: string }[];
}

export function sourcesOf({ ociRepos, githubRepos }: Pick<SourcesQuery, "ociRepos" | "githubRepos">): Source[] {
  return [
    ...ociRepos.map((one): Source => ({ key: `images ${one.id}`, id: one.id, kind: "images", where: one.reference, state: one.state, scannedAt: one.scannedAt, error: one.lastError, problems: one.problems })),
    ...githubRepos.map((one): Source => ({ key: `git ${one.id}`, id: one.id, kind: "git", where: one.url, state: one.state, scannedAt: one.scannedAt, error: one.lastError, problems: one.problems })),
  ];
}

const STATES: Record<string, [TaskState, string]> = { NEW: ["queued", "not read yet"], SCANNING: ["running", "being read"], OK: ["done", "read"], ERROR: ["failed", "cannot be read"] };

/** Whether it is one of the registry's or of a git host's: an address names the protocol, a reference does not. */
export const kindOf = (text: string): Kind => (/^https?:\/\/|\.git$/.test(text.trim()) ? "git" : "images");

function NewSource({ opened, onClose, onAdded }: { opened: boolean; onClose: () => void; onAdded: () => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind | null>(null);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const shown = kind ?? kindOf(text);
  const add = async (): Promise<void> => {
    const where = text.trim();
    setBusy(true);
    const work = shown === "git" ? mutate("kabinet", FollowGit, { input: { identifier: where } }) : mutate("kabinet", ImportRepo, { input: { reference: where } });
    const done = await attempt(Promise.resolve<unknown>(work).then(() => true));
    setBusy(false);
    if (!done) return;
    setText("");
    setKind(null);
    onAdded();
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t("Add a repository")} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={(event) => { event.preventDefault(); void add(); }}>
        <Stack>
          <SegmentedControl aria-label={t("Kind")} value={shown} onChange={(value) => setKind(value as Kind)} data={[{ value: "images", label: t("Images of a registry") }, { value: "git", label: t("Git") }]} />
          <TextInput data-autofocus label={t("Reference")} description={shown === "git" ? t("As in owner/repository or an address; it names its images in .arkitekt/deployments.yaml.") : t("As in registry.example.org/lab/segment")} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          <Button type="submit" loading={busy} disabled={!text.trim()}>{t("Add it")}</Button>
        </Stack>
      </form>
    </Modal>
  );
}

function SourceCard({ source, onChange }: { source: Source; onChange: () => void }) {
  const { t } = useTranslation();
  const [state, word] = STATES[source.state] ?? ["unknown", source.state.toLowerCase()];
  const remove = async (): Promise<void> => {
    const ok = await confirm({ title: t("Remove {{name}}?", { name: source.where }), body: t("Its apps leave the store. What is installed keeps running."), deed: t("Remove the repository"), danger: true });
    if (!ok) return;
    const work = source.kind === "git" ? mutate("kabinet", RemoveGit, { input: { id: source.id } }) : mutate("kabinet", RemoveRepo, { input: { id: source.id } });
    if ((await attempt(Promise.resolve<unknown>(work).then(() => true))) !== undefined) onChange();
  };
  const read = async (): Promise<void> => {
    const work = source.kind === "git" ? mutate("kabinet", ScanRepo, { input: { id: source.id } }) : mutate("kabinet", ImportRepo, { input: { reference: source.where } });
    await attempt(Promise.resolve<unknown>(work));
    onChange();
  };
  return (
    <div className="bh-card">
      <Group justify="space-between" gap="sm">
        <div style={{ minWidth: 0 }}>
          <Text fw={600} className="bh-break">{source.where}</Text>
          <Group gap="xs"><Badge state={state} word={word} /><Text size="xs" c="dimmed"><When at={source.scannedAt} /></Text></Group>
        </div>
        <Group gap="xs">
          <Button size="xs" variant="default" aria-label={t("Read {{name}} again", { name: source.where })} onClick={() => void read()}>{t("Read again")}</Button>
          <Button size="xs" variant="default" aria-label={t("Remove {{name}}", { name: source.where })} onClick={() => void remove()}>{t("Remove")}</Button>
        </Group>
      </Group>
      {source.error ? <Text size="sm" mt="xs" c="var(--mantine-color-error)" className="bh-break">{source.error}</Text> : null}
      {source.problems.map((one) => <Text key={`${one.image} ${one.message}`} size="xs" mt={4} className="bh-break">{one.image}: {one.message}</Text>)}
    </div>
  );
}

export function Repositories() {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const reading = useData("kabinet", Sources, {}, { poll: 5000 });
  return (
    <Stack>
      <Group><Button onClick={() => setAdding(true)}>{t("Add a repository")}</Button></Group>
      <NewSource opened={adding} onClose={() => setAdding(false)} onAdded={() => { setAdding(false); reading.reload(); }} />
      <Panel service="kabinet" reading={reading}>
        {(data) => {
          const sources = sourcesOf(data);
          return (
            <Stack>
              {sources.length === 0 ? <Empty title={t("No repository is known.")}>{t("A repository holds images of apps, as their authors publish them.")}</Empty> : null}
              {sources.map((source) => <SourceCard key={source.key} source={source} onChange={reading.reload} />)}
              <Text fw={600}>{t("Where apps can run")}</Text>
              {data.backends.length === 0 ? <Text size="sm" c="dimmed">{t("No deployer is connected. It is an app that starts containers on its machine: bauhof engine docker starts one.")}</Text> : null}
              {data.backends.map((backend) => (
                <Group key={backend.id} justify="space-between">
                  <Text size="sm">{backend.name} · {backend.kind}</Text>
                  <OnlineBadge online={backend.isOnline} />
                </Group>
              ))}
            </Stack>
          );
        }}
      </Panel>
    </Stack>
  );
}
