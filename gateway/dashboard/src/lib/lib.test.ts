import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { after, nextLook } from "~/api/health";
import { claimsOf, isAdmin } from "~/auth/claims";
import { safeTarget } from "~/auth/session";
import { filterOf, fits } from "~/pages/tasks/TasksPage";
import { actionFilter } from "~/pages/actions/ActionsPage";
import { pythonCall } from "~/pages/actions/RunForm";
import { routeOf } from "~/ports/Value";
import { serviceOf, unusable } from "~/ports/search";
import { bytes, duration, relative } from "./format";
import { cleanSearch, many, parseSearch, stringifySearch, withSearch } from "./search";
import { allowed, stateOf, wordOf } from "./taskstate";
import { placed } from "./tree";
import { whyOf } from "./why";

const token = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;

describe("claims", () => {
  it("are read from a token, whatever letters are in it", () => {
    expect(claimsOf(token({ sub: "7", preferred_username: "Jürgen", org: "3", active_org: "lab", roles: ["admin"], exp: 12 }))).toEqual({
      subject: "7", username: "Jürgen", organization: "3", slug: "lab", roles: ["admin"], expiresAt: 12_000,
    });
  });
  it.each(["", "x", "a.b.c", "a..c"])("of %j are none", (text) => expect(claimsOf(text)).toBeNull());
  it("without roles make no admin", () => {
    expect(isAdmin(claimsOf(token({})))).toBe(false);
    expect(isAdmin(null)).toBe(false);
  });
});

describe("where a login leads", () => {
  it.each(["/o/lab/tasks?state=held", "/"])("%s is ours", (target) => expect(safeTarget(target)).toBe(target));
  it.each(["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", undefined, 7, "/login/done"])("%s is not", (target) => expect(safeTarget(target)).toBe("/"));
});

describe("health", () => {
  const up = { state: "up" as const, since: 1, epoch: 0 };
  it("looks again soon, then less often, and calmly while all is well", () => {
    expect([1, 2, 3, 4, 5, 9].map(nextLook)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
    expect(nextLook(0)).toBe(10_000);
  });
  it("raises the epoch only on a return", () => {
    const gone = after(up, false, 5, "no database");
    expect(gone).toMatchObject({ state: "away", since: 5, epoch: 0, reason: "no database" });
    expect(after(gone, false, 9, "no database")).toBe(gone);
    expect(after(gone, true, 10)).toMatchObject({ state: "up", since: 10, epoch: 1 });
    expect(after({ ...up, state: "unknown" as never }, true, 2).epoch).toBe(0);
  });
});

describe("filters in the address", () => {
  it("leave out what is empty and keep words", () => {
    expect(cleanSearch({ a: "x", b: "", c: null, d: 7, e: undefined })).toEqual({ a: "x", d: "7" });
    expect(withSearch({ a: "1", b: "2" }, { a: undefined, c: "3" })).toEqual({ b: "2", c: "3" });
    expect(many("a,,b")).toEqual(["a", "b"]);
    expect(many(undefined)).toEqual([]);
  });
  it("become the service's own, unknown ones ignored", () => {
    expect(filterOf({ state: "held,nonsense", agent: "4", top: "1" })).toEqual({ state: ["HELD"], agent: "4", rootIsnull: true });
    expect(filterOf({})).toEqual({});
    expect(actionFilter({ q: "blur", takes: "@mikro/image", online: "1" })).toEqual({
      search: "blur", assignable: true, demands: [{ kind: "ARGS", matches: [{ kind: "STRUCTURE", identifier: "@mikro/image" }] }],
    });
  });
  it("tell a row that left", () => {
    const row = { latestEventKind: "COMPLETED" } as never;
    expect(fits(row, { state: ["HELD"] })).toBe(false);
    expect(fits(row, {})).toBe(true);
  });
});

describe("states of tasks", () => {
  const sdl = readFileSync(new URL("../../../../rekuest/schema.graphql", import.meta.url), "utf8");
  const body = /enum TaskEventKind \{([\s\S]*?)\n\}/.exec(sdl)?.[1] ?? "";
  const kinds = body.replace(/"""[\s\S]*?"""/g, "").split(/\s+/).filter(Boolean);
  it("know every kind the service has, but the one that changes no state", () => {
    expect(kinds.length).toBeGreaterThan(20);
    expect(kinds.filter((kind) => stateOf(kind) === "unknown")).toEqual(["LATE_REPORT"]);
  });
  it("show one of tomorrow as it is", () => {
    expect(stateOf("TELEPORTED")).toBe("unknown");
    expect(wordOf("TELEPORTED_AWAY")).toBe("teleported away");
  });
  it.each([["QUEUED", "cancel"], ["STARTED", "pause"], ["PAUSED", "resume"]] as const)("%s can be asked to %s", (kind, what) => expect(allowed(kind)).toContain(what));
  it.each(["COMPLETED", "FAILED", "LOST", "CANCELLED", "DENIED"])("%s can be asked nothing", (kind) => expect(allowed(kind)).toEqual([]));
});

describe("why a task is as it is", () => {
  const task = (kind: string, more: object = {}) => ({ latestEventKind: kind, latestMessage: null, action: { name: "Blur" }, agent: null, notBefore: null, ...more }) as never;
  const offer = (more: object = {}) => ({ id: "4", name: "bench", connected: false, blocked: false, ...more });
  it("nobody offers it", () => expect(whyOf(task("QUEUED"), [])).toMatchObject({ text: "Waiting: no app offers {{name}}.", fix: { to: "/store" } }));
  it("the one who does is not running", () => expect(whyOf(task("QUEUED"), [offer()])).toMatchObject({ values: { agent: "bench" }, fix: { to: "/agents/4" } }));
  it("or is blocked", () => expect(whyOf(task("QUEUED"), [offer({ connected: true, blocked: true })])?.text).toContain("blocked"));
  it("or is busy", () => expect(whyOf(task("QUEUED"), [offer({ connected: true })])?.text).toContain("busy"));
  it("or it is to begin later", () => expect(whyOf(task("QUEUED", { notBefore: "2030-01-01T00:00:00Z" }), [], 0)?.text).toContain("later"));
  it("is not guessed before the offers are known", () => expect(whyOf(task("QUEUED"), undefined)).toBeNull());
  it("a failure tells its own message", () => expect(whyOf(task("FAILED", { latestMessage: "out of memory" }), undefined)?.text).toBe("out of memory"));
  it("a held one leads to the decision", () => expect(whyOf(task("HELD"), undefined)?.fix?.to).toBe("/approvals"));
  it("a running one needs none", () => expect(whyOf(task("STARTED"), undefined)).toBeNull());
});

describe("trees", () => {
  const node = (id: string, parent: string | null) => ({ id, parent: parent ? { id: parent } : null, createdAt: id });
  it("put children below their parents", () => {
    expect(placed("1", [node("3", "1"), node("2", "1"), node("4", "2"), node("1", null)]).map(({ node: one, depth }) => [one.id, depth])).toEqual([["1", 0], ["2", 1], ["4", 2], ["3", 1]]);
  });
  it("hide nothing: orphans hang on the root, circles end", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(12)), { maxLength: 12 }), (pairs) => {
        const rows = [...new Map(pairs.map(([id, parent]) => [String(id), node(String(id), String(parent))])).values()];
        const shown = placed("0", [node("0", null), ...rows.filter((row) => row.id !== "0")]);
        expect(new Set(shown.map(({ node: one }) => one.id)).size).toBe(shown.length);
      }),
    );
  });
});

