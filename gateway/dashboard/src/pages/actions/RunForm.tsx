import { Alert, Button, CopyButton, Group, Select, Stack, Switch, Text, Title } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem, mutate } from "~/api/client";
import { tellProblem } from "~/components/notify";
import { Assign, type ActionPageQuery } from "~/gen/rekuest";
import { useGo } from "~/lib/nav";
import { Field } from "~/ports/Field";
import { FormAgent } from "~/ports/StateField";
import { argsOf, effectsIn, issuesOf, scopeOf } from "~/ports/form";
import { draftsOf, initial, isNothing, type Issue } from "~/ports/ports";
import { FormScope } from "~/ports/scope";
import type { Port } from "~/ports/types";
import { KeepPreset, Presets } from "./Presets";
import { keepValues, lastValues } from "./lastvalues";

type Action = NonNullable<ActionPageQuery["action"]>;

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
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [server, setServer] = useState<{ field: string; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [agent, setAgent] = useState<string | null>(null);
  const [auto, setAuto] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const agents = action.implementations.filter((one) => one.agent.connected && !one.agent.blocked);
  const runner = agents.find((one) => one.agent.id === agent) ?? agents[0] ?? null;
  const scope = scopeOf(ports, drafts, runner?.id ?? action.implementations[0]?.id ?? null);
  const wrongIn = (port: Port): Issue[] => {
    const issues = issuesOf(port, drafts[port.key] ?? null, scope);
    return server?.field === port.key ? [...issues, { path: [], text: server.text }] : issues;
  };
  const wire = (): Record<string, unknown> => argsOf(ports, drafts);
  // What an app keeps in its memory is of use to that app alone.
  const pinned = ports.some((port) => port.kind === "MEMORY_STRUCTURE" && !isNothing(drafts[port.key] ?? null)) ? (runner?.agent.id ?? null) : null;
  const valid = ports.every((port) => wrongIn(port).length === 0);

  const hidden = (port: Port): boolean => {
    const found = effectsIn(port, drafts[port.key] ?? null, scope);
    return found.hidden && !found.fade;
  };
  // A field that was left with something wrong in it says so; that one is needed is said when it is run.
  const shown = (port: Port): boolean => touched || server?.field === port.key || (left.has(port.key) && !isNothing(drafts[port.key] ?? null));

  const run = async (): Promise<void> => {
    setTouched(true);
    if (!valid) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    setBusy(true);
    const args = wire();
    try {
      const { assign } = await mutate("rekuest", Assign, { input: { action: action.id, args, capture: false, policy: auto ? "AUTO" : "ASK", ...((agent ?? pinned) ? { agent: agent ?? pinned } : {}) } });
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

  return (
    <FormAgent value={runner?.agent.id ?? null}>
    <FormScope value={scope}>
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
            {section.ports.map((port) => (
              <div key={port.key} style={hidden(port) ? { display: "none" } : undefined} onBlur={() => setLeft((before) => new Set(before).add(port.key))}>
                <Field
                  port={port}
                  draft={drafts[port.key] ?? null}
                  issues={shown(port) ? wrongIn(port) : []}
                  onChange={(next) => {
                    setServer(null);
                    setDrafts((before) => ({ ...before, [port.key]: next }));
                  }}
                />
              </div>
            ))}
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
          <Button variant="default" onClick={() => { setDrafts(Object.fromEntries(ports.map((port) => [port.key, initial(port)]))); setTouched(false); setLeft(new Set()); }}>{t("Reset to defaults")}</Button>
        </Group>
      </Stack>
    </form>
    </FormScope>
    </FormAgent>
  );
}
