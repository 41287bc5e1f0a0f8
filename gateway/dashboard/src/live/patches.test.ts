import { describe, expect, it } from "vitest";
import { patched } from "./patches";

const states = { Stage: { x: 1, deep: { list: [1, 2, 3] }, "a/b": 0 }, Lamp: { on: false } };
const stage = (op: string, path: string, value?: unknown): unknown => patched(states, { interface: "Stage", op, path, value })?.["Stage"];

describe("states of an agent", () => {
  it("change where the patch says, and nothing else does", () => {
    const next = patched(states, { interface: "Stage", op: "replace", path: "/x", value: 7 });
    expect(next).toEqual({ ...states, Stage: { ...states.Stage, x: 7 } });
    expect(next?.["Lamp"]).toBe(states.Lamp);
    expect(states.Stage.x).toBe(1);
  });
  it.each([
    ["add", "/deep/list/-", 4, [1, 2, 3, 4]],
    ["add", "/deep/list/0", 0, [0, 1, 2, 3]],
    ["replace", "/deep/list/1", 9, [1, 9, 3]],
    ["remove", "/deep/list/2", undefined, [1, 2]],
  ])("%s %s in a list", (op, path, value, list) => expect(stage(op, path, value)).toMatchObject({ deep: { list } }));
  it("remove a field, read escaped names, replace a whole state", () => {
    expect(stage("remove", "/x")).toEqual({ deep: states.Stage.deep, "a/b": 0 });
    expect(stage("replace", "/a~1b", 5)).toMatchObject({ "a/b": 5 });
    expect(stage("replace", "", { x: 2 })).toEqual({ x: 2 });
    expect(patched(states, { interface: "New", op: "add", path: "/", value: 3 })).toMatchObject({ New: 3 });
  });
  it.each([
    ["replace", "/deep/list/3"], ["remove", "/nothing"], ["replace", "/x/y"], ["add", "/deep/list/five"], ["add", "/no/way"],
  ])("are read anew where %s %s does not fit", (op, path) => expect(patched(states, { interface: "Stage", op, path, value: 1 })).toBeNull());
});
