import { Autocomplete, Button, Group, Input, JsonInput, NumberInput, Radio, Select, Slider, Stack, Switch, TextInput, Textarea } from "@mantine/core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Clear, FEW, common, labelOf, useOwn, widgetOf, type FieldProps } from "./frame";
import { PICKERS, Picker } from "./Picker";
import { localText, unitsOf } from "./ports";
import { StateField } from "./StateField";
import type { Widget } from "./types";

export function TextField(props: FieldProps) {
  const { port, draft, onChange, issues } = props;
  const error = useOwn(issues);
  const widget = widgetOf(port);
  const rest = { ...common(port, error), placeholder: widget?.placeholder ?? undefined, value: typeof draft === "string" ? draft : "" };
  return widget?.asParagraph ? (
    <Textarea {...rest} autosize minRows={3} onChange={(event) => onChange(event.currentTarget.value)} />
  ) : (
    <TextInput {...rest} rightSection={<Clear {...props} />} onChange={(event) => onChange(event.currentTarget.value)} />
  );
}

export function NumberField(props: FieldProps) {
  const { port, draft, onChange, issues } = props;
  const error = useOwn(issues);
  return (
    <TextInput
      {...common(port, error)}
      inputMode={port.kind === "INT" ? "numeric" : "decimal"}
      value={typeof draft === "string" ? draft : ""}
      rightSection={<Clear {...props} />}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function SliderField({ port, draft, onChange, issues, widget }: FieldProps & { widget: Widget }) {
  const error = useOwn(issues);
  const id = useId();
  const min = widget.min ?? 0;
  const max = widget.max ?? 100;
  const step = widget.step ?? (port.kind === "INT" ? 1 : (max - min) / 100);
  const value = typeof draft === "string" ? draft : "";
  return (
    <Input.Wrapper {...common(port, error)} labelElement="div" labelProps={{ id }}>
      <Group gap="md" wrap="nowrap" mt={4}>
        <Slider style={{ flex: 1 }} min={min} max={max} step={step} value={Number(value) || min} onChange={(next) => onChange(String(next))} thumbProps={{ "aria-labelledby": id }} label={null} />
        <NumberInput w={110} aria-labelledby={id} value={value} step={step} error={Boolean(error)} allowDecimal={port.kind !== "INT"} onChange={(next) => onChange(String(next))} />
      </Group>
    </Input.Wrapper>
  );
}

export function BoolField({ port, draft, onChange, issues }: FieldProps) {
  const { t } = useTranslation();
  const error = useOwn(issues);
  if (!port.nullable) {
    return <Switch label={labelOf(port)} description={port.description || undefined} error={error} checked={draft === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
  }
  return (
    <Radio.Group {...common(port, error)} value={draft === true ? "yes" : draft === false ? "no" : "unset"} onChange={(next) => onChange(next === "unset" ? null : next === "yes")}>
      <Group mt={4}>
        <Radio value="yes" label={t("yes")} />
        <Radio value="no" label={t("no")} />
        <Radio value="unset" label={t("not set")} />
      </Group>
    </Radio.Group>
  );
}

export function DateField(props: FieldProps) {
  const { t } = useTranslation();
  const { port, draft, onChange, issues } = props;
  const error = useOwn(issues);
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <TextInput {...common(port, error)} style={{ flex: 1 }} type="datetime-local" step={1} value={typeof draft === "string" ? draft : ""} onChange={(event) => onChange(event.currentTarget.value)} />
      <Button variant="default" onClick={() => onChange(localText(new Date().toISOString()))}>{t("Now")}</Button>
      <Clear {...props} />
    </Group>
  );
}

export function QuantityField({ port, draft, onChange, issues }: FieldProps) {
  const { t } = useTranslation();
  const error = useOwn(issues);
  const now = typeof draft === "object" && draft?.kind === "quantity" ? draft : { kind: "quantity" as const, amount: "", unit: unitsOf(port)[0] ?? "" };
  return (
    <Group align="flex-start" gap="xs" wrap="nowrap">
      <TextInput {...common(port, error)} style={{ flex: 1 }} inputMode="decimal" value={now.amount} onChange={(event) => onChange({ ...now, amount: event.currentTarget.value })} />
      <Autocomplete w={130} label={t("Unit")} description={port.description ? " " : undefined} data={unitsOf(port)} value={now.unit} onChange={(unit) => onChange({ ...now, unit })} />
    </Group>
  );
}

export function ChoiceField({ port, draft, onChange, issues }: FieldProps) {
  const error = useOwn(issues);
  const choices = port.choices ?? [];
  const value = typeof draft === "object" && draft?.kind === "choice" ? String(draft.index) : null;
  const pick = (next: string | null): void => onChange(next === null ? null : { kind: "choice", index: Number(next) });
  if (choices.length <= FEW && !port.nullable) {
    return (
      <Radio.Group {...common(port, error)} value={value ?? ""} onChange={pick}>
        <Stack gap={6} mt={4}>
          {choices.map((choice, index) => (
            <Radio key={index} value={String(index)} label={choice.label} description={choice.description || undefined} />
          ))}
        </Stack>
      </Radio.Group>
    );
  }
  return (
    <Select
      {...common(port, error)}
      searchable
      clearable={port.nullable}
      placeholder={port.widget?.choicePlaceholder ?? undefined}
      data={choices.map((choice, index) => ({ value: String(index), label: choice.label }))}
      value={value}
      onChange={pick}
    />
  );
}

export function FromState({ port, draft, onChange, issues, widget }: FieldProps & { widget: Widget }) {
  return <StateField port={port} widget={widget} draft={draft} onChange={onChange} frame={common(port, useOwn(issues))} />;
}

export function ReferenceField(props: FieldProps) {
  const { t } = useTranslation();
  const { port, draft, onChange, issues } = props;
  const error = useOwn(issues);
  const [open, setOpen] = useState(false);
  const kind = port.identifier ? PICKERS[port.identifier.toLowerCase()] : undefined;
  const value = typeof draft === "string" ? draft : "";
  const notes = [port.description, `${port.identifier ?? ""}`, port.kind === "INTERFACE" ? t("Released apps cannot read values of this kind yet.") : null];
  return (
    <>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          {...common(port, error)}
          style={{ flex: 1 }}
          description={notes.filter(Boolean).join(" · ")}
          placeholder={t("id")}
          value={value}
          rightSection={<Clear {...props} />}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
        {kind ? <Button variant="default" onClick={() => setOpen(true)}>{t("Choose")}</Button> : null}
      </Group>
      {kind ? (
        <Picker
          kind={kind}
          opened={open}
          onClose={() => setOpen(false)}
          onPick={(id) => {
            onChange(id);
            setOpen(false);
          }}
        />
      ) : null}
    </>
  );
}

export function JsonField({ port, draft, onChange, issues }: FieldProps) {
  const error = useOwn(issues);
  const value = typeof draft === "object" && draft?.kind === "json" ? draft.text : "";
  return (
    <JsonInput
      {...common(port, error)}
      label={labelOf(port) || "JSON"}
      autosize
      minRows={2}
      value={value}
      onChange={(text) => onChange(text === "" && port.nullable ? null : { kind: "json", text })}
    />
  );
}
