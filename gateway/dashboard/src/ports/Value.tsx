import { Anchor, Button, Code, Group, Image, Table as Plain, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { OrgLink } from "~/components/Link";
import { exact, relative } from "~/lib/format";
import { useThumbnail } from "~/pages/data/picture";
import { itemOf, same } from "./ports";
import type { Port } from "./types";

const SHOWN_ITEMS = 100;
const SHOWN_BYTES = 256 * 1024;

/** Where a structure is shown, by the kind its identifier names. */
export function routeOf(identifier: string, id: string): string | null {
  const name = identifier.toLowerCase();
  if (!name.startsWith("@mikro/")) return null;
  if (/image|array|dataset|stack/.test(name) && !/table/.test(name)) return `/data/array/${id}`;
  if (/table/.test(name)) return `/data/table/${id}`;
  if (/file/.test(name)) return `/data/file/${id}`;
  if (/folder/.test(name)) return `/data/f/${id}`;
  return null;
}

function Structure({ identifier, id, small }: { identifier: string; id: string; small: boolean }) {
  const route = routeOf(identifier, id);
  const picture = useThumbnail(route?.startsWith("/data/array/") ? id : null);
  const text = `${identifier} ${id}`;
  if (!route) return <Code className="bh-break">{text}</Code>;
  return (
    <Group gap="sm">
      {picture ? <Image src={picture} w={small ? 64 : 160} radius="sm" alt="" /> : null}
      <OrgLink to={route}>{text}</OrgLink>
    </Group>
  );
}

function referenceOf(value: unknown, port: Port): { identifier: string; id: string } | null {
  if (typeof value === "object" && value !== null && "object" in value) {
    const found = value as { __identifier?: unknown; object: unknown };
    return { identifier: String(found.__identifier ?? port.identifier ?? ""), id: String(found.object) };
  }
  if (port.kind === "STRUCTURE" && (typeof value === "string" || typeof value === "number")) return { identifier: port.identifier ?? "", id: String(value) };
  return null;
}

function Download({ value }: { value: string }) {
  const { t } = useTranslation();
  return (
    <Button
      size="xs"
      variant="default"
      onClick={() => {
        const url = URL.createObjectURL(new Blob([value], { type: "application/json" }));
        const link = Object.assign(document.createElement("a"), { href: url, download: "value.json" });
        link.click();
        URL.revokeObjectURL(url);
      }}
    >
      {t("Download as JSON")}
    </Button>
  );
}

/** A value as people read it, by the port that declares it. */
export function Value({ port, value, small = false }: { port: Port; value: unknown; small?: boolean }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  if (value === null || value === undefined) return <Text size="sm" c="dimmed">{t("none")}</Text>;
  const reference = referenceOf(value, port);
  if (reference && ["STRUCTURE", "INTERFACE"].includes(port.kind)) return <Structure identifier={reference.identifier} id={reference.id} small={small} />;
  if (reference) return <Code className="bh-break">{`${reference.identifier} ${reference.id}`}</Code>;
  const choice = port.choices?.find((one) => same(one.value, value));
  if (choice) return <Text size="sm">{choice.label}</Text>;
  if (typeof value === "boolean") return <Text size="sm">{value ? t("yes") : t("no")}</Text>;
  if (port.kind === "DATE" && typeof value === "string") return <Text size="sm" title={exact(value)}>{relative(value)}</Text>;
  if (typeof value === "string") return <Text size="sm" className="bh-break" style={{ whiteSpace: "pre-wrap" }}>{value}</Text>;
  if (typeof value === "number") return <Text size="sm" className="bh-num">{String(value)}</Text>;
  const text = JSON.stringify(value, null, 2);
  if (text.length > SHOWN_BYTES) return <Download value={text} />;
  if (Array.isArray(value) && ["INT", "FLOAT", "STRING", "STRUCTURE", "BOOL"].includes(itemOf(port).kind)) {
    const shown = all ? value : value.slice(0, SHOWN_ITEMS);
    return (
      <div>
        <Group gap="xs">{shown.map((item, index) => <Value key={index} port={itemOf(port)} value={item} small />)}</Group>
        {value.length > shown.length ? <Anchor component="button" type="button" onClick={() => setAll(true)}>{t("Show all {{count}}", { count: value.length })}</Anchor> : null}
      </div>
    );
  }
  if (typeof value === "object" && !Array.isArray(value) && (port.kind === "MODEL" || port.kind === "DICT")) {
    const entries = Object.entries(value as Record<string, unknown>).slice(0, SHOWN_ITEMS);
    const childOf = (key: string): Port => port.children?.find((child) => child.key === key) ?? itemOf(port);
    return (
      <Plain variant="vertical" layout="auto">
        <Plain.Tbody>
          {entries.map(([key, item]) => (
            <Plain.Tr key={key}>
              <Plain.Th>{key}</Plain.Th>
              <Plain.Td><Value port={childOf(key)} value={item} small /></Plain.Td>
            </Plain.Tr>
          ))}
        </Plain.Tbody>
      </Plain>
    );
  }
  return <Code block>{text}</Code>;
}
