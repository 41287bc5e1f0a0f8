import { Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";

const WIDEST = 1440;

/** The frame of every page: its title takes the focus on arrival, so that readers hear where they are. */
export function Page({
  title,
  about,
  actions,
  width = WIDEST,
  alone = false,
  children,
}: {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  width?: number;
  /** Nothing stands beside it: it goes to the middle. Else all titles begin at the same edge. */
  alone?: boolean;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} - Bauhof`;
    if (document.activeElement === document.body || document.activeElement === null) {
      heading.current?.focus({ preventScroll: true });
    }
  }, [title]);
  return (
    <Stack gap="md" maw={width} mx={alone || width === WIDEST ? "auto" : 0} w="100%">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div style={{ minWidth: 0 }}>
          <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none" }} className="bh-break">
            {title}
          </Title>
          {about ? <Text c="dimmed" size="sm" component="div">{about}</Text> : null}
        </div>
        {actions ? <Group gap="xs">{actions}</Group> : null}
      </Group>
      {children}
    </Stack>
  );
}

export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="bh-card">
      <Group justify="space-between" mb="sm">
        <Title order={2}>{title}</Title>
        {aside}
      </Group>
      {children}
    </section>
  );
}
