import { ActionIcon, Button, Fieldset, Group, MultiSelect, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useContext, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "./Field";
import { FEW, below, common, labelOf, useOwn, type FieldProps } from "./frame";
import { filled, fromWire, hasChoices, initial, isNothing, itemOf, toWire, type Draft } from "./ports";
import { FormScope, within } from "./scope";
import type { Port } from "./types";

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

/** Rows beyond these are drawn only while they are in sight. */
const ROWS_DRAWN = 50;
/** What opens only on request, as deep as this. */
const DEEP = 2;

/** Lines of a paste, or null where it is one value: spreadsheets give one a row, or tabs. */
export function pasted(item: Port, text: string): Draft[] | null {
  if (!["INT", "FLOAT", "STRING", "DATE"].includes(item.kind) || hasChoices(item)) return null;
  const lines = text.split(item.kind === "STRING" ? /\r?\n/ : /[\r\n\t;]+/).map((line) => line.trim()).filter(Boolean);
  return lines.length > 1 ? lines.map((line) => (item.kind === "DATE" ? fromWire(item, line) : line)) : null;
}

/** Some of the choices, each once. */
function SomeOf({ port, draft, onChange, issues }: FieldProps) {
  const item = itemOf(port);
  const rows = typeof draft === "object" && draft?.kind === "rows" ? draft.rows : [];
  const chosen = rows.flatMap((row) => (typeof row === "object" && row?.kind === "choice" ? [String(row.index)] : []));
  const data = (item.choices ?? []).map((choice, index) => ({ value: String(index), label: choice.label }));
  return (
    <MultiSelect
      {...common(port, useOwn(issues))}
      searchable
      clearable
      data={data}
      value={chosen}
      onChange={(next) => onChange(next.length === 0 && port.nullable ? null : { kind: "rows", rows: next.map((index) => ({ kind: "choice", index: Number(index) })) })}
    />
  );
}

/** Whether the rows of a list are different choices: then they are chosen all at once. */
function choosable(port: Port, draft: Draft): boolean {
  if (!hasChoices(itemOf(port))) return false;
  if (typeof draft !== "object" || draft?.kind !== "rows") return true;
  const given = draft.rows.map((row) => (typeof row === "object" && row?.kind === "choice" ? row.index : -1));
  return !given.includes(-1) && new Set(given).size === given.length;
}

export function ListField(props: FieldProps) {
  return choosable(props.port, props.draft) ? <SomeOf {...props} /> : <Rows {...props} />;
}

function Rows({ port, draft, onChange, issues, depth = 0 }: FieldProps) {
  const { t } = useTranslation();
  const error = useOwn(issues);
  if (typeof draft !== "object" || draft?.kind !== "rows") return <Absent port={port} error={error} onChange={onChange} depth={depth} />;
  const rows = draft.rows;
  const own = itemOf(port);
  // A widget declared at the list is meant for what is in it.
  const item = own.widget || !port.widget ? own : { ...own, widget: { ...port.widget, followValue: null } };
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
        <Group
          key={index}
          gap={4}
          wrap="nowrap"
          align="flex-end"
          style={rows.length > ROWS_DRAWN ? { contentVisibility: "auto", containIntrinsicSize: "auto 62px" } : undefined}
          onPaste={(event) => {
            const more = pasted(item, event.clipboardData.getData("text"));
            if (!more) return;
            event.preventDefault();
            set([...rows.slice(0, index), ...(isNothing(row) ? [] : [row]), ...more, ...rows.slice(index + 1)]);
          }}
        >
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

export function EntriesField({ port, draft, onChange, issues, depth = 0 }: FieldProps) {
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

/** A few values of what is inside, to know it by while it is closed. */
function summary(port: Port, fields: readonly Draft[]): string {
  const said = (port.children ?? []).flatMap((child, index) => {
    const value = fields[index] ?? null;
    return isNothing(value) || typeof value === "object" ? [] : [`${labelOf(child)}: ${String(toWire(child, value))}`];
  });
  return said.slice(0, 4).join(", ");
}

export function FieldsField({ port, draft, onChange, issues, depth = 0 }: FieldProps) {
  const { t } = useTranslation();
  const error = useOwn(issues);
  const scope = useContext(FormScope);
  const [open, setOpen] = useState(depth <= DEEP);
  if (typeof draft !== "object" || draft?.kind !== "fields") return <Absent port={port} error={error} onChange={onChange} depth={depth} />;
  const fields = draft.fields;
  if (!open && issues.length === 0) {
    return (
      <Group_ port={port} error={error}>
        <Text size="sm" c="dimmed" className="bh-break">{summary(port, fields) || t("Nothing is filled in.")}</Text>
        <Button size="xs" variant="default" style={{ alignSelf: "flex-start" }} leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setOpen(true)}>{t("Edit {{name}}", { name: labelOf(port) })}</Button>
      </Group_>
    );
  }
  return (
    <FormScope value={within(scope, port.children ?? [], fields)}>
      <Group_ port={port} error={error} onRemove={port.nullable ? () => onChange(null) : undefined}>
        {(port.children ?? []).map((child, index) => (
          <Field key={child.key} port={child} draft={fields[index] ?? null} depth={depth + 1} issues={below(issues, index)} onChange={(next) => onChange({ kind: "fields", fields: fields.with(index, next) })} />
        ))}
      </Group_>
    </FormScope>
  );
}

export function UnionField({ port, draft, onChange, issues, depth = 0 }: FieldProps) {
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
