/** The filters of a page, as its address holds them: words only, what is empty is left out. */
export type Search = Record<string, string | undefined>;

export function cleanSearch(raw: Record<string, unknown>): Search {
  const found: Search = {};
  for (const [key, value] of Object.entries(raw)) {
    if (value === null || value === undefined || value === "") continue;
    found[key] = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  return found;
}

export function withSearch(search: Search, changes: Search): Search {
  return cleanSearch({ ...search, ...changes });
}

/** Words of a filter that may hold several: `state=running,held`. */
export const many = (value: string | undefined): string[] => (value ? value.split(",").filter(Boolean) : []);

/** Addresses hold filters as they are read: `?z=7&state=running`, nothing quoted. */
export function parseSearch(text: string): Search {
  return cleanSearch(Object.fromEntries(new URLSearchParams(text)));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const text = new URLSearchParams(cleanSearch(search) as Record<string, string>).toString().replaceAll("%2C", ",").replaceAll("%40", "@");
  return text ? `?${text}` : "";
}
