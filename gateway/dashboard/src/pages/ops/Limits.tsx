import { Button, NumberInput, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem, mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { confirm } from "~/components/Confirm";
import { tell, tellProblem } from "~/components/notify";
import { Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { RunPolicies, SetRunPolicy, type RunPoliciesQuery } from "~/gen/rekuest";

type Policy = RunPoliciesQuery["runPolicies"][number];
const FIELDS = [
  ["pickupLimitSeconds", "Seconds until an app has to begin"],
  ["runLimitSeconds", "Seconds a run may take"],
  ["silenceLimitSeconds", "Seconds an app may say nothing"],
  ["maxRetries", "Times failed work is run again where the app says it can be"],
  ["retrySeconds", "Seconds before the first of these runs, twice as long before each later one"],
  ["keepDays", "Days finished runs are kept"],
] as const;
type Values = Record<(typeof FIELDS)[number][0], number | "">;

function Form({ policy, onDone }: { policy: Policy | undefined; onDone: () => void }) {
  const { t } = useTranslation();
  const [values, setValues] = useState<Values>(() => Object.fromEntries(FIELDS.map(([key]) => [key, policy?.[key] ?? ""])) as Values);
  const [rerun, setRerun] = useState(policy?.rerunLost ?? false);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Problem>();
  const save = async (): Promise<void> => {
    const keep = values.keepDays;
    const before = policy?.keepDays ?? Number.POSITIVE_INFINITY;
    if (keep !== "" && keep < before) {
      const ok = await confirm({
        title: t("Delete old runs?"),
        body: t("Finished runs older than {{count}} days are deleted for good, with their logs and values. What they stored as data is kept.", { count: keep }),
        deed: t("Delete old runs"),
        danger: true,
      });
      if (!ok) return;
    }
    setBusy(true);
    setWrong(undefined);
    const given = Object.fromEntries(FIELDS.map(([key]) => [key, values[key] === "" ? null : values[key]]));
    try {
      await mutate("rekuest", SetRunPolicy, { input: { action: policy?.action?.id ?? null, rerunLost: rerun, ...given } });
      tell(t("Saved."));
      onDone();
    } catch (error) {
      if (error instanceof Problem && FIELDS.some(([key]) => key === error.field)) setWrong(error);
      else tellProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <Stack maw={420}>
        {FIELDS.map(([key, label]) => (
          <NumberInput key={key} label={t(label)} placeholder={t("no limit")} min={0} error={wrong?.field === key ? wrong.message : undefined} value={values[key]} onChange={(next) => setValues({ ...values, [key]: typeof next === "number" ? next : "" })} />
        ))}
        <Switch label={t("Run lost work again where the app says it can be")} checked={rerun} onChange={(event) => setRerun(event.currentTarget.checked)} />
        <Button type="submit" loading={busy} style={{ alignSelf: "flex-start" }}>{t("Save")}</Button>
      </Stack>
    </form>
  );
}

/** What is done about runs that are slow, lost or old: for all actions, and for some by name. */
export function Limits() {
  const { t } = useTranslation();
  const reading = useData("rekuest", RunPolicies, {});
  return (
    <Panel service="rekuest" reading={reading}>
      {({ runPolicies }) => (
        <Stack>
          <Text size="sm" c="dimmed">{t("What no app begins in time is cancelled; what takes too long or says nothing is interrupted.")}</Text>
          <Section title={t("All actions")}><Form policy={runPolicies.find((one) => !one.action)} onDone={reading.reload} /></Section>
          {runPolicies.filter((one) => one.action).map((one) => (
            <Section key={one.id} title={one.action?.name ?? ""}><Form policy={one} onDone={reading.reload} /></Section>
          ))}
        </Stack>
      )}
    </Panel>
  );
}
