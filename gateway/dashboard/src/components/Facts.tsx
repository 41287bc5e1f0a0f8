import { Text } from "@mantine/core";
import { Fragment } from "react";

/** Names and what is known under them; an empty one is left out. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: string])[] }) {
  return (
    <dl className="bh-facts">
      {rows.map(([name, value]) =>
        value ? (
          <Fragment key={name}>
            <Text component="dt" size="sm" c="dimmed">{name}</Text>
            <Text component="dd" size="sm" className="bh-break">{value}</Text>
          </Fragment>
        ) : null,
      )}
    </dl>
  );
}
