import { Alert, Button, Checkbox, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem, mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { currentSession } from "~/auth/session";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { tellProblem } from "~/components/notify";
import { AcceptDevice, DeclineDevice, DeviceCode, Scopes, type DeviceCodeQuery } from "~/gen/fakts";
import { useFilters } from "~/lib/nav";
import { Gate, useLogin } from "~/shell/Entry";

type Waiting = DeviceCodeQuery["deviceCodeByCode"];

function Enter({ onCode }: { onCode: (code: string) => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onCode(code.trim().toUpperCase());
      }}
    >
      <Stack align="flex-start">
        <TextInput label={t("Code")} description={t("The app shows it when it starts.")} value={code} onChange={(event) => setCode(event.currentTarget.value)} data-autofocus />
        <Button type="submit" disabled={code.trim().length < 4}>{t("Continue")}</Button>
      </Stack>
    </form>
  );
}

function Consent({ waiting, onDone }: { waiting: Waiting; onDone: (allowed: boolean) => void }) {
  const { t } = useTranslation();
  const scopes = useData("fakts", Scopes, {});
  const [declined, setDeclined] = useState<readonly string[]>([]);
  const [name, setName] = useState(waiting.deviceName);
  const [busy, setBusy] = useState(false);
  const describe = (value: string): string => scopes.data?.scopes.find((one) => one.value === value)?.description ?? value;
  const decide = async (allow: boolean): Promise<void> => {
    setBusy(true);
    try {
      if (allow) await mutate("fakts", AcceptDevice, { input: { code: waiting.code, declinedRequirements: [...declined], deviceName: name || null } });
      else await mutate("fakts", DeclineDevice, { input: { code: waiting.code } });
      onDone(allow);
    } catch (error) {
      tellProblem(error);
    }
    setBusy(false);
  };
  const missing = waiting.requirements.filter((one) => !one.optional && !one.instance);
  return (
    <Stack>
      <Text size="sm">{t("Version {{version}}, asked from {{address}}. Allow it only if you started it yourself just now and it shows the same code: {{code}}.", { version: waiting.version, address: waiting.address || t("an unknown address"), code: waiting.code })}</Text>
      {waiting.description ? <Text size="sm">{waiting.description}</Text> : null}
      {waiting.problem ? <Alert color="red" role="alert">{waiting.problem}</Alert> : null}
      <Section title={t("What it may do")}>
        {waiting.scopes.length === 0 ? <Text size="sm" c="dimmed">{t("What you may do in this organization.")}</Text> : null}
        <List size="sm">{waiting.scopes.map((scope) => <List.Item key={scope}>{describe(scope)}</List.Item>)}</List>
      </Section>
      <Section title={t("What it uses")}>
        <Stack gap="xs">
          {waiting.requirements.map((one) =>
            one.optional ? (
              <Checkbox
                key={one.key}
                label={`${one.key} · ${one.service}`}
                description={one.instance ? one.description : t("not offered here")}
                disabled={!one.instance}
                checked={!declined.includes(one.key) && one.instance !== null}
                onChange={(event) => setDeclined(event.currentTarget.checked ? declined.filter((key) => key !== one.key) : [...declined, one.key])}
              />
            ) : (
              <Text key={one.key} size="sm">{one.key} · {one.service} · {one.instance ? t("required") : t("required, but not offered here")}</Text>
            ),
          )}
        </Stack>
      </Section>
      <TextInput maw={360} label={t("Name of the device")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Group>
        <Button loading={busy} disabled={missing.length > 0} onClick={() => void decide(true)}>{t("Allow")}</Button>
        <Button loading={busy} variant="default" onClick={() => void decide(false)}>{t("Deny")}</Button>
      </Group>
    </Stack>
  );
}

function Approve() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [search, change] = useFilters();
  const code = search["code"];
  const reading = useData("fakts", DeviceCode, { code: code ?? "" }, { pause: !code });
  const [done, setDone] = useState<boolean | null>(null);
  const slug = currentSession()?.claims.slug ?? "";
  const home = <Button variant="default" onClick={() => void navigate({ to: `/o/${slug}` as never })}>{t("Go to my home")}</Button>;
  if (done !== null) {
    return (
      <Page title={done ? t("It may work for you now") : t("Denied")} width={640}>
        <Text>{done ? t("The app goes on by itself. Under Apps you can take the permission back.") : t("The app is told and ends.")}</Text>
        <Group>{home}</Group>
      </Page>
    );
  }
  const unknown = reading.problem instanceof Problem && !reading.problem.away;
  return (
    <Page title={reading.data ? reading.data.deviceCodeByCode.identifier : t("Approve an app")} about={t("It will work in {{organization}}.", { organization: slug })} width={640}>
      {!code || unknown ? (
        <>
          {unknown ? <Alert color="red" role="alert" title={t("This code is not known")}>{t("It may have run out. Start the app again for a new one.")}</Alert> : null}
          <Enter onCode={(next) => change({ code: next })} />
        </>
      ) : (
        <Panel service="fakts" reading={reading}>{(data) => <Consent key={code} waiting={data.deviceCodeByCode} onDone={setDone} />}</Panel>
      )}
    </Page>
  );
}

export default function DevicePage() {
  const ready = useLogin();
  return ready ? <main style={{ padding: "2rem 1rem" }}><Approve /></main> : <Gate target={location.pathname + location.search} />;
}

