import { beforeEach, describe, expect, it, vi } from "vitest";
import { approve, capabilitiesOf, consentsOf, missing, revoke } from "./approving";
import { deployersOf, orderedOf } from "./orders";

const sent = vi.hoisted(() => ({ calls: [] as [string, unknown][], refuse: "" }));
vi.mock("~/api/client", () => ({
  mutate: async (service: string, document: unknown, variables: unknown) => {
    const text = String(document);
    const name = /mutation (\w+)/.exec(text)?.[1] ?? "";
    sent.calls.push([`${service} ${name}`, variables]);
    if (sent.refuse && text.includes(sent.refuse)) throw new Error("refused");
    return { createMandate: { id: "m1" }, approveRelease: { id: "a1" } };
  },
  query: async () => ({ data: undefined }),
}));
beforeEach(() => {
  sent.calls = [];
  sent.refuse = "";
});

const flavours = (capabilities: unknown) => ({ flavours: [{ capabilities }] }) as unknown as Parameters<typeof capabilitiesOf>[0];

describe("what a flavour asks of its machine", () => {
  it("is told once for each name, in words", () => {
    const found = capabilitiesOf(flavours([{ name: "camera", kind: "device", class: "video", required: false }, { name: "camera", kind: "device" }, { name: "data", kind: "folder", target: "/in", description: "pictures" }, { kind: "nameless" }]));
    expect(found.map((one) => [one.name, one.required, one.wantsFolder])).toEqual([["camera", false, false], ["data", true, true]]);
    expect(found[1]?.about).toBe("folder: /in: pictures");
    expect(capabilitiesOf(flavours(null))).toEqual([]);
  });
  it("is granted by nobody but the person, and what is needed is asked for", () => {
    const asked = capabilitiesOf(flavours([{ name: "camera", kind: "device", required: false }, { name: "data", kind: "folder" }]));
    const none = consentsOf(asked);
    expect(none.every((one) => !one.granted)).toBe(true);
    expect(missing(asked, none)).toEqual(["data"]);
    const named = (host: string) => none.map((one) => (one.name === "data" ? { ...one, granted: true, host } : one));
    expect(missing(asked, named(""))).toEqual(["data"]);
    expect(missing(asked, named("relative"))).toEqual(["data"]);
    expect(missing(asked, named("/srv/data"))).toEqual([]);
  });
});

describe("an approval", () => {
  const release = { id: "7", approvalDigest: "d", mandateManifest: { identifier: "org.example.a", version: "1" } } as unknown as Parameters<typeof approve>[0];
  it("is a mandate and what names it, by the digest that was looked at", async () => {
    await approve(release, "live.bauhof.docker", [{ name: "data", granted: true, host: "/srv", writable: false }]);
    expect(sent.calls.map(([name]) => name)).toEqual(["fakts CreateMandate", "kabinet Approve"]);
    expect(sent.calls[1]?.[1]).toEqual({ input: { release: "7", mandate: "m1", agent: "live.bauhof.docker", digest: "d", consents: [{ name: "data", granted: true, host: "/srv", writable: false }] } });
  });
  it("that is refused leaves no mandate behind", async () => {
    sent.refuse = "approveRelease";
    await expect(approve(release, "live.bauhof.docker", [])).rejects.toThrow("refused");
    expect(sent.calls.at(-1)).toEqual(["fakts RevokeMandate", { input: { id: "m1" } }]);
  });
  it("that is revoked takes its mandate along, after the store knows", async () => {
    await revoke({ id: "a1", mandateId: "m1" });
    expect(sent.calls.map(([name]) => name)).toEqual(["kabinet RevokeApproval", "fakts RevokeMandate"]);
  });
});

describe("deployers", () => {
  const backend = (id: string, clientId: string, app: string | null) => ({ id, clientId, name: id, kind: "docker", isOnline: true, resources: [], client: { id, release: app ? { id: "1", app: { id: "1", identifier: app } } : null } });
  it("are backends whose agent is connected and whose app is known", () => {
    const agents = [{ id: "5", connected: true, client: { clientId: "a" } }, { id: "6", connected: false, client: { clientId: "b" } }, { id: "7", connected: true, client: { clientId: "c" } }];
    const found = deployersOf([backend("1", "a", "live.bauhof.docker"), backend("2", "b", "live.bauhof.docker"), backend("3", "c", null), backend("4", "d", "x")], agents);
    expect([...found].map(([id, one]) => [id, one.agent, one.app])).toEqual([["1", "5", "live.bauhof.docker"]]);
  });
});

describe("an order", () => {
  const event = (kind: string, message: string | null, returns: unknown = null) => ({ id: "1", kind, message, returns, value: null }) as unknown as Parameters<typeof orderedOf>[0][number];
  it("tells the newest message, what came back, and what went wrong", () => {
    const going = orderedOf([event("PROGRESS", "pulling"), event("LOG", null), event("PROGRESS", "starting")], false, 60);
    expect(going).toMatchObject({ message: "starting", progress: 60, problem: null, done: false });
    expect(orderedOf([event("YIELD", null, ["x"]), event("COMPLETED", null)], true, null)).toMatchObject({ returns: ["x"], progress: 0, problem: null });
    expect(orderedOf([event("FAILED", "Nobody has approved it.")], true, 10).problem).toBe("Nobody has approved it.");
    expect(orderedOf([event("LOST", null)], true, 10).problem).toBe("lost");
  });
});
