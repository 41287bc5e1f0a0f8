import {
  ActionIcon, Button, Group, Input, JsonInput, Loader, NumberInput, Radio, Select, SegmentedControl, Slider, Stack, Switch, Text,
  TextInput, Textarea, Fieldset, Autocomplete,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash, IconX } from "@tabler/icons-react";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { asJson, empty, filled, hasChoices, initial, isOpenDict, itemOf, localText, unitsOf, type Draft, type Issue } from "./ports";
import { PICKERS, Picker } from "./Picker";
import { StateField } from "./StateField";
import { options, unusable, type Option } from "./search";
import type { Port, Widget } from "./types";

export interface FieldProps {
  port: Port;
  draft: Draft;
  onChange: (next: Draft) => void;
  issues: readonly Issue[];
  depth?: number;
}

const FEW = 4;
const labelOf = (port: Port): string => port.label || (port.key === "..." ? "" : port.key.replaceAll("_", " "));

function useOwn(issues: readonly Issue[]): string | undefined {
  const { t } = useTranslation();
  const own = issues.find((issue) => issue.path.length === 0);
  return own ? t(own.text, own.values ?? {}) : undefined;
}

const below = (issues: readonly Issue[], index: number): Issue[] =>
  issues.filter((issue) => issue.path[0] === index).map((issue) => ({ ...issue, path: issue.path.slice(1) }));

function widgetOf(port: Port): Widget | null {
  const widget = port.widget ?? null;
  return widget?.kind === "CUSTOM" ? (widget.fallback ?? null) : widget;
}

/** The input of one port, of whatever kind; nested ports nest. */
export function Field(props: FieldProps) {
  const { port, depth = 0 } = props;
  const widget = widgetOf(port);
  if (asJson(port, depth)) return <JsonField {...props} />;
  if (hasChoices(port)) return <ChoiceField {...props} />;
  if (widget?.kind === "STATE_CHOICE" && ["INT", "FLOAT", "STRING"].includes(port.kind)) return <FromState {...props} widget={widget} />;
  if (widget?.kind === "SEARCH" && widget.query && port.kind !== "LIST") return <SearchField {...props} widget={widget} />;
  switch (port.kind) {
    case "INT":
    case "FLOAT":
      return widget?.kind === "SLIDER" ? <SliderField {...props} widget={widget} /> : <NumberField {...props} />;
    case "BOOL":
      return <BoolField {...props} />;
    case "DATE":
      return <DateField {...props} />;
    case "QUANTITY":
      return <QuantityField {...props} />;
    case "STRUCTURE":
    case "INTERFACE":
    case "MEMORY_STRUCTURE":
      return <ReferenceField {...props} />;
    case "LIST":
      return <ListField {...props} />;
    case "DICT":
      return isOpenDict(port) ? <EntriesField {...props} /> : <FieldsField {...props} />;
    case "MODEL":
      return <FieldsField {...props} />;
    case "UNION":
      return <UnionField {...props} />;
    default:
      return <TextField {...props} />;
  }
}

const common = (port: Port, error: string | undefined) => ({
  label: labelOf(port),
  description: port.description || undefined,
  withAsterisk: !port.nullable,
  error,
});

function Clear({ port, draft, onChange }: FieldProps) {
  const { t } = useTranslation();
  if (!port.nullable || draft === null || draft === "") return null;
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={t("Clear {{name}}", { name: labelOf(port) })} onClick={() => onChange(empty(port))}>
      <IconX size={16} aria-hidden />
    </ActionIcon>
  );
}

