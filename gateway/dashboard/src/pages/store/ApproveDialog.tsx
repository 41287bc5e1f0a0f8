import { Alert, Button, Checkbox, Group, List, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { attempt } from "~/components/notify";
import { Scopes } from "~/gen/fakts";
import type { ReleaseDetailFragment } from "~/gen/kabinet";
import { approve, capabilitiesOf, consentsOf, missing, type Capability, type Consent } from "./approving";
import { useFocusBack } from "~/lib/focus";

function Decision({ capability, consent, onChange }: { capability: Capability; consent: Consent; onChange: (consent: Consent) => void }) {
  const { t } = useTranslation();
  const needed = capability.required ? t("{{name}} (needed)", { name: capability.name }) : capability.name;
  return (
    <Stack gap={4}>
      <Checkbox label={needed} description={capability.about} checked={consent.granted} onChange={(event) => onChange({ ...consent, granted: event.currentTarget.checked })} />
      {consent.granted && capability.wantsFolder ? (
        <Group align="flex-end" gap="sm" pl={32}>
          <TextInput size="xs" label={t("Folder of the machine")} placeholder="/srv/data" value={consent.host} onChange={(event) => onChange({ ...consent, host: event.currentTarget.value })} />
          <Checkbox size="xs" label={t("may write there")} checked={consent.writable} onChange={(event) => onChange({ ...consent, writable: event.currentTarget.checked })} />
        </Group>
      ) : null}
    </Stack>
  );
}

/** What an app asks for, shown before anybody lets it run as themselves. */
export function ApproveDialog({ app, release, agent, onClose, onApproved }: { app: string; release: ReleaseDetailFragment; agent: string; onClose: () => void; onApproved: () => void }) {
  const { t } = useTranslation();
  useFocusBack();
  const scopes = useData("fakts", Scopes, {}).data?.scopes ?? [];
  const capabilities = useMemo(() => capabilitiesOf(release), [release]);
  const [consents, setConsents] = useState(() => consentsOf(capabilities));
  const [busy, setBusy] = useState(false);
  const words = (scope: string): string => {
    const known = scopes.find((one) => one.value === scope);
    return known?.description || known?.label || scope;
  };
  const go = async (): Promise<void> => {
    setBusy(true);
    const done = await attempt(approve(release, agent, consents).then(() => true));
    setBusy(false);
    if (done) onApproved();
  };
  const services = [...new Map(release.flavours.flatMap((flavour) => flavour.requirements).map((one) => [one.key, one])).values()];
  return (
    <Modal opened onClose={onClose} title={t("Approve {{app}} {{version}}?", { app, version: release.version })} size="lg" closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack>
        <Text size="sm">{t("Its containers act as you, started by {{agent}}.", { agent })}</Text>
        {release.digestPinned ? null : <Alert color="yellow">{t("Its images are named by tags that can be moved. What runs later may differ from what you look at now.")}</Alert>}
        <div>
          <Text size="sm" fw={600}>{t("It may, as you")}</Text>
          {release.scopes.length === 0 ? <Text size="sm" c="dimmed">{t("No rights of its own.")}</Text> : <List size="sm">{release.scopes.map((scope) => <List.Item key={scope}>{words(scope)}</List.Item>)}</List>}
        </div>
        {services.length > 0 ? (
          <div>
            <Text size="sm" fw={600}>{t("It talks to")}</Text>
            <List size="sm">{services.map((one) => <List.Item key={one.key}>{one.service}{one.optional ? ` (${t("can do without")})` : ""}</List.Item>)}</List>
          </div>
        ) : null}
        {capabilities.length > 0 ? (
          <Stack gap="xs">
            <Text size="sm" fw={600}>{t("It asks of the machine")}</Text>
            {capabilities.map((capability, index) => {
              const consent = consents[index];
              return consent ? <Decision key={capability.name} capability={capability} consent={consent} onChange={(next) => setConsents(consents.map((one, place) => (place === index ? next : one)))} /> : null;
            })}
          </Stack>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t("Not now")}</Button>
          <Button loading={busy} disabled={missing(capabilities, consents).length > 0} onClick={() => void go()}>{t("Approve")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