describe("words for numbers", () => {
  it.each([[0, "0 B"], [1023, "1023 B"], [1536, "1.5 KiB"], [100 * 1024 ** 3, "100 GiB"], [-5, "0 B"]])("%d bytes are %s", (value, text) => expect(bytes(value)).toBe(text));
  it.each([[0, "0 ms"], [23.4, "23 ms"], [400, "0.4 s"], [42_000, "42 s"], [200_000, "3 min 20 s"], [7_500_000, "2 h 5 min"], [Number.NaN, ""], [-1, ""]])("%d ms are %j", (value, text) => expect(duration(value)).toBe(text));
  it.each([[-1000, "just now"], [-65_000, "1 minute ago"], [7_200_000, "in 2 hours"], [-86_400_000, "yesterday"]])("%d ms from now is %s", (by, text) => expect(relative(1_000_000_000_000 + by, 1_000_000_000_000)).toBe(text));
  it("what is no moment has no words", () => expect(relative("nonsense")).toBe(""));
});

describe("search queries of apps", () => {
  const good = "query S($search: String, $values: [ID!]) { options: arrayDatasets(filters: {search: $search, ids: $values}) { value: id label: name } }";
  it("that keep the agreement are run", () => expect(unusable(good, "live.arkitekt.mikro")).toBeNull());
  it.each([
    ["a mutation", good.replace("query", "mutation"), "mikro", "not one query"],
    ["two operations", `${good} query T { me { id } }`, "mikro", "not one query"],
    ["no variables", "query { options: me { id } }", "mikro", "needs the variables"],
    ["another list", good.replace("options:", "other:"), "mikro", "needs one list"],
    ["more than one list", good.replace("{ options", "{ me { sub } options"), "mikro", "needs one list"],
    ["nonsense", "{{{", "mikro", "not a GraphQL document"],
    ["an unknown service", good, "evil", "unknown service"],
  ])("%s is refused", (_name, text, ward, reason) => expect(unusable(text, ward)).toContain(reason));
  it("name the service by the last word", () => expect(serviceOf("live.arkitekt.rekuest")).toBe("rekuest"));
});

describe("values as Python and as links", () => {
  it("writes literals of Python", () => {
    expect(pythonCall({ key: "blur", name: "Blur" }, { a: 1, b: [true, null], c: { d: "x" } })).toBe('call("blur", a=1, b=[True, None], c={"d": "x"})');
  });
  it.each([["@mikro/image", "/data/array/7"], ["@mikro/arraydataset", "/data/array/7"], ["@mikro/table", "/data/table/7"], ["@mikro/file", "/data/file/7"], ["@other/thing", null]])("%s leads to %s", (identifier, route) => expect(routeOf(identifier, "7")).toBe(route));
});

describe("filters in the address", () => {
  it("stand there as they are, and come back the same", () => {
    expect(stringifySearch({ z: "7", c0: "1,2,on,red", q: "a&b c", none: "", takes: "@mikro/image" })).toBe("?z=7&c0=1,2,on,red&q=a%26b+c&takes=@mikro%2Fimage");
    expect(stringifySearch({})).toBe("");
    fc.assert(fc.property(fc.dictionary(fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"), fc.string({ minLength: 1 })), (search) => {
      expect(parseSearch(stringifySearch(search))).toEqual({ ...search });
    }));
  });
});
