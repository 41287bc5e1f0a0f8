import { Alert, Button, CopyButton, Group, Select, Stack, Switch, Text, Title } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem, mutate } from "~/api/client";
import { tellProblem } from "~/components/notify";
import { Assign, type ActionPageQuery } from "~/gen/rekuest";
import { useGo } from "~/lib/nav";
import { Field } from "~/ports/Field";
import { FormAgent } from "~/ports/StateField";
import { check, draftsOf, initial, isNothing, toWire, wireOf, type Draft, type Issue } from "~/ports/ports";
import { effectsOf, refused } from "~/ports/rules";
import type { Port } from "~/ports/types";
import { KeepPreset, Presets } from "./Presets";
import { keepValues, lastValues } from "./lastvalues";

type Action = NonNullable<ActionPageQuery["action"]>;

/** Values by port key, as validators read them; what cannot be read yet is left out. */
function scopeOf(ports: readonly Port[], drafts: Readonly<Record<string, Draft>>): Record<string, unknown> {
  return Object.fromEntries(
    ports.flatMap((port) => {
      const draft = drafts[port.key] ?? null;
      return check(port, draft).length === 0 ? [[port.key, toWire(port, draft)]] : [];
    }),
  );
}

export function pythonCall(action: Pick<Action, "key" | "name">, args: Record<string, unknown>): string {
  const literal = (value: unknown): string => {
    if (value === null || value === undefined) return "None";
    if (typeof value === "boolean") return value ? "True" : "False";
    if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
    if (typeof value === "object") return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${literal(item)}`).join(", ")}}`;
    return JSON.stringify(value);
  };
  const given = Object.entries(args).map(([key, value]) => `${key}=${literal(value)}`);
  return `call(${[JSON.stringify(action.key), ...given].join(", ")})`;
}

/** Ports by their groups, those of no group first. */
function sections(action: Action): { title: string | null; description: string | null; ports: Port[] }[] {
  const byKey = new Map(action.args.map((port) => [port.key, port as Port]));
  const grouped = new Set(action.portGroups.flatMap((group) => group.ports));
  const rest = action.args.filter((port) => !grouped.has(port.key)) as Port[];
  return [
    { title: null, description: null, ports: rest },
    ...action.portGroups.map((group) => ({
      title: group.title ?? group.key,
      description: group.description,
      ports: group.ports.flatMap((key) => byKey.get(key) ?? []),
    })),
  ].filter((section) => section.ports.length > 0);
}

interface RunFormProps {
  action: Action;
  from: Record<string, unknown> | null;
  prefill: Record<string, string>;
  preset: string | undefined;
  onPreset: (id: string | undefined) => void;
}

