import { Select, Text, TextInput } from "@mantine/core";
import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";
import { useStates } from "~/live/agents";
import { fromWire, isNothing, same, toWire, type Draft } from "./ports";
import { stateOptions } from "./states";
import { useBranch } from "./targets";
import type { Port, Widget } from "./types";

/** The agent whose states the fields of a form read; null where none that is running offers the action. */
export const FormAgent = createContext<string | null>(null);

interface StateFieldProps {
  port: Port;
  widget: Widget;
  draft: Draft;
  onChange: (next: Draft) => void;
  frame: { label: string; description: string | undefined; withAsterisk: boolean; error: string | undefined };
}

/** A choice among what a state of the agent lists now; it follows the state. */
export function StateField({ port, widget, draft, onChange, frame }: StateFieldProps) {
  const { t } = useTranslation();
  const own = useContext(FormAgent);
  const branch = useBranch(widget.dependency ?? null);
  const agent = widget.dependency ? (branch?.mappedAgents[0]?.agent.id ?? null) : own;
  const values = useStates(agent ?? "", agent === null);
  const options = values ? stateOptions(values, widget) : null;
  if (options === null) {
    const why = agent === null && branch !== undefined ? t("No app that runs it is here to offer choices. Give the value.") : values ? t("The app does not offer its choices now. Give the value.") : t("Asking the app for its choices.");
    return (
      <>
        <TextInput {...frame} value={typeof draft === "string" ? draft : ""} onChange={(event) => onChange(event.currentTarget.value)} />
        <Text size="xs" c="dimmed" role="status">{why}</Text>
      </>
    );
  }
  const held = isNothing(draft) ? null : toWire(port, draft);
  const index = isNothing(draft) ? -1 : options.findIndex((one) => same(one.value, held));
  const data = options.map(({ label, description }, number) => ({ value: String(number), label: description ? `${label} (${description})` : label }));
  // A value the state no longer lists stays chosen, and says so.
  const gone = index < 0 && held !== null ? [{ value: "gone", label: t("{{value}} (no longer offered)", { value: typeof held === "string" ? held : JSON.stringify(held) }) }] : [];
  return (
    <Select
      {...frame}
      searchable
      clearable={port.nullable}
      data={[...data, ...gone]}
      value={index >= 0 ? String(index) : gone.length > 0 ? "gone" : null}
      onChange={(next) => (next === "gone" ? undefined : onChange(next === null ? null : fromWire(port, options[Number(next)]?.value ?? null)))}
    />
  );
}
