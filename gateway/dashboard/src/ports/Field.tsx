import { Text } from "@mantine/core";
import { useContext } from "react";
import { Follow } from "./Follow";
import { effectsIn } from "./form";
import { widgetOf, type FieldProps } from "./frame";
import { EntriesField, FieldsField, ListField, UnionField } from "./nested";
import { PICKERS } from "./Picker";
import { BoolField, ChoiceField, DateField, DrawerField, FromState, JsonField, NumberField, QuantityField, ReferenceField, SliderField, TextField } from "./plain";
import { asJson, hasChoices, isOpenDict } from "./ports";
import { ProxyField } from "./ProxyField";
import { FormScope } from "./scope";
import { SearchField } from "./SearchField";
import type { Port, Widget } from "./types";

const PROXIES_MOST = 3;

/** A search over everything of a kind we have a picker for is better done by the picker. */
const picked = (port: Port, widget: Widget): boolean =>
  port.kind === "STRUCTURE" && Boolean(PICKERS[port.identifier?.toLowerCase() ?? ""]) && !widget.dependencies?.length && !widget.filters?.length;

/** The input of a port that a widget offers, or null where the kind decides. */
function byWidget(props: FieldProps, widget: Widget | null) {
  const { port, depth = 0 } = props;
  if (widget?.kind === "PROXY" && depth <= PROXIES_MOST) return <ProxyField {...props} widget={widget} />;
  if (asJson(port, depth)) return <JsonField {...props} />;
  if (hasChoices(port)) return <ChoiceField {...props} />;
  if (widget?.kind === "STATE_CHOICE" && ["INT", "FLOAT", "STRING"].includes(port.kind)) return <FromState {...props} widget={widget} />;
  if (widget?.kind === "SEARCH" && widget.query && port.kind !== "LIST" && !picked(port, widget)) return <SearchField {...props} widget={widget} />;
  return null;
}

function Input(props: FieldProps) {
  const { port } = props;
  const widget = widgetOf(port);
  const special = byWidget(props, widget);
  if (special) return special;
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
      return <ReferenceField {...props} />;
    case "MEMORY_STRUCTURE":
      return <DrawerField {...props} />;
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

/** The input of one port, of whatever kind, as its effects and the value it follows have it; nested ports nest. */
export function Field(props: FieldProps) {
  const { port, draft } = props;
  const scope = useContext(FormScope);
  const path = port.widget?.followValue;
  const input = path ? <Follow {...props} path={path}>{(onChange) => <Input {...props} onChange={onChange} />}</Follow> : <Input {...props} />;
  if (!port.effects?.length) return input;
  const { hidden, fade, messages } = effectsIn(port, draft, scope);
  if (hidden && !fade) return null;
  return (
    <div>
      <div inert={hidden} style={hidden ? { opacity: 0.45 } : undefined}>{input}</div>
      <div aria-live="polite">
        {messages.map((message) => <Text key={message} size="xs" c="dimmed">{message}</Text>)}
      </div>
    </div>
  );
}
