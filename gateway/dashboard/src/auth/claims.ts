export interface Claims {
  subject: string;
  username: string;
  organization: string;
  /** How the organization is named in addresses. */
  slug: string;
  roles: string[];
  expiresAt: number;
}

/** Read the claims of an access token. Services verify it; here it only tells what to show. */
export function claimsOf(token: string): Claims | null {
  const part = token.split(".")[1];
  if (part === undefined) return null;
  try {
    const binary = atob(part.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const body = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const organization = String(body["org"] ?? "");
    return {
      subject: String(body["sub"] ?? ""),
      username: String(body["preferred_username"] ?? ""),
      organization,
      slug: String(body["active_org"] ?? organization),
      roles: Array.isArray(body["roles"]) ? body["roles"].map(String) : [],
      expiresAt: Number(body["exp"] ?? 0) * 1000,
    };
  } catch {
    return null;
  }
}

export const isAdmin = (claims: Claims | null): boolean => claims?.roles.includes("admin") ?? false;