export function RunForm({ action, from, prefill, preset, onPreset }: RunFormProps) {
  const { t } = useTranslation();
  const go = useGo();
  const ports = action.args as Port[];
  const begin = useMemo(() => {
    const old = from ?? lastValues(action.hash);
    const { drafts, dropped } = old ? draftsOf(ports, old) : { drafts: Object.fromEntries(ports.map((port) => [port.key, initial(port)])), dropped: [] };
    for (const port of ports) {
      const given = prefill[port.key];
      if (given !== undefined) drafts[port.key] = ["INT", "FLOAT", "STRING", "STRUCTURE", "DATE"].includes(port.kind) ? given : (drafts[port.key] ?? null);
    }
    return { drafts, dropped: from ? dropped : [], remembered: old !== null && from === null };
  }, [action.hash, from]);
  const [drafts, setDrafts] = useState(begin.drafts);
  const [touched, setTouched] = useState(false);
  const [server, setServer] = useState<{ field: string; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [agent, setAgent] = useState<string | null>(null);
  const [auto, setAuto] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const scope = scopeOf(ports, drafts);
  const hidden = new Set(ports.filter((port) => effectsOf(port, scope).hidden).map((port) => port.key));
  const issuesOf = (port: Port): Issue[] => {
    if (hidden.has(port.key)) return [];
    const draft = drafts[port.key] ?? null;
    const issues = check(port, draft);
    const reason = issues.length === 0 && !isNothing(draft) ? refused(port.validators, { ...scope, value: scope[port.key] }) : null;
    if (reason) issues.push({ path: [], text: reason });
    if (server?.field === port.key) issues.push({ path: [], text: server.text });
    return issues;
  };
  const wire = (): Record<string, unknown> => {
    const shown = ports.filter((port) => !hidden.has(port.key));
    const unseen = ports.filter((port) => hidden.has(port.key) && !port.nullable);
    return { ...wireOf(shown, drafts), ...Object.fromEntries(unseen.map((port) => [port.key, port.default ?? null])) };
  };
  const valid = ports.every((port) => issuesOf(port).length === 0);

  const run = async (): Promise<void> => {
    setTouched(true);
    if (!valid) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    setBusy(true);
    const args = wire();
    try {
      const { assign } = await mutate("rekuest", Assign, { input: { action: action.id, args, capture: false, policy: auto ? "AUTO" : "ASK", ...(agent ? { agent } : {}) } });
      keepValues(action.hash, args);
      go(`/tasks/${assign.id}`);
    } catch (error) {
      const field = error instanceof Problem ? ports.find((port) => error.field?.split(".").includes(port.key)) : undefined;
      if (error instanceof Problem && field) setServer({ field: field.key, text: error.message });
      else tellProblem(error);
    } finally {
      setBusy(false);
    }
  };

  const agents = action.implementations.filter((one) => one.agent.connected && !one.agent.blocked);
  return (
    <FormAgent value={agent ?? agents[0]?.agent.id ?? null}>
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <Stack gap="md" maw={600}>
        <Presets action={action.id} chosen={preset} onChoose={onPreset} />
        {begin.dropped.length > 0 ? <Alert color="gray">{t("The action no longer takes {{names}}.", { names: begin.dropped.join(", ") })}</Alert> : null}
        {begin.remembered ? <Text size="xs" c="dimmed">{t("Filled in with the values you used last.")}</Text> : null}
        {ports.length === 0 ? <Text size="sm" c="dimmed">{t("It takes nothing.")}</Text> : null}
        {sections(action).map((section, index) => (
          <Stack key={section.title ?? index} gap="md">
            {section.title ? <Title order={3}>{section.title}</Title> : null}
            {section.description ? <Text size="sm" c="dimmed">{section.description}</Text> : null}
            {section.ports.filter((port) => !hidden.has(port.key)).map((port) => {
              const messages = effectsOf(port, scope).messages;
              return (
                <div key={port.key}>
                  <Field
                    port={port}
                    draft={drafts[port.key] ?? null}
                    issues={touched || server?.field === port.key ? issuesOf(port) : []}
                    onChange={(next) => {
                      setServer(null);
                      setDrafts((before) => ({ ...before, [port.key]: next }));
                    }}
                  />
                  {messages.map((message) => <Text key={message} size="xs" c="dimmed" aria-live="polite">{message}</Text>)}
                </div>
              );
            })}
          </Stack>
        ))}
        {agents.length > 1 ? (
          <Select label={t("Where it runs")} placeholder={t("anywhere")} clearable data={agents.map((one) => ({ value: one.agent.id, label: one.agent.name }))} value={agent} onChange={setAgent} />
        ) : null}
        <Switch
          label={t("Let it begin other actions without asking")}
          description={t("Otherwise each of them waits under Approvals.")}
          checked={auto}
          onChange={(event) => setAuto(event.currentTarget.checked)}
        />
        <Group gap="xs">
          {ports.length > 0 ? <KeepPreset action={action.id} values={valid ? wire : null} onKept={onPreset} /> : null}
          <CopyButton value={valid ? pythonCall(action, wire()) : ""}>
            {({ copied, copy }) => <Button variant="default" disabled={!valid} onClick={copy}>{copied ? t("Copied") : t("Copy as Python")}</Button>}
          </CopyButton>
          <CopyButton value={valid ? JSON.stringify(wire(), null, 2) : ""}>
            {({ copied, copy }) => <Button variant="default" disabled={!valid} onClick={copy}>{copied ? t("Copied") : t("Copy as JSON")}</Button>}
          </CopyButton>
        </Group>
        {/* Above what scrolls below it: some inputs stand on layers of their own. */}
        <Group style={{ position: "sticky", bottom: "var(--app-shell-footer-offset, 0px)", zIndex: 2, background: "var(--mantine-color-body)", paddingBlock: 12 }}>
          <Button type="submit" loading={busy}>{t("Run")}</Button>
          <Button variant="default" onClick={() => { setDrafts(Object.fromEntries(ports.map((port) => [port.key, initial(port)]))); setTouched(false); }}>{t("Reset to defaults")}</Button>
        </Group>
      </Stack>
    </form>
    </FormAgent>
  );
}
