import { Button, Stack, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "~/components/Page";
import { useFilters } from "~/lib/nav";

/** fakts asks for consent on a page of its own: it shows what the app wants and who asks. */
const consentPage = (code: string): string => `/fakts/configure/${encodeURIComponent(code)}`;

export default function DevicePage() {
  const { t } = useTranslation();
  const [search] = useFilters();
  const [code, setCode] = useState("");
  const given = search["code"];
  useEffect(() => {
    if (given) location.replace(consentPage(given));
  }, [given]);
  return (
    <main style={{ padding: "2rem 1rem" }}>
      <Page title={t("Approve an app")} width={560}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            location.assign(consentPage(code.trim().toUpperCase()));
          }}
        >
          <Stack align="flex-start">
            <TextInput label={t("Code")} description={t("The app shows it when it starts.")} value={code} onChange={(event) => setCode(event.currentTarget.value)} />
            <Button type="submit" disabled={code.trim().length < 4}>{t("Continue")}</Button>
          </Stack>
        </form>
      </Page>
    </main>
  );
}
