import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, draftsOf, empty, filled, fromWire, initial, isoText, localText, numberText, toWire, unitsOf, wireOf, type Draft } from "./ports";
import type { Port } from "./types";

const port = (kind: string, more: Partial<Port> = {}): Port => ({ key: "x", kind, nullable: false, ...more });
const texts = (p: Port, draft: Draft): string[] => check(p, draft).map((issue) => issue.text);

describe("each kind over the wire", () => {
  const choices = [
    { label: "one", value: 1 },
    { label: "a pair", value: { a: [1, 2] } },
  ];
  const cases: [string, Port, unknown][] = [
    ["INT", port("INT"), 42],
    ["INT beyond 2^53", port("INT"), "9007199254740993"],
    ["FLOAT", port("FLOAT"), 0.001],
    ["BOOL", port("BOOL"), true],
    ["STRING", port("STRING"), "text"],
    ["DATE", port("DATE"), isoText(localText("2026-03-14T15:09:26Z"))],
    ["ENUM", port("ENUM", { choices }), { a: [1, 2] }],
    ["choices on a number", port("INT", { choices }), 1],
    ["QUANTITY", port("QUANTITY", { referenceUnit: "um" }), "2.5 um"],
    ["STRUCTURE", port("STRUCTURE", { identifier: "@mikro/image" }), { __identifier: "@mikro/image", object: "7" }],
    ["INTERFACE", port("INTERFACE", { identifier: "@x/y" }), { __identifier: "@x/y", object: "7" }],
    ["MEMORY_STRUCTURE", port("MEMORY_STRUCTURE", { identifier: "@x/m" }), { __identifier: "@x/m", object: "d1" }],
    ["LIST", port("LIST", { children: [port("INT")] }), [1, 2, 3]],
    ["open DICT", port("DICT", { children: [{ ...port("FLOAT"), key: "..." }] }), { a: 1, "b.c": 2 }],
    ["named DICT", port("DICT", { children: [{ ...port("INT"), key: "a" }, { ...port("STRING"), key: "b" }] }), { a: 1, b: "t" }],
    ["MODEL", port("MODEL", { children: [{ ...port("INT"), key: "a" }, { ...port("INT", { nullable: true }), key: "b" }] }), { a: 1, b: null }],
    ["UNION", port("UNION", { children: [port("INT"), port("STRING")] }), { __use: 1, __value: "t" }],
    ["a kind of tomorrow", port("TENSOR"), { deep: [1, { er: 2 }] }],
    ["null", port("MODEL", { nullable: true, children: [port("INT")] }), null],
  ];
  it.each(cases)("%s comes back as it was", (_name, one, value) => {
    const draft = fromWire(one, value);
    expect(check(one, draft)).toEqual([]);
    expect(toWire(one, draft)).toEqual(value);
  });
});

const leaf = fc.oneof(
  fc.integer().map((value) => [port("INT"), value] as const),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => [port("FLOAT"), value === 0 ? 0 : value] as const),
  fc.boolean().map((value) => [port("BOOL"), value] as const),
  fc.string({ minLength: 1 }).map((value) => [port("STRING"), value] as const),
);

type Case = readonly [Port, unknown];
const tree = fc.letrec<{ node: Case }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    tie("node").map(([child, value]): Case => [port("LIST", { children: [child] }), [value, value]]),
    fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((fields): Case => [
      port("MODEL", { children: fields.map(([child], index) => ({ ...child, key: `f${index}` })) }),
      Object.fromEntries(fields.map(([, value], index) => [`f${index}`, value])),
    ]),
    fc.tuple(tie("node"), tie("node")).map(([[first], [second, value]]): Case => [port("UNION", { children: [first, second] }), { __use: 1, __value: value }]),
    fc.tuple(tie("node"), fc.string({ minLength: 1 })).map(([[child, value], key]): Case => [port("DICT", { children: [{ ...child, key: "..." }] }), { [`k${key}`.trim()]: value }]),
  ),
})).node;

describe("any tree of ports", () => {
  it("keeps every value", () => {
    fc.assert(
      fc.property(tree, ([one, value]) => {
        const draft = fromWire(one, value);
        expect(check(one, draft)).toEqual([]);
        expect(toWire(one, draft)).toEqual(value);
      }),
    );
  });
  it("never breaks on a value of another shape, and never sends one", () => {
    fc.assert(
      fc.property(tree, fc.jsonValue(), ([one], value) => {
        const draft = fromWire(one, value);
        if (check(one, draft).length === 0) expect(() => JSON.stringify(toWire(one, draft))).not.toThrow();
      }),
    );
  });
  it("begins with a draft that can be checked", () => {
    fc.assert(fc.property(tree, ([one]) => Array.isArray(check(one, initial(one))) && Array.isArray(check(one, filled(one)))));
  });
});

