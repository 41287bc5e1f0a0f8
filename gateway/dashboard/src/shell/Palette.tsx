import { Modal, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { healthStore } from "~/api/health";
import { useData } from "~/api/hooks";
import { isAdmin } from "~/auth/claims";
import { currentSession } from "~/auth/session";
import { FindData } from "~/gen/mikro";
import { FindWork } from "~/gen/rekuest";
import { useFocusBack } from "~/lib/focus";
import { useGo } from "~/lib/nav";
import { useStore } from "~/lib/store";
import { foundIn, type Found } from "./found";
import { ADMIN, PLACES } from "./places";
import classes from "./Palette.module.css";

/** Go anywhere by typing: places, actions, agents, presets, data, and tasks by their number. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const goOn = useFocusBack();
  const go = useGo();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 200);
  const [active, setActive] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const pause = search.length < 2 || search.startsWith("#");
  const work = useData("rekuest", FindWork, { search }, { pause });
  const data = useData("mikro", FindData, { search }, { pause });
  const health = useStore(healthStore);
  const away = (["rekuest", "mikro"] as const).filter((service) => health[service].state === "away");
  const places = useMemo(() => [...PLACES, ...(isAdmin(currentSession()?.claims ?? null) ? ADMIN : [])].map(({ to, title }) => ({ to, title: t(title) })), [t]);
  const found = useMemo(() => foundIn(typed, places, pause ? undefined : work.data, pause ? undefined : data.data), [typed, places, pause, work.data, data.data]);
  useEffect(() => setActive(0), [typed]);
  useEffect(() => {
    // In braces: new browsers return a promise, which React would take for the end of the effect.
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const open = (one: Found | undefined): void => {
    if (!one) return;
    goOn();
    onClose();
    go(one.to);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = found.length - 1;
    if (event.key === "ArrowDown") setActive(active >= last ? 0 : active + 1);
    else if (event.key === "ArrowUp") setActive(active <= 0 ? Math.max(last, 0) : active - 1);
    else if (event.key === "Enter") open(found[active]);
    else return;
    event.preventDefault();
  };
  const reading = !pause && (work.loading || data.loading) && away.length === 0;
  return (
    <Modal opened onClose={onClose} title={t("Search everything")} size="lg" yOffset="10vh" closeButtonProps={{ "aria-label": t("Close") }}>
      <TextInput
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={found[active] ? `${id}-${active}` : undefined}
        label={t("Go to")}
        placeholder={t("a place, action, agent, file or #task")}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {away.length > 0 ? <Text size="xs" c="dimmed" mt="xs">{t("Not searched, for it is away: {{services}}.", { services: away.join(", ") })}</Text> : null}
      <Text size="xs" c="dimmed" mt="xs" role="status">{reading ? t("Searching") : found.length === 0 ? t("Nothing found") : ""}</Text>
      <ul ref={list} id={id} role="listbox" aria-label={t("Found")} className={classes.list}>
        {found.map((one, index) => (
          <li key={`${one.kind} ${one.to}`} id={`${id}-${index}`} role="option" aria-selected={index === active} className={classes.one} onMouseMove={() => setActive(index)} onClick={() => open(one)}>
            <span className="bh-ellipsis">{one.name}</span>
            <span className={classes.kind}>{t(one.kind)}</span>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
