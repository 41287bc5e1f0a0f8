import { useTranslation } from "react-i18next";
import { Badge, OnlineBadge } from "~/components/StateBadge";
import type { AgentRowFragment } from "~/gen/rekuest";

/** Whether an agent is here and takes work. */
export function AgentBadge({ agent }: { agent: Pick<AgentRowFragment, "connected" | "blocked" | "draining"> }) {
  const { t } = useTranslation();
  if (agent.draining && agent.connected && !agent.blocked) return <Badge state="paused" word={t("no new work")} />;
  return <OnlineBadge online={agent.connected} blocked={agent.blocked} />;
}