describe("what is needed", () => {
  it.each(["INT", "FLOAT", "DATE", "QUANTITY", "STRUCTURE", "STRING"])("an empty %s", (kind) => {
    expect(texts(port(kind), empty(port(kind)))).toEqual(["This is needed."]);
    expect(texts(port(kind, { nullable: true }), empty(port(kind, { nullable: true })))).toEqual([]);
  });
  it("an empty text is fine where it is the default", () => {
    const one = port("STRING", { default: "" });
    expect(texts(one, "")).toEqual([]);
    expect(toWire(one, "")).toBe("");
  });
  it("an empty optional text is no value", () => {
    expect(toWire(port("STRING", { nullable: true }), "")).toBeNull();
  });
  it("a switch is never missing", () => {
    expect(texts(port("BOOL"), empty(port("BOOL")))).toEqual([]);
  });
});

describe("numbers", () => {
  it.each(["1.5", "1e3", "x", "1,5", "--1"])("%s is no whole number", (text) => {
    expect(texts(port("INT"), text)).toEqual(["This must be a whole number."]);
  });
  it.each([["1,5", 1.5], ["1e-3", 0.001], ["1 234.5", 1234.5], [" -7 ", -7]])("%s is read as %d", (text, value) => {
    expect(texts(port("FLOAT"), text)).toEqual([]);
    expect(toWire(port("FLOAT"), text)).toBe(value);
  });
  it.each(["Infinity", "NaN", "1.2.3", "."])("%s is refused", (text) => {
    expect(texts(port("FLOAT"), text)).toEqual(["This must be a number."]);
  });
  it("a range tells what was given", () => {
    const one = port("FLOAT", { widget: { kind: "SLIDER", min: 0, max: 10 } });
    expect(check(one, "12")[0]).toMatchObject({ text: "This must be between {{min}} and {{max}}. You gave {{value}}.", values: { min: 0, max: 10, value: 12 } });
    expect(texts(one, "10")).toEqual([]);
    expect(texts(port("INT", { widget: { kind: "SLIDER", min: 3 } }), "2")[0]).toContain("or more");
    expect(texts(port("INT", { widget: { kind: "SLIDER", max: 3 } }), "4")[0]).toContain("or less");
  });
  it("a comma is a point only where there is none", () => {
    expect(numberText("1,234.5")).toBe("1,234.5");
  });
});

describe("issues name the place", () => {
  const model = port("MODEL", { children: [{ ...port("INT"), key: "a" }, { ...port("LIST", { children: [port("FLOAT")] }), key: "b" }] });
  it("in a list inside of a model", () => {
    const draft: Draft = { kind: "fields", fields: ["1", { kind: "rows", rows: ["1", "x"] }] };
    expect(check(model, draft)).toEqual([{ path: [1, 1], text: "This must be a number." }]);
  });
  it("of keys that are missing or there twice", () => {
    const one = port("DICT", { children: [{ ...port("INT"), key: "..." }] });
    const draft: Draft = { kind: "entries", entries: [{ key: "a", value: "1" }, { key: "a", value: "2" }, { key: " ", value: "3" }] };
    expect(check(one, draft).map(({ path, text }) => [path[0], text])).toEqual([[1, "This key is there twice."], [2, "The key is needed."]]);
  });
  it("only of the variant that is chosen", () => {
    const one = port("UNION", { children: [port("INT"), port("STRING")] });
    expect(check(one, { kind: "union", use: 1, variants: ["nonsense", "fine"] })).toEqual([]);
    expect(check(one, { kind: "union", use: 0, variants: ["nonsense", "fine"] })[0]?.path).toEqual([0]);
  });
  it("of text that is no JSON", () => {
    expect(texts(port("TENSOR"), { kind: "json", text: "{" })).toEqual(["This is not JSON."]);
  });
});

describe("old arguments", () => {
  const ports = [port("INT", { default: 3 }), { ...port("STRING"), key: "y" }];
  it("fill the form, and what the action no longer takes is told", () => {
    const { drafts, dropped } = draftsOf(ports, { y: "t", gone: 1 });
    expect(drafts).toEqual({ x: "3", y: "t" });
    expect(dropped).toEqual(["gone"]);
    expect(wireOf(ports, drafts)).toEqual({ x: 3, y: "t" });
  });
  it("a choice that is no longer offered is no value", () => {
    expect(fromWire(port("ENUM", { choices: [{ label: "a", value: 1 }] }), 2)).toBeNull();
  });
});

describe("units and dates", () => {
  it("offers each unit once, the reference first", () => {
    expect(unitsOf(port("QUANTITY", { referenceUnit: "um", proposedUnits: ["nm", "um"] }))).toEqual(["um", "nm"]);
  });
  it("keeps a unit nobody proposed", () => {
    expect(fromWire(port("QUANTITY", { referenceUnit: "um" }), "1e-3 parsec")).toEqual({ kind: "quantity", amount: "1e-3", unit: "parsec" });
  });
  it("sends dates with an offset", () => {
    expect(isoText("2026-03-14T15:09")).toMatch(/^2026-03-14T15:09:00[+-]\d\d:\d\d$/);
    expect(isoText("yesterday")).toBeNull();
  });
});
