import { ActionIcon, AppShell, Badge as Count, Burger, Button, Group, Menu, NavLink, ScrollArea, Text, Tooltip, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDisclosure, useHotkeys, useMediaQuery } from "@mantine/hooks";
import { IconDots, IconLogout, IconMoon, IconSearch, IconSun, IconUser } from "@tabler/icons-react";
import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { Suspense, lazy, useEffect, useState, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { healthStore } from "~/api/health";
import { forgetAll } from "~/api/hooks";
import { isAdmin } from "~/auth/claims";
import { currentSession, logIn, logOut, memberships, sessionStore, type Membership } from "~/auth/session";
import { Badge } from "~/components/StateBadge";
import { useLive } from "~/live/tasks";
import { duration } from "~/lib/format";
import { useOrg } from "~/lib/nav";
import { SERVICES } from "~/lib/services";
import { useStore } from "~/lib/store";
import { Gate, useLogin } from "./Entry";
import { ADMIN, PLACES, type Place } from "./places";
import classes from "./Shell.module.css";

const Palette = lazy(() => import("./Palette"));

const BOTTOM = ["", "/tasks", "/data", "/approvals"];

function usePlace(): { here: (to: string) => boolean; go: (to: string) => (event: MouseEvent) => void; href: (to: string) => string } {
  const org = useOrg();
  const path = useLocation({ select: (location) => location.pathname });
  const navigate = useNavigate();
  const href = (to: string): string => `/o/${org}${to}`;
  return {
    href,
    here: (to) => (to === "" ? path === href("") || path === `${href("")}/` : path === href(to) || path.startsWith(`${href(to)}/`)),
    go: (to) => (event) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      void navigate({ to: href(to) as never });
    },
  };
}

function Outages() {
  const { t } = useTranslation();
  const health = useStore(healthStore);
  const away = SERVICES.filter((service) => health[service].state === "away");
  if (away.length === 0) return null;
  const text = away.map((service) => `${service} (${duration(Date.now() - health[service].since)})`).join(", ");
  return (
    <Tooltip label={t("Away: {{services}}", { services: text })}>
      <span role="status">
        <Badge state="lost" word={t("{{services}} away", { services: away.join(", ") })} />
      </span>
    </Tooltip>
  );
}

