import { createStore } from "~/lib/store";
import { SERVICES, healthPath, type Service } from "~/lib/services";

export interface Health {
  state: "unknown" | "up" | "away";
  /** Since when it is so, in milliseconds. */
  since: number;
  reason?: string;
  /** Rises with each return, so that panels read again. */
  epoch: number;
}

export type HealthMap = Record<Service, Health>;

const unknown = (): Health => ({ state: "unknown", since: Date.now(), epoch: 0 });
export const healthStore = createStore<HealthMap>({
  fakts: unknown(),
  rekuest: unknown(),
  mikro: unknown(),
  kabinet: unknown(),
});

const CALM_MS = 10_000;
const FIRST_MS = 1000;
const MOST_MS = 15_000;

/** The next look at a service: every 10 s while it is up, else after 1, 2, 4 ... 15 s. */
export function nextLook(failures: number): number {
  return failures === 0 ? CALM_MS : Math.min(FIRST_MS * 2 ** (failures - 1), MOST_MS);
}

export function after(before: Health, up: boolean, at: number, reason?: string): Health {
  const state = up ? "up" : "away";
  if (before.state === state) return before.reason === reason ? before : { ...before, reason };
  const returned = up && before.state === "away";
  return { state, since: at, epoch: before.epoch + (returned ? 1 : 0), ...(reason ? { reason } : {}) };
}

/** What each service said of its parts, when it was last asked. */
export const checksStore = createStore<Partial<Record<Service, Record<string, string>>>>({});

async function look(service: Service): Promise<[boolean, string | undefined]> {
  try {
    const answer = await fetch(healthPath(service), { cache: "no-store", signal: AbortSignal.timeout(8000) });
    const body = (await answer.json().catch(() => null)) as { checks?: Record<string, string> } | null;
    checksStore.set({ ...checksStore.get(), [service]: body?.checks });
    if (answer.ok) return [true, undefined];
    const reason = Object.values(body?.checks ?? {}).find((text) => text !== "ok");
    return [false, reason];
  } catch {
    return [false, undefined];
  }
}

const failures = new Map<Service, number>();
const timers = new Map<Service, ReturnType<typeof setTimeout>>();

export async function checkNow(service: Service): Promise<void> {
  clearTimeout(timers.get(service));
  // Nothing polls while nobody looks.
  if (!document.hidden) {
    const [up, reason] = await look(service);
    failures.set(service, up ? 0 : (failures.get(service) ?? 0) + 1);
    const all = healthStore.get();
    const next = after(all[service], up, Date.now(), reason);
    if (next !== all[service]) healthStore.set({ ...healthStore.get(), [service]: next });
  }
  timers.set(service, setTimeout(() => void checkNow(service), nextLook(failures.get(service) ?? 0)));
}

/** A request failed: look at once instead of waiting for the next turn. */
export function suspect(service: Service): void {
  if (healthStore.get()[service].state !== "away") void checkNow(service);
}

export function watchHealth(): void {
  for (const service of SERVICES) void checkNow(service);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) for (const service of SERVICES) void checkNow(service);
  });
}
