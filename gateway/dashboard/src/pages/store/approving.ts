import { mutate } from "~/api/client";
import { CreateMandate, RevokeMandate, type CreateMandateInput } from "~/gen/fakts";
import { Approve, RevokeApproval, type ReleaseDetailFragment } from "~/gen/kabinet";

/** What a flavour asks of its machine, as far as a person decides about it. */
export interface Capability {
  name: string;
  kind: string;
  required: boolean;
  /** What it is, in words. */
  about: string;
  /** Whether a folder of the machine has to be named. */
  wantsFolder: boolean;
  canWrite: boolean;
}

export interface Consent {
  name: string;
  granted: boolean;
  host: string;
  writable: boolean;
}

const text = (value: unknown): string => (typeof value === "string" ? value : value === undefined || value === null ? "" : String(value));

/** The capabilities of all flavours, each once. */
export function capabilitiesOf(release: Pick<ReleaseDetailFragment, "flavours">): Capability[] {
  const found = new Map<string, Capability>();
  for (const flavour of release.flavours) {
    const declared: unknown = flavour.capabilities;
    for (const one of Array.isArray(declared) ? (declared as Record<string, unknown>[]) : []) {
      const name = text(one["name"]);
      if (!name || found.has(name)) continue;
      const kind = text(one["kind"]);
      const what = [text(one["class"]), text(one["cap"]), text(one["target"])].filter(Boolean).join(", ");
      found.set(name, {
        name,
        kind,
        required: one["required"] !== false,
        about: [kind.replaceAll("_", " "), what, text(one["description"])].filter(Boolean).join(": "),
        wantsFolder: kind === "folder",
        canWrite: kind === "folder",
      });
    }
  }
  return [...found.values()];
}

/** Nothing is granted that was not chosen. */
export const consentsOf = (capabilities: readonly Capability[]): Consent[] => capabilities.map(({ name }) => ({ name, granted: false, host: "", writable: false }));

/** What still has to be said before an approval can be given. */
export function missing(capabilities: readonly Capability[], consents: readonly Consent[]): string[] {
  return capabilities.flatMap((one) => {
    const consent = consents.find((other) => other.name === one.name);
    if (one.required && !consent?.granted) return [one.name];
    return consent?.granted && one.wantsFolder && !consent.host.startsWith("/") ? [one.name] : [];
  });
}

/**
 * Let a deployer run a release as oneself: a mandate at fakts, then the approval that names it. Where
 * the store refuses, the mandate goes again: nothing may be left that could still be used.
 */
export async function approve(release: ReleaseDetailFragment, agent: string, consents: readonly Consent[]): Promise<void> {
  const manifest = release.mandateManifest as unknown as CreateMandateInput["manifest"];
  const { createMandate } = await mutate("fakts", CreateMandate, { input: { agent, manifest } });
  try {
    await mutate("kabinet", Approve, {
      input: {
        release: release.id,
        mandate: createMandate.id,
        agent,
        digest: release.approvalDigest,
        consents: consents.map(({ name, granted, host, writable }) => ({ name, granted, host: host || null, writable })),
      },
    });
  } catch (error) {
    await mutate("fakts", RevokeMandate, { input: { id: createMandate.id } }).catch(() => undefined);
    throw error;
  }
}

/** Take an approval back: the deployer stops its containers, and its mandate lets nobody in again. */
export async function revoke(approval: { id: string; mandateId: string }): Promise<true> {
  await mutate("kabinet", RevokeApproval, { input: { id: approval.id } });
  await mutate("fakts", RevokeMandate, { input: { id: approval.mandateId } });
  return true;
}
