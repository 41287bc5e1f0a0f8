import { currentSession } from "~/auth/session";

/** The values a person gave last, kept in this browser, by person, organization and action. */
const MOST = 64 * 1024;
const keyOf = (hash: string): string => {
  const claims = currentSession()?.claims;
  return `bauhof-values ${claims?.subject ?? ""} ${claims?.organization ?? ""} ${hash}`;
};

export function keepValues(hash: string, args: Record<string, unknown>): void {
  const text = JSON.stringify(args);
  if (text.length > MOST) return;
  try {
    localStorage.setItem(keyOf(hash), text);
  } catch {
    // Full or refused: the next form begins with the defaults.
  }
}

export function lastValues(hash: string): Record<string, unknown> | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(hash)) ?? "null");
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
