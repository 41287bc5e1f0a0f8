import { InMemoryWebStorage, UserManager, WebStorageStateStore, type User } from "oidc-client-ts";
import { createStore } from "~/lib/store";
import { claimsOf, type Claims } from "./claims";

/**
 * The login: code with PKCE at the platform's own provider, the access token in memory only.
 * A reload asks the provider again, unseen, by the session it keeps in a cookie.
 */
export const CLIENT_ID = "dashboard";
const SCOPE = "openid profile email";
const LAST = "bauhof-organization";

export interface Session {
  token: string;
  claims: Claims;
}

export type SessionState =
  | { kind: "unknown" }
  | { kind: "in"; session: Session }
  | { kind: "out"; reason?: string };

export const sessionStore = createStore<SessionState>({ kind: "unknown" });

let manager: UserManager | null = null;

export function userManager(): UserManager {
  manager ??= new UserManager({
    authority: location.origin,
    metadataUrl: `${location.origin}/.well-known/openid-configuration`,
    client_id: CLIENT_ID,
    redirect_uri: `${location.origin}/login/done`,
    silent_redirect_uri: `${location.origin}/login/silent`,
    post_logout_redirect_uri: `${location.origin}/login`,
    response_type: "code",
    scope: SCOPE,
    loadUserInfo: false,
    monitorSession: false,
    automaticSilentRenew: false,
    silentRequestTimeoutInSeconds: 10,
    // The verifier of a login under way must outlive the redirect; tokens must not outlive the page.
    stateStore: new WebStorageStateStore({ store: sessionStorage, prefix: "bauhof." }),
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  });
  return manager;
}

let renewal: ReturnType<typeof setTimeout> | undefined;

function adopt(user: User | null): Session | null {
  const claims = user ? claimsOf(user.access_token) : null;
  if (!user || !claims) return null;
  const session = { token: user.access_token, claims };
  rememberOrganization(claims.slug);
  sessionStore.set({ kind: "in", session });
  clearTimeout(renewal);
  // Well before the end, so that no request meets an old token; never in a tight loop.
  const left = claims.expiresAt - Date.now();
  renewal = setTimeout(() => void renew(), Math.max(1000, Math.min(left * 0.75, left - 30_000, 2 ** 31 - 1)));
  return session;
}

export function rememberOrganization(slug: string): void {
  try {
    localStorage.setItem(LAST, slug);
  } catch {
    // A browser that keeps nothing only means that the next visit begins elsewhere.
  }
}

/** Begin with whichever organization the provider names. */
export function forgetOrganization(): void {
  try {
    localStorage.removeItem(LAST);
  } catch {
    // Nothing was kept.
  }
}

export function lastOrganization(): string | undefined {
  try {
    return localStorage.getItem(LAST) ?? undefined;
  } catch {
    return undefined;
  }
}

export function currentSession(): Session | null {
  const state = sessionStore.get();
  return state.kind === "in" ? state.session : null;
}

let running: Promise<Session | null> | null = null;

/** Get a fresh token, unseen; one attempt at a time however many ask. */
export function renew(organization?: string): Promise<Session | null> {
  const wanted = organization ?? currentSession()?.claims.slug ?? lastOrganization();
  running ??= userManager()
    .signinSilent(wanted ? { extraQueryParams: { organization: wanted }, forceIframeAuth: true } : { forceIframeAuth: true })
    .then(adopt)
    .catch((error: unknown) => {
      failed(error);
      return null;
    })
    .finally(() => {
      running = null;
    });
  return running;
}

function failed(error: unknown): void {
  const code = typeof error === "object" && error !== null && "error" in error ? String(error.error) : "";
  const session = currentSession();
  if (session && session.claims.expiresAt > Date.now() && code === "") {
    // The provider is away: go on with the token there is, and ask again soon.
    clearTimeout(renewal);
    renewal = setTimeout(() => void renew(), 5000);
    return;
  }
  sessionStore.set({ kind: "out", reason: code || "unreachable" });
}

/** Begin a login; the page comes back to `target` after it. */
export async function logIn(target: string, organization?: string): Promise<void> {
  await userManager().signinRedirect({
    state: target,
    ...(organization ? { extraQueryParams: { organization } } : {}),
  });
}

/** End a login begun by `logIn`; returns where to go on. */
export async function logInDone(url: string): Promise<string> {
  const user = await userManager().signinRedirectCallback(url);
  adopt(user);
  return safeTarget(user.state);
}

/** Only addresses of this page: a state from elsewhere must not send people away. */
export function safeTarget(state: unknown): string {
  return typeof state === "string" && /^\/(?![/\\])/.test(state) && !state.startsWith("/login") ? state : "/";
}

export interface Membership {
  id: string;
  slug: string;
  name: string;
}

/** The organizations the person may switch to, as the provider tells them. */
export async function memberships(): Promise<Membership[]> {
  const token = currentSession()?.token;
  const endpoint = await userManager().metadataService.getUserInfoEndpoint();
  const answer = await fetch(endpoint, { headers: { Authorization: `Bearer ${token ?? ""}` } });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const body = (await answer.json()) as { organizations?: Membership[] };
  return body.organizations ?? [];
}

/** End the login here and at the provider. */
export async function logOut(): Promise<void> {
  clearTimeout(renewal);
  try {
    await userManager().signoutRedirect();
  } catch {
    // The provider is away: forget at least what this page holds.
    await userManager().removeUser();
    sessionStore.set({ kind: "out" });
  }
}
