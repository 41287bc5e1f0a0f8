import { Button, Group, Loader, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useContext, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "./Field";
import { common, labelOf, useOwn, type FieldProps } from "./frame";
import { initial, type Draft } from "./ports";
import { FormScope, valuesOf } from "./scope";
import { narrowing, options, unusable, type Narrowing, type Option } from "./search";
import type { Port, Widget } from "./types";

const PAUSE_MS = 250;

interface Answer {
  /** Which question it answers. */
  asked: string;
  found: Option[];
  failed: string | null;
}

/** Ask the service for what can be chosen, and for the name of what is chosen. */
function useOptions(widget: Widget, narrow: Narrowing, search: string, value: string, unused: boolean) {
  const [answer, setAnswer] = useState<Answer>({ asked: "", found: [], failed: null });
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify([narrow, value, turn]);
  const silent = unused || narrow.waits.length > 0;
  useEffect(() => {
    if (silent) return;
    let live = true;
    const ask = (words: string | null, values: string[] | null) => options(widget.query ?? "", widget.ward ?? "", { ...narrow.variables, search: words, values });
    Promise.all([ask(search || null, null), value ? ask(null, [value]) : Promise.resolve([])])
      .then((lists) => live && setAnswer({ asked: key, found: [...new Map(lists.flat().map((one) => [one.value, one])).values()], failed: null }))
      .catch((problem: Error) => live && setAnswer({ asked: key, found: [], failed: problem.message }));
    return () => {
      live = false;
    };
    // `key` stands for what narrows it.
  }, [search, key, silent, widget.query, widget.ward]);
  const known = answer.asked === key;
  return { found: answer.found, failed: known ? answer.failed : null, known, busy: !silent && !known, again: () => setTurn((before) => before + 1) };
}

/** A choice of another port that no longer goes with the values around it is taken back, and said so. */
function useStale(key: string, waiting: boolean, answer: { found: Option[]; known: boolean; failed: string | null }, value: string, clear: () => void): boolean {
  const judged = useRef(key);
  const [cleared, setCleared] = useState(false);
  useEffect(() => {
    if (judged.current === key || (!waiting && (!answer.known || answer.failed !== null))) return;
    judged.current = key;
    if (value === "" || (!waiting && answer.found.some((one) => one.value === value))) return;
    setCleared(true);
    clear();
  }, [key, waiting, answer.known]);
  useEffect(() => {
    if (value !== "") setCleared(false);
  }, [value]);
  return cleared;
}

export function SearchField({ port, draft, onChange, issues, widget }: FieldProps & { widget: Widget }) {
  const { t } = useTranslation();
  const scope = useContext(FormScope);
  const error = useOwn(issues);
  const value = typeof draft === "string" ? draft : "";
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, PAUSE_MS);
  const filters = widget.filters ?? [];
  const [drafts, setDrafts] = useState<Record<string, Draft>>(() => Object.fromEntries(filters.map((one) => [one.key, initial(one)])));
  const given = valuesOf(filters as Port[], (one) => drafts[one.key] ?? null);
  const [settled] = useDebouncedValue(JSON.stringify(narrowing(port, widget, scope, given)), PAUSE_MS);
  const narrow = useMemo(() => JSON.parse(settled) as Narrowing, [settled]);
  const trouble = useMemo(() => unusable(widget.query ?? "", widget.ward ?? ""), [widget.query, widget.ward]);
  const answer = useOptions(widget, narrow, search, value, trouble !== null);
  const waiting = narrow.waits.length > 0;
  const around = JSON.stringify(narrow, (name, held: unknown) => (filters.some((one) => one.key === name) ? undefined : held));
  const cleared = useStale(around, waiting, answer, value, () => onChange(""));
  const names = (keys: readonly string[]): string => keys.map((key) => labelOf([...scope.ports, ...filters].find((one) => one.key === key) ?? ({ key } as Port))).join(", ");
  const reason = trouble ?? answer.failed;
  if (reason) {
    return (
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          {...common(port, error)}
          style={{ flex: 1 }}
          description={t("The search of this field cannot be used ({{reason}}). Give the id.", { reason })}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
        {trouble ? null : <Button variant="default" onClick={answer.again}>{t("Try again")}</Button>}
      </Group>
    );
  }
  return (
    <Stack gap="xs">
      {filters.map((one) => (
        <Field key={one.key} port={{ ...one, nullable: true }} draft={drafts[one.key] ?? null} issues={[]} onChange={(next) => setDrafts((before) => ({ ...before, [one.key]: next }))} />
      ))}
      <Select
        {...common(port, error)}
        searchable
        disabled={waiting}
        clearable={port.nullable}
        filter={({ options: all }) => all}
        placeholder={waiting ? t("First give {{names}}", { names: names(narrow.waits) }) : (widget.placeholder ?? t("Type to search"))}
        nothingFoundMessage={answer.busy ? t("Searching") : t("Nothing found")}
        rightSection={answer.busy ? <Loader size={14} /> : undefined}
        data={waiting ? [] : answer.found.map(({ value: id, label }) => ({ value: id, label: label || id }))}
        value={value || null}
        onChange={(next) => onChange(next ?? "")}
        searchValue={typed}
        onSearchChange={setTyped}
      />
      {cleared ? <Text size="xs" c="dimmed" role="status">{t("The choice was taken back: it does not go with the other values.")}</Text> : null}
    </Stack>
  );
}
