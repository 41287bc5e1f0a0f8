import { Alert, Button, Code, CopyButton, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Reading } from "~/api/hooks";
import { checkNow, healthStore } from "~/api/health";
import type { Problem } from "~/api/client";
import { duration } from "~/lib/format";
import { useStore } from "~/lib/store";
import type { Service } from "~/lib/services";

const PATIENCE_MS = 150;

/** Shown only when something takes long enough to be noticed. */
export function Loading({ rows = 4 }: { rows?: number }) {
  const { t } = useTranslation();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return <div data-waiting style={{ minHeight: rows * 36 }} />;
  return (
    <Stack gap="xs" role="status" aria-label={t("Loading")} data-waiting>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={28} radius="sm" />
      ))}
    </Stack>
  );
}

export function Away({ service }: { service: Service }) {
  const { t } = useTranslation();
  const health = useStore(healthStore)[service];
  return (
    <Alert icon={<IconPlugConnectedX size={20} aria-hidden />} color="gray" title={t("{{service}} is away", { service })}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {t("{{service}} has not answered for {{time}}. The page tries again by itself.", {
            service,
            time: duration(Date.now() - health.since),
          })}{" "}
          {health.reason ?? ""}
        </Text>
        <Button size="xs" variant="default" onClick={() => void checkNow(service)}>
          {t("Try now")}
        </Button>
      </Stack>
    </Alert>
  );
}

export function Trouble({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const { t } = useTranslation();
  const reference = [problem.code, problem.requestId].filter(Boolean).join(" ");
  return (
    <Alert icon={<IconAlertTriangle size={20} aria-hidden />} color="red" role="alert" title={t("This could not be done")}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm" className="bh-break">{problem.message}</Text>
        <Group gap="xs">
          {onRetry ? (
            <Button size="xs" variant="default" onClick={onRetry}>
              {t("Try again")}
            </Button>
          ) : null}
          <Code className="bh-break">{reference}</Code>
          <CopyButton value={reference}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {copied ? t("Copied") : t("Copy")}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Alert>
  );
}

/** Tell a service away from a fault, and both from a result. */
export function Panel<T>({
  service,
  reading,
  rows,
  children,
}: {
  service: Service;
  reading: Reading<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  const away = useStore(healthStore)[service].state === "away";
  const { data, problem, loading, reload } = reading;
  if (away || problem?.away) {
    return (
      <Stack gap="sm">
        <Away service={service} />
        {data === undefined ? null : <div inert style={{ opacity: 0.6 }}>{children(data)}</div>}
      </Stack>
    );
  }
  if (problem?.code === "NOT_FOUND") return <Absent />;
  if (data === undefined) return loading || !problem ? <Loading {...(rows ? { rows } : {})} /> : <Trouble problem={problem} onRetry={reload} />;
  return (
    <>
      {problem ? <Trouble problem={problem} onRetry={reload} /> : null}
      {children(data)}
    </>
  );
}

/** What another organization owns and what there is not look the same. */
export function Absent() {
  const { t } = useTranslation();
  return <Empty title={t("Not found")}>{t("There is nothing at this address, or it belongs to another organization.")}</Empty>;
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <Text fw={600}>{title}</Text>
      {children ? <Text c="dimmed" size="sm" maw={480}>{children}</Text> : null}
      {action}
    </Stack>
  );
}
