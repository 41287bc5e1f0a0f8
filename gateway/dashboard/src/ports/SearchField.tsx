import { Loader, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { common, useOwn, type FieldProps } from "./frame";
import { options, unusable, type Option } from "./search";
import type { Widget } from "./types";

export function SearchField({ port, draft, onChange, issues, widget }: FieldProps & { widget: Widget }) {
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
