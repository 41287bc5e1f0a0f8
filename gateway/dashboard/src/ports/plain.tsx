import { Autocomplete, Button, Group, Image, Input, JsonInput, NumberInput, Radio, Select, Slider, Stack, Switch, Text, TextInput, Textarea } from "@mantine/core";
import { useContext, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Drawers } from "~/gen/rekuest";
import { Clear, FEW, common, labelOf, useOwn, widgetOf, type FieldProps } from "./frame";
import { PICKERS, Picked, Picker } from "./Picker";
import { dateOnly, localText, numberText, unitsOf } from "./ports";
import { FormAgent, StateField } from "./StateField";
import type { Condition, Widget } from "./types";

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
      <TextInput {...common(port, error)} style={{ flex: 1 }} type={dateOnly(port) ? "date" : "datetime-local"} {...(dateOnly(port) ? {} : { step: 1 })} value={typeof draft === "string" ? draft : ""} onChange={(event) => onChange(event.currentTarget.value)} />
      <Button variant="default" onClick={() => onChange(localText(new Date().toISOString()).slice(0, dateOnly(port) ? 10 : undefined))}>{dateOnly(port) ? t("Today") : t("Now")}</Button>
      <Clear {...props} />
    </Group>
  );
}

export function QuantityField({ port, draft, onChange, issues }: FieldProps) {
  const { t } = useTranslation();
  const error = useOwn(issues);
  const widget = widgetOf(port);
  const now = typeof draft === "object" && draft?.kind === "quantity" ? draft : { kind: "quantity" as const, amount: "", unit: unitsOf(port)[0] ?? "" };
  const min = widget?.min ?? 0;
  const max = widget?.max ?? 100;
  // The bounds of a slider are meant in the reference unit.
  const slides = widget?.kind === "SLIDER" && now.unit === (port.referenceUnit ?? now.unit);
  return (
    <div>
      <Group align="flex-start" gap="xs" wrap="nowrap">
        <TextInput {...common(port, error)} style={{ flex: 1 }} inputMode="decimal" value={now.amount} onChange={(event) => onChange({ ...now, amount: event.currentTarget.value })} />
        <Autocomplete w={130} label={t("Unit")} description={port.description ? " " : undefined} data={unitsOf(port)} value={now.unit} onChange={(unit) => onChange({ ...now, unit })} />
      </Group>
      {slides ? (
        <Slider mt={8} min={min} max={max} step={widget.step ?? (max - min) / 100} value={Number(numberText(now.amount)) || min} onChange={(next) => onChange({ ...now, amount: String(next) })} thumbLabel={labelOf(port)} label={null} />
      ) : null}
    </div>
  );
}

/** Pictures of choices come with the port: the policy of the page lets none be fetched from elsewhere. */
const pictured = (image: string | null | undefined): image is string => Boolean(image && /^(data:image\/|\/(?!\/))/.test(image));

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
            <Group key={index} gap="xs" wrap="nowrap" align="flex-start">
              <Radio value={String(index)} label={choice.label} description={choice.description || undefined} />
              {pictured(choice.image) ? <Image src={choice.image} h={40} w="auto" radius="sm" alt="" /> : null}
            </Group>
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
      renderOption={({ option }) => {
        const choice = choices[Number(option.value)];
        return (
          <Group gap="xs" wrap="nowrap">
            {pictured(choice?.image) ? <Image src={choice.image} h={28} w="auto" alt="" /> : null}
            <div>
              <Text size="sm">{option.label}</Text>
              {choice?.description ? <Text size="xs" c="dimmed">{choice.description}</Text> : null}
            </div>
          </Group>
        );
      }}
      value={value}
      onChange={pick}
    />
  );
}

export function FromState({ port, draft, onChange, issues, widget }: FieldProps & { widget: Widget }) {
  return <StateField port={port} widget={widget} draft={draft} onChange={onChange} frame={common(port, useOwn(issues))} />;
}

const SIGNS: Record<string, string> = { EQUALS: "=", NOT_EQUALS: "≠", LTE: "≤", GTE: "≥", EXISTS: "∃", IN: "∈", NOT_IN: "∉", CONTAINS: "∋", MATCHES: "~" };

/** A condition as people read it: `n channels ≥ 2`. */
export function conditionText({ key, operator, value }: Condition): string {
  const name = (key.split("/").pop() ?? key).replaceAll("_", " ");
  return operator === "EXISTS" ? name : `${name} ${SIGNS[operator] ?? operator.toLowerCase()} ${typeof value === "string" ? value : JSON.stringify(value ?? null)}`;
}

/** A value that an app keeps in its memory: one of those the agent that would run it holds now. */
export function DrawerField(props: FieldProps) {
  const { t } = useTranslation();
  const { port, draft, onChange, issues } = props;
  const error = useOwn(issues);
  const agent = useContext(FormAgent);
  const reading = useData("rekuest", Drawers, { identifier: port.identifier ?? null, agent }, { pause: agent === null, poll: 5000 });
  const value = typeof draft === "string" ? draft : "";
  const held = reading.data?.memoryDrawers ?? [];
  if (agent === null || reading.problem) return <ReferenceField {...props} />;
  const gone = value && reading.data && !held.some((one) => one.id === value) ? [{ value, label: t("{{value}} (no longer kept)", { value }) }] : [];
  return (
    <Select
      {...common(port, error)}
      description={[port.description, t("Kept in the memory of the app that runs it.")].filter(Boolean).join(" · ")}
      searchable
      clearable={port.nullable}
      nothingFoundMessage={t("The app keeps nothing of this kind.")}
      placeholder={reading.data && held.length === 0 ? t("The app keeps nothing of this kind.") : undefined}
      data={[...held.map((one) => ({ value: one.id, label: one.label || one.id })), ...gone]}
      value={value || null}
      onChange={(next) => onChange(next ?? "")}
    />
  );
}

export function ReferenceField(props: FieldProps) {
  const { t } = useTranslation();
  const { port, draft, onChange, issues } = props;
  const error = useOwn(issues);
  const [open, setOpen] = useState(false);
  const kind = port.identifier ? PICKERS[port.identifier.toLowerCase()] : undefined;
  const value = typeof draft === "string" ? draft : "";
  const conditions = port.requires?.length ? t("Only with {{conditions}}.", { conditions: port.requires.map(conditionText).join(", ") }) : null;
  const notes = [port.description, `${port.identifier ?? ""}`, conditions, port.kind === "INTERFACE" ? t("Released apps cannot read values of this kind yet.") : null];
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
      {kind && value ? <Picked kind={kind} id={value} /> : null}
      {kind ? (
        <Picker
          kind={kind}
          requires={port.requires ?? []}
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
