import { Button, Center, Loader, Stack, Text, Title } from "@mantine/core";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { lastOrganization, logIn, logInDone, renew, sessionStore } from "~/auth/session";
import { checkNow } from "~/api/health";
import { useStore } from "~/lib/store";

export function Waiting({ text }: { text: string }) {
  return (
    <Center h="100vh" component="main">
      <Stack align="center" gap="sm">
        <Loader size="sm" aria-hidden />
        <Text size="sm" role="status">{text}</Text>
      </Stack>
    </Center>
  );
}

function Framed({ title, text, children }: { title: string; text?: string; children?: React.ReactNode }) {
  return (
    <Center h="100vh" px="md" component="main">
      <Stack align="center" gap="sm" maw={440} ta="center">
        <Title order={1}>{title}</Title>
        {text ? <Text c="dimmed">{text}</Text> : null}
        {children}
      </Stack>
    </Center>
  );
}

/** Make sure that somebody is logged in; tries unseen first, then shows the way to the login. */
export function useLogin(organization?: string): boolean {
  const state = useStore(sessionStore);
  const asked = useRef(false);
  const slug = state.kind === "in" ? state.session.claims.slug : undefined;
  const fits = state.kind === "in" && (organization === undefined || slug === organization);
  useEffect(() => {
    if (fits || asked.current) return;
    asked.current = true;
    void renew(organization).finally(() => {
      asked.current = false;
    });
  }, [fits, organization]);
  return fits;
}

export function Root() {
  const ready = useLogin();
  const state = useStore(sessionStore);
  const navigate = useNavigate();
  const path = useLocation({ select: (location) => location.pathname });
  useEffect(() => {
    if (ready && state.kind === "in") {
      const below = path === "/me" ? "/me" : "";
      void navigate({ to: `/o/${state.session.claims.slug}${below}` as never, replace: true });
    }
  }, [ready, state, navigate, path]);
  return <Gate target={path} />;
}

/** What stands where nobody is logged in yet. */
export function Gate({ target, organization }: { target: string; organization?: string }) {
  const { t } = useTranslation();
  const state = useStore(sessionStore);
  const out = state.kind === "out" ? state.reason : undefined;
  const needsLogin = out !== undefined && ["login_required", "interaction_required", "consent_required", "account_selection_required"].includes(out);
  useEffect(() => {
    if (needsLogin) void logIn(target, organization).catch(() => undefined);
  }, [needsLogin, target, organization]);
  if (out === "access_denied") return <NotFound />;
  if (out === undefined || needsLogin) return <Waiting text={t("Logging in")} />;
  return (
    <Framed title={t("The login cannot be reached")} text={t("fakts, which knows the people, does not answer. Everything that is running goes on.")}>
      <Button
        onClick={() => {
          void checkNow("fakts");
          void renew(organization);
        }}
      >
        {t("Try again")}
      </Button>
    </Framed>
  );
}

export function LoginPage() {
  const { t } = useTranslation();
  return (
    <Framed title="Bauhof" text={t("You are logged out.")}>
      <Button onClick={() => void logIn("/", lastOrganization())}>{t("Log in")}</Button>
    </Framed>
  );
}

export function LoginDone() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<string>();
  const begun = useRef(false);
  useEffect(() => {
    // The code in the address works once, also where React runs an effect twice.
    if (begun.current) return;
    begun.current = true;
    logInDone(location.href)
      .then((target) => navigate({ to: target as never, replace: true }))
      .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
  }, [navigate]);
  if (problem === undefined) return <Waiting text={t("Logging in")} />;
  return (
    <Framed title={t("The login did not work")} text={problem}>
      <Button onClick={() => void logIn("/")}>{t("Log in again")}</Button>
    </Framed>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Framed title={t("Not found")} text={t("There is nothing at this address, or it belongs to an organization you are not a member of.")}>
      <Button
        onClick={() => {
          sessionStore.set(sessionStore.get().kind === "out" ? { kind: "unknown" } : sessionStore.get());
          void navigate({ to: "/" });
        }}
      >
        {t("Go to my home")}
      </Button>
    </Framed>
  );
}
