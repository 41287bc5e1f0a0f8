import { Anchor, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Browsers offer the keys of a safe login only over https or on the machine itself. */
export function Insecure() {
  const { t } = useTranslation();
  return (
    <Stack p="xl" maw={640} mx="auto" component="main">
      <Title order={1}>{t("This address is not safe to log in to")}</Title>
      <Text>{t("You came by plain http over the network. Browsers allow a safe login only over https, or on the machine the platform runs on.")}</Text>
      <Text>{t("Ask whoever runs the platform to put it behind https, then come back with an address that begins with https://.")}</Text>
      <Anchor href="/fakts/configure/">{t("Approving a device works without it")}</Anchor>
    </Stack>
  );
}
