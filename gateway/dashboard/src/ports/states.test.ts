import { describe, expect, it } from "vitest";
import { stateOptions, under } from "./states";

const values = { Stage: { slots: [{ id: "a", name: "Left", more: { note: "near" } }, { id: "b", name: "Right" }], names: ["x", "y"], lamps: { red: { watt: 1 }, blue: { watt: 2 } }, pairs: [{ key: "Low", value: 5, description: "dim" }], count: 3 } };
const widget = (statePath: string, stateAccessors?: { optionKey: string; path: string }[]) => ({ kind: "STATE_CHOICE", statePath, ...(stateAccessors ? { stateAccessors } : {}) });

describe("choices out of a state", () => {
  it.each(["Stage.names", "/Stage/names"])("are plain items at %s", (path) =>
    expect(stateOptions(values, widget(path))).toEqual([{ value: "x", label: "x" }, { value: "y", label: "y" }]));
  it("are read by accessors", () => {
    const accessors = [{ optionKey: "VALUE", path: "id" }, { optionKey: "LABEL", path: "name" }, { optionKey: "DESCRIPTION", path: "more.note" }];
    expect(stateOptions(values, widget("Stage.slots", accessors))).toEqual([{ value: "a", label: "Left", description: "near" }, { value: "b", label: "Right" }]);
  });
  it("are the keys of a table, or what an accessor finds in its entries", () => {
    expect(stateOptions(values, widget("Stage.lamps"))?.map((one) => one.value)).toEqual(["red", "blue"]);
    expect(stateOptions(values, widget("Stage.lamps", [{ optionKey: "VALUE", path: "watt" }]))?.map((one) => one.value)).toEqual([1, 2]);
  });
  it("say their name themselves", () => expect(stateOptions(values, widget("Stage.pairs"))).toEqual([{ value: 5, label: "Low", description: "dim" }]));
  it.each(["Stage.count", "Stage.nothing", "Other", "Stage.__proto__"])("are none at %s", (path) => expect(stateOptions(values, widget(path))).toBeNull());
  it("of an unknown call are none", () => expect(stateOptions(values, { kind: "STATE_CHOICE", stateCall: { operation: "no.such" } })).toBeNull());
  it("are not looked for in what is inherited", () => expect(under({}, "constructor.name")).toBeUndefined());
});
