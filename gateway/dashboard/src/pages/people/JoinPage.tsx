import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { forgetOrganization, logIn } from "~/auth/session";
import { useId } from "~/lib/nav";
import { Waiting } from "~/shell/Entry";

/** Where the page of the invite sends people back to, once they are in. */
const JOINED = "joined";

export function invitePath(token: string): string {
  const back = `/join/${encodeURIComponent(token)}?${JOINED}=1`;
  return `/fakts/invite/${encodeURIComponent(token)}?next=${encodeURIComponent(back)}`;
}

/**
 * An invite is answered at fakts, which can make an account too. Whoever comes back from there begins
 * in the organization just joined, not in the one of the last visit.
 */
export default function JoinPage() {
  const { t } = useTranslation();
  const token = useId("token");
  useEffect(() => {
    if (!new URLSearchParams(location.search).has(JOINED)) return location.replace(invitePath(token));
    forgetOrganization();
    void logIn("/").catch(() => undefined);
  }, [token]);
  return <Waiting text={t("Opening the invite")} />;
}
