import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { logIn } from "~/auth/session";
import { tellProblem } from "~/components/notify";
import { Page } from "~/components/Page";
import { AcceptInvite } from "~/gen/fakts";
import { useId } from "~/lib/nav";
import { Gate, useLogin } from "~/shell/Entry";

export default function JoinPage() {
  const { t } = useTranslation();
  const token = useId("token");
  const ready = useLogin();
  const [busy, setBusy] = useState(false);
  const accept = async (): Promise<void> => {
    setBusy(true);
    try {
      const { acceptInvite } = await mutate("fakts", AcceptInvite, { input: { token } });
      // A token is for one organization: the one for the new one comes by a login of its own.
      const slug = acceptInvite.organization.slug;
      await logIn(`/o/${slug}`, slug);
    } catch (error) {
      tellProblem(error);
      setBusy(false);
    }
  };
  if (!ready) return <Gate target={`/join/${token}`} />;
  return (
    <main style={{ padding: "2rem 1rem" }}>
      <Page title={t("You are invited")} width={560}>
        <Text>{t("Join to see the organization's apps, tasks and data, as far as the roles of the invite allow.")}</Text>
        <Group><Button loading={busy} onClick={() => void accept()}>{t("Join")}</Button></Group>
      </Page>
    </main>
  );
}
