import { Stack, Text } from "@mantine/core";
import { useContext } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "./Field";
import { labelOf, type FieldProps } from "./frame";
import { fromWire, hasChoices, isNothing, toWire, type Draft } from "./ports";
import { FormScope } from "./scope";
import { FormAgent } from "./StateField";
import { lent, useTarget } from "./targets";
import type { Widget } from "./types";

/** The input of a port of another action, for a value of this one. */
export function ProxyField(props: FieldProps & { widget: Widget }) {
  const { t } = useTranslation();
  const { port, widget, draft, onChange, depth = 0 } = props;
  const scope = useContext(FormScope);
  const agent = useContext(FormAgent);
  const target = useTarget(widget, agent);
  if (!target) {
    const from = widget.targetDependency ?? widget.targetAction ?? "";
    const why = target === undefined ? t("Asking {{name}} for its choices.", { name: from }) : t("{{name}}, whose field this is, is not here now. Give the value.", { name: from });
    return (
      <Stack gap={4}>
        <Field {...props} port={{ ...port, widget: null }} />
        <Text size="xs" c="dimmed" role="status">{why}</Text>
      </Stack>
    );
  }
  const shown = lent(port, target.port);
  // A choice that is lent is held by its value: the port itself does not know the choices.
  const translated = hasChoices(shown) && !hasChoices(port);
  const into = (held: Draft): Draft => (translated && !isNothing(held) ? fromWire(shown, toWire(port, held, depth), depth) : held);
  const back = (next: Draft): Draft => (translated && next !== null ? fromWire(port, toWire(shown, next, depth), depth) : next);
  return (
    <FormAgent value={target.agent.id}>
      <FormScope value={{ ...scope, implementation: target.implementation }}>
        <Stack gap={4}>
          <Field {...props} port={shown} draft={into(draft)} onChange={(next) => onChange(back(next))} depth={depth + 1} />
          <Text size="xs" c="dimmed">{t("The field {{port}} of {{action}}, by {{agent}}.", { port: labelOf(target.port), action: target.action, agent: target.agent.name })}</Text>
        </Stack>
      </FormScope>
    </FormAgent>
  );
}
