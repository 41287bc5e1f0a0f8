import { Button, FileButton, Group, Progress, Stack, Text } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { OrgLink } from "~/components/Link";
import { attempt, tellProblem } from "~/components/notify";
import { bytes, duration } from "~/lib/format";
import { useStore } from "~/lib/store";
import { isOf, type Pending } from "./pending";
import { dismiss, giveUp, interrupted, run, stop, upload, uploadsStore, type Upload } from "./uploads";

function words(one: Upload, t: (key: string) => string): string {
  if (one.state === "done") return t("uploaded");
  if (one.state === "stopped") return t("stopped");
  if (one.state === "failed") return one.problem || t("failed");
  const seconds = (Date.now() - one.began) / 1000;
  const speed = one.sent / Math.max(seconds, 0.1);
  const left = speed > 0 ? duration(((one.size - one.sent) / speed) * 1000) : "";
  return `${bytes(one.sent)} / ${bytes(one.size)} · ${bytes(speed)}/s · ${left}`;
}

/** One that a reload ended: it goes on with the same file, which a page may not open by itself. */
function Interrupted({ one, onDone }: { one: Pending; onDone: () => void }) {
  const { t } = useTranslation();
  const goOn = (file: File | null): void => {
    if (!file) return;
    if (!isOf(one, file)) return tellProblem(new Error(t("This is another file, or it was changed since. Choose {{name}} as it was, or upload it anew.", { name: one.name })));
    void upload([file], one.folder).finally(onDone);
    onDone();
  };
  const end = async (): Promise<void> => {
    await attempt(giveUp(one));
    onDone();
  };
  return (
    <Group justify="space-between" wrap="nowrap">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" className="bh-ellipsis">{one.name}</Text>
        <Text size="xs" c="dimmed">{t("{{size}}, not finished. Choose the same file and it goes on where it was.", { size: bytes(one.size) })}</Text>
      </div>
      <Group gap="xs" wrap="nowrap">
        <FileButton onChange={goOn}>{(props) => <Button size="compact-xs" {...props} aria-label={t("Choose again: {{name}}", { name: one.name })}>{t("Choose again")}</Button>}</FileButton>
        <Button size="compact-xs" variant="default" aria-label={t("Give up: {{name}}", { name: one.name })} onClick={() => void end()}>{t("Give up")}</Button>
      </Group>
    </Group>
  );
}

export function Uploads() {
  const { t } = useTranslation();
  const uploads = useStore(uploadsStore);
  const [left, setLeft] = useState<readonly Pending[]>([]);
  const look = useCallback(() => void interrupted().then(setLeft), []);
  useEffect(look, [look, uploads.length]);
  const going = new Set(uploads.filter((one) => one.state !== "done").map((one) => `${one.name} ${one.size}`));
  const waiting = left.filter((one) => !going.has(`${one.name} ${one.size}`));
  if (uploads.length === 0 && waiting.length === 0) return null;
  return (
    <section className="bh-card" aria-label={t("Uploads")}>
      <Stack gap="sm">
        {waiting.map((one) => <Interrupted key={one.key} one={one} onDone={look} />)}
        {uploads.slice(-20).map((one) => (
          <div key={one.id}>
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm" className="bh-ellipsis">{one.name}</Text>
              <Group gap="xs" wrap="nowrap">
                {one.state === "going" ? <Button size="compact-xs" variant="default" onClick={() => stop(one.id)}>{t("Stop")}</Button> : null}
                {one.state === "failed" ? <Button size="compact-xs" variant="default" onClick={() => void run(one.id)}>{t("Go on")}</Button> : null}
                {one.to ? <OrgLink to={one.to}>{t("Look at it")}</OrgLink> : null}
                {one.state !== "going" ? <Button size="compact-xs" variant="default" aria-label={t("Dismiss {{name}}", { name: one.name })} onClick={() => dismiss(one.id)}>{t("Dismiss")}</Button> : null}
              </Group>
            </Group>
            <Progress value={one.size === 0 ? 100 : (one.sent / one.size) * 100} aria-label={one.name} my={4} />
            <Text size="xs" c="dimmed" role="status">{words(one, t)}</Text>
          </div>
        ))}
      </Stack>
    </section>
  );
}
