/** `member.roles_changed` as people read it: `Member roles changed`. */
export function deedTitle(action: string): string {
  const words = action.replaceAll(/[._]/g, " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** The details of an entry, name by name; what is empty says nothing, and for whom stands elsewhere. */
export function detailsOf(details: unknown): [name: string, value: string][] {
  if (typeof details !== "object" || details === null) return [];
  return Object.entries(details as Record<string, unknown>)
    .filter(([name, value]) => name !== "user" && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => [name.replaceAll("_", " "), textOf(value)]);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

interface Named {
  actor: { username: string } | null;
  actorId: string | null;
  clientId: string;
  forId: string | null;
  forName: string | null;
}

/** Who did it: a person, one who is gone, the operator, or an app. */
export function whoOf(entry: Named): string {
  return entry.actor?.username ?? (entry.actorId ? `#${entry.actorId}` : entry.clientId);
}

/** For whom it was done, if for anybody. */
export function whomOf(entry: Named): string {
  return entry.forName ?? (entry.forId ? `#${entry.forId}` : "");
}
