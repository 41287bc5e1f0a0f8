import { Anchor } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";
import { useOrg } from "~/lib/nav";

/** A link below the organization; a click stays in the page, a middle click opens another. */
export function OrgLink({ to, children, className }: { to: string; children: ReactNode; className?: string }) {
  const org = useOrg();
  const { history } = useRouter();
  const href = `/o/${org}${to}`;
  const follow = (event: MouseEvent): void => {
    event.stopPropagation();
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.push(href);
  };
  return (
    <Anchor href={href} onClick={follow} {...(className ? { className } : {})} inherit>
      {children}
    </Anchor>
  );
}
