import { Tabs } from "@mantine/core";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "~/components/Page";
import { useFilters } from "~/lib/nav";
import { DeadLetters } from "./DeadLetters";
import { Health } from "./Health";
import { Jobs } from "./Jobs";
import { Limits } from "./Limits";
import { RemoteValues } from "./RemoteValues";
import { Trail } from "./Trail";

const TABS: Record<string, [title: string, ComponentType]> = {
  health: ["Health", Health],
  jobs: ["Jobs and workers", Jobs],
  dead: ["Dead letters", DeadLetters],
  limits: ["Limits of runs", Limits],
  values: ["Remote values", RemoteValues],
  audit: ["Audit trail", Trail],
};

export default function OpsPage() {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const open = search["tab"] ?? "health";
  return (
    <Page title={t("Operations")} about={t("How the parts are, and what was changed by whom.")}>
      <Tabs value={open} onChange={(tab) => change({ tab: tab === "health" ? undefined : (tab ?? undefined) })} keepMounted={false}>
        <Tabs.List>
          {Object.entries(TABS).map(([name, [title]]) => <Tabs.Tab key={name} value={name}>{t(title)}</Tabs.Tab>)}
        </Tabs.List>
        {Object.entries(TABS).map(([name, [, Content]]) => (
          <Tabs.Panel key={name} value={name} pt="md"><Content /></Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