function TextField(props: FieldProps) {
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

function NumberField(props: FieldProps) {
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

function SliderField({ port, draft, onChange, issues, widget }: FieldProps & { widget: Widget }) {
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

function BoolField({ port, draft, onChange, issues }: FieldProps) {
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

function DateField(props: FieldProps) {
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

function QuantityField({ port, draft, onChange, issues }: FieldProps) {
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

function ChoiceField({ port, draft, onChange, issues }: FieldProps) {
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

function FromState({ port, draft, onChange, issues, widget }: FieldProps & { widget: Widget }) {
  return <StateField port={port} widget={widget} draft={draft} onChange={onChange} frame={common(port, useOwn(issues))} />;
}

function SearchField({ port, draft, onChange, issues, widget }: FieldProps & { widget: Widget }) {
  const { t } = useTranslation();
  const error = useOwn(issues);
  const value = typeof draft === "string" ? draft : "";
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const [found, setFound] = useState<Option[]>([]);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(() => unusable(widget.query ?? "", widget.ward ?? ""));
  useEffect(() => {
    if (trouble) return;
    let live = true;
    setBusy(true);
    const asks = [options(widget.query ?? "", widget.ward ?? "", { search: search || null, values: null })];
    if (value) asks.push(options(widget.query ?? "", widget.ward ?? "", { search: null, values: [value] }));
    Promise.all(asks)
      .then((lists) => {
        if (live) setFound([...new Map(lists.flat().map((one) => [one.value, one])).values()]);
      })
      .catch((problem: Error) => live && setTrouble(problem.message))
      .finally(() => live && setBusy(false));
    return () => {
      live = false;
    };
  }, [search, value, trouble, widget.query, widget.ward]);
  if (trouble) {
    return (
      <TextInput
        {...common(port, error)}
        description={t("The search of this field cannot be used ({{reason}}). Give the id.", { reason: trouble })}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <Select
      {...common(port, error)}
      searchable
      clearable={port.nullable}
      filter={({ options: all }) => all}
      placeholder={widget.placeholder ?? t("Type to search")}
      nothingFoundMessage={busy ? t("Searching") : t("Nothing found")}
      rightSection={busy ? <Loader size={14} /> : undefined}
      data={found.map(({ value: id, label }) => ({ value: id, label: label || id }))}
      value={value || null}
      onChange={(next) => onChange(next ?? "")}
      searchValue={typed}
      onSearchChange={setTyped}
    />
  );
}

function ReferenceField(props: FieldProps) {
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

function JsonField({ port, draft, onChange, issues }: FieldProps) {
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

function Group_({ port, error, children, onRemove }: { port: Port; error: string | undefined; children: React.ReactNode; onRemove?: (() => void) | undefined }) {
  const { t } = useTranslation();
  return (
    <Fieldset legend={labelOf(port) || undefined}>
      <Stack gap="sm">
        {port.description ? <Text size="xs" c="dimmed">{port.description}</Text> : null}
        {children}
        {error ? <Text size="xs" c="var(--mantine-color-error)" role="alert">{error}</Text> : null}
        {onRemove ? <Button size="xs" variant="default" style={{ alignSelf: "flex-start" }} onClick={onRemove}>{t("Leave {{name}} out", { name: labelOf(port) })}</Button> : null}
      </Stack>
    </Fieldset>
  );
}

function Absent({ port, error, onChange, depth = 0 }: { port: Port; error: string | undefined; onChange: (next: Draft) => void; depth?: number }) {
  const { t } = useTranslation();
  return (
    <Group_ port={port} error={error}>
      <Button size="xs" variant="default" style={{ alignSelf: "flex-start" }} onClick={() => onChange(filled(port, depth))}>
        {t("Give {{name}}", { name: labelOf(port) })}
      </Button>
    </Group_>
  );
}

function ListField({ port, draft, onChange, issues, depth = 0 }: FieldProps) {
  const { t } = useTranslation();
  const error = useOwn(issues);
  if (typeof draft !== "object" || draft?.kind !== "rows") return <Absent port={port} error={error} onChange={onChange} depth={depth} />;
  const rows = draft.rows;
  const item = itemOf(port);
  const set = (next: Draft[]): void => onChange({ kind: "rows", rows: next });
  const move = (index: number, by: number): void => {
    const next = [...rows];
    const [moved] = next.splice(index, 1);
    next.splice(index + by, 0, moved ?? null);
    set(next);
  };
  return (
    <Group_ port={port} error={error} onRemove={port.nullable ? () => onChange(null) : undefined}>
      {rows.map((row, index) => (
        <Group key={index} gap={4} wrap="nowrap" align="flex-end">
          <div style={{ flex: 1, minWidth: 0 }}>
            <Field port={{ ...item, label: `${item.label ?? labelOf(port)} ${index + 1}`, nullable: item.nullable }} draft={row} depth={depth + 1} issues={below(issues, index)} onChange={(next) => set(rows.with(index, next))} />
          </div>
          <ActionIcon variant="default" size="input-sm" disabled={index === 0} aria-label={t("Move {{number}} up", { number: index + 1 })} onClick={() => move(index, -1)}><IconArrowUp size={16} aria-hidden /></ActionIcon>
          <ActionIcon variant="default" size="input-sm" disabled={index === rows.length - 1} aria-label={t("Move {{number}} down", { number: index + 1 })} onClick={() => move(index, 1)}><IconArrowDown size={16} aria-hidden /></ActionIcon>
          <ActionIcon variant="default" size="input-sm" aria-label={t("Remove {{number}}", { number: index + 1 })} onClick={() => set(rows.toSpliced(index, 1))}><IconTrash size={16} aria-hidden /></ActionIcon>
        </Group>
      ))}
      <Button size="xs" variant="default" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} aria-hidden />} onClick={() => set([...rows, initial(item, depth + 1)])}>
        {t("Add to {{name}}", { name: labelOf(port) })}
      </Button>
    </Group_>
  );
}

function EntriesField({ port, draft, onChange, issues, depth = 0 }: FieldProps) {
  const { t } = useTranslation();
  const error = useOwn(issues);
  if (typeof draft !== "object" || draft?.kind !== "entries") return <Absent port={port} error={error} onChange={onChange} depth={depth} />;
  const entries = draft.entries;
  const item = itemOf(port);
  const set = (next: typeof entries): void => onChange({ kind: "entries", entries: next });
  return (
    <Group_ port={port} error={error} onRemove={port.nullable ? () => onChange(null) : undefined}>
      {entries.map((entry, index) => (
        <Group key={index} gap={4} wrap="nowrap" align="flex-end">
          <TextInput w={140} label={t("Key")} value={entry.key} onChange={(event) => set(entries.with(index, { ...entry, key: event.currentTarget.value }))} />
          <div style={{ flex: 1, minWidth: 0 }}>
            <Field port={{ ...item, label: t("Value") }} draft={entry.value} depth={depth + 1} issues={below(issues, index)} onChange={(value) => set(entries.with(index, { ...entry, value }))} />
          </div>
          <ActionIcon variant="default" size="input-sm" aria-label={t("Remove {{name}}", { name: entry.key || index + 1 })} onClick={() => set(entries.toSpliced(index, 1))}><IconTrash size={16} aria-hidden /></ActionIcon>
        </Group>
      ))}
      <Button size="xs" variant="default" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} aria-hidden />} onClick={() => set([...entries, { key: "", value: initial(item, depth + 1) }])}>
        {t("Add to {{name}}", { name: labelOf(port) })}
      </Button>
    </Group_>
  );
}

function FieldsField({ port, draft, onChange, issues, depth = 0 }: FieldProps) {
  const error = useOwn(issues);
  if (typeof draft !== "object" || draft?.kind !== "fields") return <Absent port={port} error={error} onChange={onChange} depth={depth} />;
  const fields = draft.fields;
  return (
    <Group_ port={port} error={error} onRemove={port.nullable ? () => onChange(null) : undefined}>
      {(port.children ?? []).map((child, index) => (
        <Field key={child.key} port={child} draft={fields[index] ?? null} depth={depth + 1} issues={below(issues, index)} onChange={(next) => onChange({ kind: "fields", fields: fields.with(index, next) })} />
      ))}
    </Group_>
  );
}

function UnionField({ port, draft, onChange, issues, depth = 0 }: FieldProps) {
  const { t } = useTranslation();
  const error = useOwn(issues);
  if (typeof draft !== "object" || draft?.kind !== "union") return <Absent port={port} error={error} onChange={onChange} depth={depth} />;
  const variants = port.children ?? [];
  const data = variants.map((variant, index) => ({ value: String(index), label: variant.label || variant.identifier || variant.kind.toLowerCase() }));
  const use = (value: string | null): void => onChange({ ...draft, use: Number(value ?? 0) });
  const chosen = variants[draft.use];
  return (
    <Group_ port={port} error={error} onRemove={port.nullable ? () => onChange(null) : undefined}>
      {variants.length <= FEW ? (
        <SegmentedControl aria-label={t("Which kind")} data={data} value={String(draft.use)} onChange={use} />
      ) : (
        <Select label={t("Which kind")} data={data} value={String(draft.use)} onChange={use} allowDeselect={false} />
      )}
      {chosen ? (
        <Field port={chosen} draft={draft.variants[draft.use] ?? null} depth={depth + 1} issues={below(issues, draft.use)} onChange={(next) => onChange({ ...draft, variants: draft.variants.with(draft.use, next) })} />
      ) : null}
    </Group_>
  );
}
