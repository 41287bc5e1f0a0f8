import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { bytes, duration } from "~/lib/format";
import { useStore } from "~/lib/store";
import { dismiss, run, stop, uploadsStore, type Upload } from "./uploads";

function words(one: Upload, t: (key: string) => string): string {
  if (one.state === "done") return t("uploaded");
  if (one.state === "stopped") return t("stopped");
  if (one.state === "failed") return one.problem || t("failed");
  const seconds = (Date.now() - one.began) / 1000;
  const speed = one.sent / Math.max(seconds, 0.1);
  const left = speed > 0 ? duration(((one.size - one.sent) / speed) * 1000) : "";
  return `${bytes(one.sent)} / ${bytes(one.size)} · ${bytes(speed)}/s · ${left}`;
}

export function Uploads() {
  const { t } = useTranslation();
  const uploads = useStore(uploadsStore);
  if (uploads.length === 0) return null;
  return (
    <section className="bh-card" aria-label={t("Uploads")}>
      <Stack gap="sm">
        {uploads.slice(-20).map((one) => (
          <div key={one.id}>
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm" className="bh-ellipsis">{one.name}</Text>
              <Group gap="xs" wrap="nowrap">
                {one.state === "going" ? <Button size="compact-xs" variant="default" onClick={() => stop(one.id)}>{t("Stop")}</Button> : null}
                {one.state === "failed" ? <Button size="compact-xs" variant="default" onClick={() => void run(one.id)}>{t("Go on")}</Button> : null}
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
