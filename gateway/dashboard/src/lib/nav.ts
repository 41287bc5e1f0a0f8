import { useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { withSearch, type Search } from "./search";

/** The organization of the address. */
export function useOrg(): string {
  const params = useParams({ strict: false }) as { org?: string };
  return params.org ?? "";
}

export function useId(name = "id"): string {
  const params = useParams({ strict: false }) as Record<string, string | undefined>;
  return params[name] ?? "";
}

/** The filters of the page, and how to change them; a change replaces the entry of the history. */
export function useFilters(): [Search, (changes: Search) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback(
    (changes: Search) => {
      void navigate({
        to: ".",
        search: ((before: Search) => withSearch(before, changes)) as never,
        replace: true,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, change];
}

/** Go to an address below the organization: `go("/tasks/7?tab=logs")`. */
export function useGo(): (path: string) => void {
  const { history } = useRouter();
  const org = useOrg();
  return useCallback((path: string) => history.push(`/o/${org}${path}`), [history, org]);
}
