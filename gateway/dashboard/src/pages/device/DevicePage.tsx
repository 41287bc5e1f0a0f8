import { Alert, Button, Checkbox, Group, List, Select, Stack, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem, mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { currentSession, logIn, memberships, type Membership } from "~/auth/session";
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

/** In which of one's organizations the app will work; nothing to choose where there is one. */
function Where({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const [mine, setMine] = useState<Membership[]>([]);
  useEffect(() => {
    memberships().then(setMine).catch(() => setMine([]));
  }, [slug]);
  if (mine.length < 2) return null;
  return (
    <Select
      maw={360}
      label={t("Organization")}
      description={t("The app works in this one only.")}
      allowDeselect={false}
      data={mine.map((one) => ({ value: one.slug, label: one.name }))}
      value={slug}
      onChange={(next) => next && next !== slug && void logIn(location.pathname + location.search, next)}
    />
  );
}

/** Which of several instances an app is wired to; nothing to choose where there is one. */
function Instance({ one, chosen, onChoose }: { one: Waiting["requirements"][number]; chosen: string | undefined; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const [first] = one.options;
  if (one.options.length < 2 || !first) return null;
  return (
    <Select
      maw={360}
      label={t("Which {{key}}", { key: one.key })}
      allowDeselect={false}
      data={one.options.map((option) => ({ value: option.id, label: `${option.identifier} ${option.version}` }))}
      value={chosen ?? first.id}
      onChange={(id) => id && onChoose(id)}
    />
  );
}

function Consent({ waiting, onHub, onDone }: { waiting: Waiting; onHub: (hub: string) => void; onDone: (allowed: boolean) => void }) {
  const { t } = useTranslation();
  const scopes = useData("fakts", Scopes, {});
  const [declined, setDeclined] = useState<readonly string[]>([]);
  const [name, setName] = useState(waiting.deviceName);
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const [busy, setBusy] = useState(false);
  const describe = (value: string): string => scopes.data?.scopes.find((one) => one.value === value)?.description ?? value;
  const decide = async (allow: boolean): Promise<void> => {
    setBusy(true);
    try {
      const choices = Object.entries(chosen).map(([key, instance]) => ({ key, instance }));
      if (allow) await mutate("fakts", AcceptDevice, { input: { code: waiting.code, hub: waiting.hubId, choices, declinedRequirements: [...declined], deviceName: name || null } });
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
          {waiting.hubs.length > 1 ? (
            <Select
              maw={360}
              label={t("Wired to the hub")}
              description={waiting.hubs.find((one) => one.id === waiting.hubId)?.description || undefined}
              allowDeselect={false}
              data={waiting.hubs.map((one) => ({ value: one.id, label: one.name }))}
              value={waiting.hubId}
              onChange={(hub) => hub && onHub(hub)}
            />
          ) : null}
          {waiting.requirements.map((one) => (
            <Stack key={one.key} gap={4}>
            {one.optional ? (
              <Checkbox
                label={`${one.key} · ${one.service}`}
                description={one.instance ? one.description : t("not offered here")}
                disabled={!one.instance}
                checked={!declined.includes(one.key) && one.instance !== null}
                onChange={(event) => setDeclined(event.currentTarget.checked ? declined.filter((key) => key !== one.key) : [...declined, one.key])}
              />
            ) : (
              <Text size="sm">{one.key} · {one.service} · {one.instance ? t("required") : t("required, but not offered here")}</Text>
            )}
            {declined.includes(one.key) ? null : <Instance one={one} chosen={chosen[one.key]} onChoose={(id) => setChosen({ ...chosen, [one.key]: id })} />}
            </Stack>
          ))}
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
  const [hub, setHub] = useState<string | null>(null);
  const reading = useData("fakts", DeviceCode, { code: code ?? "", hub }, { pause: !code });
  const [done, setDone] = useState<boolean | null>(null);
  const slug = currentSession()?.claims.slug ?? "";
  const home = <Button variant="default" onClick={() => void navigate({ to: `/o/${slug}` as never })}>{t("Go to my home")}</Button>;
  if (done !== null) {
    return (
      <Page title={done ? t("It may work for you now") : t("Denied")} width={640} alone>
        <Text>{done ? t("The app goes on by itself. Under Apps you can take the permission back.") : t("The app is told and ends.")}</Text>
        <Group>{home}</Group>
      </Page>
    );
  }
  const unknown = reading.problem instanceof Problem && !reading.problem.away;
  return (
    <Page title={reading.data ? reading.data.deviceCodeByCode.identifier : t("Approve an app")} about={t("It will work in {{organization}}.", { organization: slug })} width={640} alone>
      <Where slug={slug} />
      {!code || unknown ? (
        <>
          {unknown ? <Alert color="red" role="alert" title={t("This code is not known")}>{t("It may have run out. Start the app again for a new one.")}</Alert> : null}
          <Enter onCode={(next) => change({ code: next })} />
        </>
      ) : (
        <Panel service="fakts" reading={reading}>{(data) => <Consent key={`${code} ${data.deviceCodeByCode.hubId}`} waiting={data.deviceCodeByCode} onHub={setHub} onDone={setDone} />}</Panel>
      )}
    </Page>
  );
}

export default function DevicePage() {
  const ready = useLogin();
  return ready ? <main style={{ padding: "2rem 1rem" }}><Approve /></main> : <Gate target={location.pathname + location.search} />;
}

