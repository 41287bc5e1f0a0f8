import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATIONS, Unknown } from "./operations";
import { effectsOf, evaluate, refused } from "./rules";

const literal = (value: unknown) => ({ valueLiteral: value });
const path = (value: string) => ({ valuePath: value });
const run = (operation: string, ...args: unknown[]) => evaluate({ operation, arguments: args.map(literal) }, {});

describe("operations", () => {
  const cases: [string, unknown[], unknown][] = [
    ["eq", [{ a: [1] }, { a: [1] }], true],
    ["eq", [1, "1"], false],
    ["ne", [1, 2], true],
    ["gt", [2, 1], true],
    ["gt", ["2", 1], false],
    ["between", [5, 5, 6], true],
    ["between", ["5", 5, 6], false],
    ["and", [true, false], false],
    ["if", [false, "a", "b"], "b"],
    ["is_null", [null], true],
    ["is_set", [0], true],
    ["len", ["täst"], 4],
    ["len", [null], 0],
    ["len_between", ["abc", 1], true],
    ["len_between", [[1, 2, 3], 1, 2], false],
    ["contains", [{ key: 1 }, "key"], true],
    ["contains", [[1, { a: 2 }], { a: 2 }], true],
    ["in", [2, [1, 2]], true],
    ["matches", ["abc", "[a-c]+"], true],
    ["matches", ["abcd", "[a-c]+"], false],
    ["get", [{ a: { b: 1 } }, "/a/b"], 1],
    ["get", [{ a: 1 }, "/x"], null],
    ["coalesce", [null, 2], 2],
    ["div", [1, 0], null],
    ["mod", [-1, 3], 2],
    ["add", ["1", 2], null],
    ["list.sort", [[{ n: 2 }, { n: 1 }], "n"], [{ n: 1 }, { n: 2 }]],
    ["list.unique", [[1, 1, { a: 1 }, { a: 1 }]], [1, { a: 1 }]],
    ["list.range", [3, 1, 2], [1, 3, 5]],
    ["list.at", [[1, 2, 3], -1], 3],
    ["math.clamp", [12, 0, 10], 10],
    ["math.round", [1.256, 2], 1.26],
    ["obj.entries", [{ a: 1 }], [{ key: "a", value: 1 }]],
    ["str.truncate", ["abcdef", 3], "abc…"],
    ["str.split", ["a,b"], ["a", "b"]],
    ["type.of", [[1]], "list"],
    ["type.toBoolean", ["False"], false],
    ["type.toNumber", ["x", 7], 7],
    ["fmt.bytes", [1500], "1.5 kB"],
    ["fmt.percent", [0.256], "26%"],
  ];
  it.each(cases)("%s of %j is %j", (operation, args, value) => {
    expect(run(operation, ...args)).toEqual(value);
  });

  it("answer any values without breaking", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(OPERATIONS)), fc.array(fc.jsonValue(), { maxLength: 3 }), (operation, args) => {
        try {
          run(operation, ...args);
        } catch (error) {
          // Only what is left to the server, and what the platform's own formats refuse by name.
          if (!(error instanceof Unknown) && !(error instanceof RangeError) && !(error instanceof TypeError && operation.startsWith("fmt."))) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(["(a+)+b", "(x*)*", "(a{2,})+"])("the pattern %s could run for long and is left to the server", (pattern) => {
    expect(() => run("matches", "aaaa", pattern)).toThrow(Unknown);
  });

  it("names of JavaScript's own are no operations", () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) expect(() => run(name, 1)).toThrow(Unknown);
    expect(run("get", {}, "/constructor/name")).toBeNull();
  });
});

describe("calls", () => {
  it("read paths, nest, and take arguments by key in either spelling", () => {
    const call = { operation: "between", arguments: [{ key: "max", value_path: "limits.high" }, { key: "value", util_call: { operation: "len", arguments: [path("name")] } }, { key: "min", value_literal: 1 }] };
    expect(evaluate(call, { name: "abc", limits: { high: 3 } })).toBe(true);
    expect(evaluate(call, { name: "abcd", limits: { high: 3 } })).toBe(false);
  });
  it("read paths as clients write them, and arguments they count", () => {
    const call = { operation: "gt", arguments: [{ key: "1", valuePath: "span/low" }, { key: "0", valuePath: "value" }] };
    expect(evaluate(call, { value: 6, span: { low: 5 } })).toBe(true);
    expect(evaluate(call, { value: 5, span: { low: 5 } })).toBe(false);
  });
  it("end at a depth nobody writes", () => {
    let call: unknown = { operation: "not", arguments: [literal(true)] };
    for (let level = 0; level < 30; level += 1) call = { operation: "not", arguments: [{ utilCall: call }] };
    expect(() => evaluate(call, {})).toThrow(Unknown);
  });
  it("ask no agent", () => {
    expect(() => evaluate({ operation: "not", arguments: [{ agentCall: { interface: "x" } }] }, {})).toThrow(Unknown);
  });
});

describe("validators", () => {
  const even = { callJson: { operation: "eq", arguments: [{ utilCall: { operation: "mod", arguments: [path("n"), literal(2)] } }, literal(0)] }, errorMessage: "must be even" };
  it("tell their message", () => {
    expect(refused([even], { n: 3 })).toBe("must be even");
    expect(refused([even], { n: 4 })).toBeNull();
  });
  it("that are not known here leave it to the server, the others still speak", () => {
    expect(refused([{ callJson: { operation: "future.op" } }, even], { n: 3 })).toBe("must be even");
    expect(refused([{ callJson: { operation: "future.op" } }], {})).toBeNull();
    expect(refused(null, {})).toBeNull();
  });
  it("have words even without a message", () => {
    expect(refused([{ callJson: { operation: "not", arguments: [literal(true)] } }], {})).toBe("This value is not accepted.");
  });
});

describe("effects", () => {
  const when = { operation: "eq", arguments: [path("mode"), literal("auto")] };
  const port = { effects: [{ kind: "HIDE", dependencies: ["mode"], callJson: when, fade: true }, { kind: "MESSAGE", dependencies: [], callJson: when, message: "chosen for you" }] };
  it("hide and tell while their call holds", () => {
    expect(effectsOf(port, { mode: "auto" })).toEqual({ hidden: true, fade: true, messages: ["chosen for you"] });
    expect(effectsOf(port, { mode: "hand" })).toEqual({ hidden: false, fade: false, messages: [] });
  });
  it("that are not known do nothing", () => {
    expect(effectsOf({ effects: [{ kind: "HIDE", dependencies: [], callJson: { operation: "no.such" } }] }, {}).hidden).toBe(false);
  });
});
