import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { empty, type Draft, type Issue } from "./ports";
import type { Port, Widget } from "./types";

export interface FieldProps {
  port: Port;
  draft: Draft;
  onChange: (next: Draft) => void;
  issues: readonly Issue[];
  depth?: number;
}

export const FEW = 4;

export const labelOf = (port: Port): string => port.label || (port.key === "..." ? "" : port.key.replaceAll("_", " "));

export function useOwn(issues: readonly Issue[]): string | undefined {
  const { t } = useTranslation();
  const own = issues.find((issue) => issue.path.length === 0);
  return own ? t(own.text, own.values ?? {}) : undefined;
}

export const below = (issues: readonly Issue[], index: number): Issue[] =>
  issues.filter((issue) => issue.path[0] === index).map((issue) => ({ ...issue, path: issue.path.slice(1) }));

export function widgetOf(port: Port): Widget | null {
  const widget = port.widget ?? null;
  return widget?.kind === "CUSTOM" ? (widget.fallback ?? null) : widget;
}

export const common = (port: Port, error: string | undefined) => ({
  label: labelOf(port),
  description: port.description || undefined,
  withAsterisk: !port.nullable,
  error,
});

export function Clear({ port, draft, onChange }: FieldProps) {
  const { t } = useTranslation();
  if (!port.nullable || draft === null || draft === "") return null;
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={t("Clear {{name}}", { name: labelOf(port) })} onClick={() => onChange(empty(port))}>
      <IconX size={16} aria-hidden />
    </ActionIcon>
  );
}
