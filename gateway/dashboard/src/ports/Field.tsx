import { widgetOf, type FieldProps } from "./frame";
import { EntriesField, FieldsField, ListField, UnionField } from "./nested";
import { BoolField, ChoiceField, DateField, FromState, JsonField, NumberField, QuantityField, ReferenceField, SliderField, TextField } from "./plain";
import { asJson, hasChoices, isOpenDict } from "./ports";
import { SearchField } from "./SearchField";

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