function Organizations() {
  const { t } = useTranslation();
  const org = useOrg();
  const [mine, setMine] = useState<Membership[]>([]);
  useEffect(() => {
    memberships().then(setMine).catch(() => setMine([]));
  }, [org]);
  const name = mine.find((one) => one.slug === org)?.name ?? org;
  if (mine.length < 2) return <Text size="sm" fw={500} className="bh-ellipsis">{name}</Text>;
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" size="xs" aria-label={t("Organization: {{name}}", { name })}>{name}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {mine.map((one) => (
          <Menu.Item key={one.id} disabled={one.slug === org} onClick={() => void logIn(`/o/${one.slug}`, one.slug)}>
            {one.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Me() {
  const { t } = useTranslation();
  const place = usePlace();
  const state = useStore(sessionStore);
  const { setColorScheme } = useMantineColorScheme();
  // What is seen, also where the device decides.
  const colorScheme = useComputedColorScheme();
  const name = state.kind === "in" ? state.session.claims.username : "";
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={t("My account: {{name}}", { name })}>
          <IconUser size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name}</Menu.Label>
        <Menu.Item component="a" href={place.href("/me")} onClick={place.go("/me")} leftSection={<IconUser size={16} aria-hidden />}>
          {t("My account")}
        </Menu.Item>
        <Menu.Item
          closeMenuOnClick={false}
          leftSection={colorScheme === "dark" ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
          onClick={() => setColorScheme(colorScheme === "dark" ? "light" : "dark")}
        >
          {colorScheme === "dark" ? t("Light colours") : t("Dark colours")}
        </Menu.Item>
        <Menu.Item onClick={() => setColorScheme("auto")}>{t("Colours of this device")}</Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void logOut()}>
          {t("Log out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Places({ onFollow }: { onFollow: () => void }) {
  const { t } = useTranslation();
  const place = usePlace();
  const counts = useLive();
  const numbers: Record<string, number> = { "/tasks": counts.running, "/approvals": counts.held };
  const link = (one: Place) => {
    const number = numbers[one.to] ?? 0;
    return (
      <NavLink
        key={one.to}
        component="a"
        href={place.href(one.to)}
        onClick={(event: MouseEvent) => {
          place.go(one.to)(event);
          onFollow();
        }}
        active={place.here(one.to)}
        aria-current={place.here(one.to) ? "page" : undefined}
        label={t(one.title)}
        leftSection={<one.icon size={18} aria-hidden />}
        rightSection={number > 0 ? <Count size="sm">{number}</Count> : null}
        className={classes.place as string}
      />
    );
  };
  return (
    <nav aria-label={t("Places")}>
      {PLACES.map(link)}
      {isAdmin(currentSession()?.claims ?? null) ? (
        <>
          <Text size="xs" c="dimmed" fw={600} px="sm" pt="md" pb={4}>{t("Admin")}</Text>
          {ADMIN.map(link)}
        </>
      ) : null}
    </nav>
  );
}

function BottomBar({ onMore }: { onMore: () => void }) {
  const { t } = useTranslation();
  const place = usePlace();
  return (
    <nav aria-label={t("Main places")} className={classes.bottom}>
      {BOTTOM.map((to) => {
        const one = PLACES.find((candidate) => candidate.to === to) as Place;
        return (
          <a key={to} href={place.href(to)} onClick={place.go(to)} aria-current={place.here(to) ? "page" : undefined} className={classes.bottomItem}>
            <one.icon size={20} aria-hidden />
            {t(one.title)}
          </a>
        );
      })}
      <UnstyledButton className={classes.bottomItem} onClick={onMore}>
        <IconDots size={20} aria-hidden />
        {t("More")}
      </UnstyledButton>
    </nav>
  );
}

/** `g` and then a letter goes to a place; off while something is typed. */
function useLetters(): void {
  const org = useOrg();
  const navigate = useNavigate();
  useEffect(() => {
    let waiting = 0;
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, [contenteditable]")) return;
      if (event.key === "g") {
        waiting = Date.now();
        return;
      }
      const place = Date.now() - waiting < 1500 ? PLACES.find((one) => one.key === event.key) : undefined;
      waiting = 0;
      if (place) {
        event.preventDefault();
        void navigate({ to: `/o/${org}${place.to}` as never });
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate, org]);
}

function Frame() {
  const { t } = useTranslation();
  const [opened, { toggle, close, open }] = useDisclosure(false);
  const phone = useMediaQuery("(max-width: 47.99em)") ?? false;
  useLetters();
  const [searching, search] = useDisclosure(false);
  useHotkeys([["mod+k", search.open], ["/", () => document.getElementById("filter")?.focus()]], []);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !opened } }}
      footer={{ height: phone ? 56 : 0 }}
      padding={phone ? "sm" : "lg"}
    >
      <a href="#main" className="bh-skip">{t("Skip to the page")}</a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("Places")} aria-expanded={opened} />
            <Text fw={700} className={classes.brand as string}>
              <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true"><path fill="currentColor" d="M1 15V7l7-6 7 6v8h-5v-5H6v5z" /></svg>
              Bauhof
            </Text>
            <Organizations />
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Outages />
            <Tooltip label={t("Search everything (Ctrl K)")}>
              <ActionIcon variant="default" size="lg" aria-label={t("Search everything")} aria-keyshortcuts="Control+K" onClick={search.open}>
                <IconSearch size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <Me />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" inert={phone && !opened}>
        <ScrollArea>
          <Places onFollow={close} />
        </ScrollArea>
      </AppShell.Navbar>
      {searching ? <Suspense><Palette onClose={search.close} /></Suspense> : null}
      <AppShell.Main id="main" tabIndex={-1} style={{ outline: "none" }}>
        <Outlet />
      </AppShell.Main>
      {phone ? (
        <AppShell.Footer>
          <BottomBar onMore={open} />
        </AppShell.Footer>
      ) : null}
    </AppShell>
  );
}

/** Everything below an organization: nothing is shown before the token is for that organization. */
export function Shell() {
  const org = useOrg();
  const ready = useLogin(org);
  const href = useLocation({ select: (location) => location.href });
  useEffect(() => forgetAll, [org]);
  return ready ? <Frame key={org} /> : <Gate target={href} organization={org} />;
}
