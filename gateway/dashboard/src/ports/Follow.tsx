import { Button } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";
import { useContext, useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { labelOf, type FieldProps } from "./frame";
import { fromWire, isNothing, same, toWire, check, type Draft } from "./ports";
import { FormScope, along } from "./scope";
import type { Port } from "./types";

/** Mirrors the value of another port until somebody gives one by hand; a button follows it again. */
export function Follow({ port, draft, onChange, path, children }: FieldProps & { path: string; children: (onChange: (next: Draft) => void) => ReactNode }) {
  const { t } = useTranslation();
  const scope = useContext(FormScope);
  const followed = along(scope.values, path);
  const held = check(port, draft).length === 0 ? toWire(port, draft) : undefined;
  const [linked, setLinked] = useState(() => isNothing(draft) || same(held, followed));
  const key = JSON.stringify(followed ?? null);
  useEffect(() => {
    if (linked && followed !== undefined && !same(held, followed)) onChange(fromWire(port, followed));
  }, [linked, key]);
  const name = labelOf(scope.ports.find((one) => one.key === path) ?? ({ key: path } as Port));
  return (
    <div>
      {children((next) => {
        setLinked(false);
        onChange(next);
      })}
      {linked ? null : (
        <Button size="compact-xs" variant="subtle" mt={4} leftSection={<IconLink size={14} aria-hidden />} onClick={() => setLinked(true)}>
          {t("Follow {{name}} again", { name })}
        </Button>
      )}
    </div>
  );
}
