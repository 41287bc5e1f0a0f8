import { describe, expect, it } from "vitest";
import { deedTitle, detailsOf, whoOf, whomOf } from "./trail";

const NOBODY = { actor: null, actorId: null, clientId: "", forId: null, forName: null };

describe("the audit trail", () => {
  it("names deeds in words", () => {
    expect(deedTitle("member.roles_changed")).toBe("Member roles changed");
  });

  it("tells details that say something", () => {
    const told = detailsOf({ app: "org.example", user: 3, device: null, version: "", scopes: [], roles: ["admin", "user"], more: { a: 1 }, expires_at: "x", by_default: false });
    expect(told).toEqual([["app", "org.example"], ["roles", "admin, user"], ["more", '{"a":1}'], ["expires at", "x"], ["by default", "false"]]);
    expect(detailsOf(null)).toEqual([]);
  });

  it("names who did it, and for whom", () => {
    expect(whoOf({ ...NOBODY, actor: { username: "ada" }, actorId: "1" })).toBe("ada");
    expect(whoOf({ ...NOBODY, actorId: "7" })).toBe("#7");
    expect(whoOf({ ...NOBODY, clientId: "operator" })).toBe("operator");
    expect(whomOf({ ...NOBODY, forId: "7", forName: "bob" })).toBe("bob");
    expect(whomOf({ ...NOBODY, forId: "7" })).toBe("#7");
    expect(whomOf(NOBODY)).toBe("");
  });
});
