// @vitest-environment happy-dom
import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import i18next from "i18next";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { useState } from "react";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Field } from "./Field";
import { argsOf, issuesOf, scopeOf } from "./form";
import { initial, type Draft } from "./ports";
import { FormScope } from "./scope";
import { FormAgent } from "./StateField";
import type { Port } from "./types";

type Variables = Record<string, unknown>;
const asked: Variables[] = [];
let answers: (document: string, variables: Variables) => unknown = () => ({ options: [] });
vi.mock("~/api/client", () => ({
  query: (_: string, document: unknown, variables: Variables) => {
    const told = answers(String(document), variables);
    if (String(document).includes("options")) asked.push(variables);
    return Promise.resolve(told instanceof Error ? { data: undefined, problem: told } : { data: told, problem: undefined });
  },
  listen: (_: string, __: unknown, ___: unknown, onData: (data: unknown) => void) => {
    queueMicrotask(() => onData({ watchAgent: { values: { Rack: { slots: ["left", "right"] } } } }));
    return () => undefined;
  },
}));

const port = (kind: string, more: Partial<Port> = {}): Port => ({ key: "x", kind, nullable: false, ...more });
let sent: Record<string, unknown> = {};
let wrong: string[] = [];

function Form({ ports, drafts: given }: { ports: Port[]; drafts?: Record<string, Draft> | undefined }) {
  const [drafts, setDrafts] = useState<Record<string, Draft>>(() => ({ ...Object.fromEntries(ports.map((one) => [one.key, initial(one)])), ...given }));
  const scope = scopeOf(ports, drafts, "impl");
  sent = {};
  wrong = ports.flatMap((one) => issuesOf(one, drafts[one.key] ?? null, scope).map((issue) => issue.text));
  if (wrong.length === 0) sent = argsOf(ports, drafts);
  return (
    <FormAgent value="agent">
      <FormScope value={scope}>
        {ports.map((one) => <Field key={one.key} port={one} draft={drafts[one.key] ?? null} issues={[]} onChange={(next) => setDrafts((before) => ({ ...before, [one.key]: next }))} />)}
      </FormScope>
    </FormAgent>
  );
}

const show = (...ports: Port[]) => render(<MantineProvider env="test"><Form ports={ports} /></MantineProvider>);
const type = (name: string | RegExp, value: string): void => void fireEvent.change(screen.getByRole("textbox", { name }), { target: { value } });
const press = (name: string | RegExp): void => void fireEvent.click(screen.getByRole("button", { name }));
async function pick(name: string | RegExp, option: string | RegExp): Promise<void> {
  fireEvent.click(screen.getByRole("combobox", { name }));
  fireEvent.click(await screen.findByRole("option", { name: option, hidden: true }));
}

beforeEach(async () => {
  await i18next.use(initReactI18next).init({ lng: "en", resources: {}, keySeparator: false, nsSeparator: false, interpolation: { escapeValue: false } });
  asked.length = 0;
  answers = () => ({ options: [], memoryDrawers: [{ id: "d1", label: "a model" }] });
  // What the browser has and this one does not: fields that grow listen to it.
  Object.defineProperty(document, "fonts", { configurable: true, value: new EventTarget() });
});
afterEach(cleanup);

const choices = ["one", "two", "three", "four", "five"].map((label, index) => ({ label, value: index }));
const SEARCH = "query S($search: String, $values: [ID!]) { options: xs(search: $search, ids: $values) { value label } }";

/** Each kind: its port, what somebody does, what is sent. */
const KINDS: Record<string, [Port, () => void | Promise<void>, unknown]> = {
  INT: [port("INT"), () => type(/^x/, "12"), 12],
  FLOAT: [port("FLOAT"), () => type(/^x/, "1,5"), 1.5],
  BOOL: [port("BOOL"), () => void fireEvent.click(screen.getByRole("switch")), true],
  STRING: [port("STRING", { widget: { kind: "STRING", asParagraph: true } }), () => type(/^x/, "two\nlines"), "two\nlines"],
  DATE: [port("DATE", { default: "2026-01-01" }), () => void fireEvent.change(document.querySelector("input[type=date]") as Element, { target: { value: "2026-03-04" } }), expect.stringMatching(/^2026-03-04T00:00:00[+-]/)],
  ENUM: [port("ENUM", { choices: choices.slice(0, 3) }), () => void fireEvent.click(screen.getByRole("radio", { name: "two" })), 1],
  QUANTITY: [port("QUANTITY", { referenceUnit: "um" }), () => type(/^x/, "2"), "2 um"],
  STRUCTURE: [port("STRUCTURE", { identifier: "@mikro/arraydataset" }), () => { expect(screen.getByRole("button", { name: "Choose" })).toBeTruthy(); type(/^x/, "7"); }, { __identifier: "@mikro/arraydataset", object: "7" }],
  INTERFACE: [port("INTERFACE", { identifier: "@x/y" }), () => { expect(screen.getByText(/cannot read values of this kind/)).toBeTruthy(); type(/^x/, "7"); }, { __identifier: "@x/y", object: "7" }],
  MEMORY_STRUCTURE: [port("MEMORY_STRUCTURE", { identifier: "@x/m" }), () => pick(/^x/, "a model"), { __identifier: "@x/m", object: "d1" }],
  LIST: [port("LIST", { children: [port("INT")] }), () => {
    press("Add to x");
    fireEvent.paste(screen.getByRole("textbox", { name: /x 1/ }), { clipboardData: { getData: () => "1\n2\n3" } });
  }, [1, 2, 3]],
  DICT: [port("DICT", { children: [{ ...port("INT"), key: "..." }] }), () => {
    press("Add to x");
    type("Key", "a");
    type(/^Value/, "1");
  }, { a: 1 }],
  MODEL: [port("MODEL", { children: [{ ...port("INT"), key: "a" }, { ...port("INT", { nullable: true }), key: "b" }] }), () => type(/^a/, "1"), { a: 1, b: null }],
  UNION: [port("UNION", { children: [port("INT"), port("STRING", { label: "words" })] }), () => {
    fireEvent.click(screen.getByRole("radio", { name: "words" }));
    type(/^words/, "t");
  }, { __use: 1, __value: "t" }],
};

const sdl = readFileSync(resolve("../../rekuest/schema.graphql"), "utf8");
const members = (name: string): string[] => new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(sdl)?.[1]?.match(/\b[A-Z_]+\b/g) ?? [];

describe("the input of each kind", () => {
  it("is here for every kind there is", () => expect(Object.keys(KINDS).sort()).toEqual(members("PortKind").sort()));
  it.each(Object.entries(KINDS))("%s", async (_kind, [one, act, value]) => {
    show(one);
    await act();
    await waitFor(() => expect(sent).toEqual({ x: value }));
  });
  it("several choices are chosen at once", async () => {
    show(port("LIST", { children: [port("ENUM", { choices })] }));
    await pick(/^x/, "four");
    await pick(/^x/, "one");
    await waitFor(() => expect(sent).toEqual({ x: [3, 0] }));
  });
  it("a kind of tomorrow is edited as JSON", () => {
    show(port("TENSOR"));
    type(/^x/, '{"a": [1]}');
    expect(sent).toEqual({ x: { a: [1] } });
  });
  it("what is nested deep is closed until somebody opens it", () => {
    const nest = (depth: number): Port => ({ ...port("MODEL", { children: depth > 0 ? [nest(depth - 1)] : [{ ...port("INT", { default: 4 }), key: "n" }] }), key: `level${depth}` });
    show(nest(3));
    expect(screen.queryByRole("textbox", { name: /^n/ })).toBeNull();
    expect(screen.getByText("n: 4")).toBeTruthy();
    press("Edit level0");
    type(/^n/, "5");
    expect(sent).toEqual({ level3: { level2: { level1: { level0: { n: 5 } } } } });
  });
});

/** Each widget: its port, what somebody does, what is sent. */
const WIDGETS: Record<string, [Port, () => void | Promise<void>, unknown]> = {
  CHOICE: [port("INT", { nullable: true, choices, widget: { kind: "CHOICE", choicePlaceholder: "which" } }), async () => {
    expect(screen.getByPlaceholderText("which")).toBeTruthy();
    await pick(/^x/, "five");
  }, 4],
  STRING: [port("STRING", { widget: { kind: "STRING", placeholder: "a name" } }), () => void fireEvent.change(screen.getByPlaceholderText("a name"), { target: { value: "t" } }), "t"],
  SLIDER: [port("QUANTITY", { referenceUnit: "um", widget: { kind: "SLIDER", min: 1, max: 5, step: 1 } }), () => void fireEvent.keyDown(screen.getByRole("slider", { name: "x" }), { key: "End" }), "5 um"],
  SEARCH: [port("STRUCTURE", { identifier: "@x/y", widget: { kind: "SEARCH", query: SEARCH, ward: "mikro" } }), async () => {
    answers = () => ({ options: [{ value: "7", label: "seven" }] });
    await pick(/^x/, "seven");
  }, { __identifier: "@x/y", object: "7" }],
  STATE_CHOICE: [port("STRING", { widget: { kind: "STATE_CHOICE", statePath: "Rack.slots" } }), async () => {
    await screen.findByRole("combobox", { name: /^x/ });
    await pick(/^x/, "right");
  }, "right"],
  PROXY: [port("STRING", { widget: { kind: "PROXY", targetDependency: "camera", targetAction: "snap", targetPort: "mode" } }), async () => {
    await screen.findByText("The field mode of Snap, by the camera.");
    fireEvent.click(screen.getByRole("radio", { name: "fast" }));
  }, "fast"],
  CUSTOM: [port("INT", { widget: { kind: "CUSTOM", component: "Dial", fallback: { kind: "SLIDER", min: 0, max: 3 } } }), () => void fireEvent.keyDown(screen.getByRole("slider", { name: "x" }), { key: "End" }), 3],
};

const mode = port("STRING", { choices: ["fast", "slow"].map((value) => ({ label: value, value })) });
const offer = (name: string, args: Port[]) => ({ id: `i-${name}`, interface: name, action: { id: name, hash: `h-${name}`, key: name, name: name[0]?.toUpperCase() + name.slice(1), args } });
const tree = {
  dependencyTree: {
    dependencies: [{
      key: "camera",
      dependency: { actionDependencies: [{ key: "snap", demand: { hash: "h-snap", key: null, name: null } }] },
      mappedAgents: [{ agent: { id: "cam", name: "the camera" }, implementations: [offer("move", [{ ...port("INT"), key: "mode" }]), offer("snap", [{ ...mode, key: "mode" }])] }],
    }],
  },
};

describe("each widget", () => {
  it("is here for every widget there is", () => expect(Object.keys(WIDGETS).sort()).toEqual(members("AssignWidgetKind").sort()));
  it.each(Object.entries(WIDGETS))("%s", async (_kind, [one, act, value]) => {
    answers = (document) => (document.includes("dependencyTree") ? tree : { options: [{ value: "7", label: "seven" }] });
    show(one);
    await act();
    await waitFor(() => expect(sent).toEqual({ x: value }));
  });
  it("that stands for one that is away lets the value be given", async () => {
    answers = () => ({ dependencyTree: { dependencies: [{ ...tree.dependencyTree.dependencies[0], mappedAgents: [] }] } });
    show(port("STRING", { widget: { kind: "PROXY", targetDependency: "camera", targetAction: "snap", targetPort: "mode" } }));
    await screen.findByText(/camera, whose field this is, is not here now/);
    type(/^x/, "slow");
    expect(sent).toEqual({ x: "slow" });
  });
  it("that follows another port does so until a value is given by hand", async () => {
    show({ ...port("INT"), key: "width" }, { ...port("INT", { widget: { kind: "STRING", followValue: "width" } }), key: "height" });
    type(/^width/, "3");
    await waitFor(() => expect(sent).toEqual({ width: 3, height: 3 }));
    type(/^height/, "5");
    type(/^width/, "4");
    await waitFor(() => expect(sent).toEqual({ width: 4, height: 5 }));
    press("Follow width again");
    await waitFor(() => expect(sent).toEqual({ width: 4, height: 4 }));
  });
});

const DEPENDENT = "query S($search: String, $values: [ID!], $folder: ID, $requires: [R!], $limit: Int) { options: xs(s: $search, v: $values, f: $folder, r: $requires, l: $limit) { value label } }";
const folder: Port = { ...port("STRUCTURE", { identifier: "@x/folder" }), key: "folder" };
const image: Port = {
  ...port("STRUCTURE", { identifier: "@x/image", requires: [{ key: "@x/channels", operator: "GTE", value: 2 }], widget: { kind: "SEARCH", query: DEPENDENT, ward: "mikro", dependencies: ["folder"] } }),
  key: "image",
};
const inside: Record<string, string[]> = { a: ["1", "2"], b: ["2", "3"] };
const byFolder = (_: string, { folder: where, values }: Variables) => ({ options: (inside[String(where)] ?? []).filter((id) => !values || (values as string[]).includes(id)).map((value) => ({ value, label: `image ${value}` })) });

describe("a search that depends on another port", () => {
  it("waits for it, asks with it and with the conditions of the port", async () => {
    answers = byFolder;
    show(folder, image);
    expect(screen.getByPlaceholderText("First give folder")).toHaveProperty("disabled", true);
    expect(asked).toEqual([]);
    type(/^folder/, "a");
    await waitFor(() => expect(asked.at(-1)).toEqual({ search: null, values: null, folder: "a", requires: [{ key: "@x/channels", operator: "GTE", value: 2 }], limit: 20 }));
    await pick(/^image/, "image 1");
    await waitFor(() => expect(sent["image"]).toEqual({ __identifier: "@x/image", object: "1" }));
  });
  it("keeps a choice that still goes with it, and takes back one that does not", async () => {
    answers = byFolder;
    show(folder, image);
    type(/^folder/, "a");
    await waitFor(() => expect(asked.length).toBeGreaterThan(0));
    await pick(/^image/, "image 2");
    type(/^folder/, "b");
    await waitFor(() => expect(asked.at(-1)).toMatchObject({ folder: "b", values: ["2"] }));
    expect(screen.queryByText(/taken back/)).toBeNull();
    type(/^folder/, "c");
    await screen.findByText(/The choice was taken back/);
    expect(wrong).toEqual(["This is needed."]);
  });
  it("is narrowed by filters of its own", async () => {
    answers = () => ({ options: [{ value: "7", label: "seven" }] });
    const query = DEPENDENT.replaceAll("folder", "kind");
    show(port("STRUCTURE", { widget: { kind: "SEARCH", query, ward: "mikro", filters: [{ ...port("STRING"), key: "kind" }] } }));
    await waitFor(() => expect(asked.at(-1)).toMatchObject({ kind: null }));
    type(/^kind/, "raw");
    await waitFor(() => expect(asked.at(-1)).toMatchObject({ kind: "raw" }));
  });
  it("whose service fails says so, and is asked again on request", async () => {
    answers = () => new Error("mikro is away");
    show(port("STRUCTURE", { widget: { kind: "SEARCH", query: SEARCH, ward: "mikro" } }));
    await screen.findByText(/mikro is away/);
    answers = () => ({ options: [{ value: "7", label: "seven" }] });
    press("Try again");
    await pick(/^x/, "seven");
    await waitFor(() => expect(sent).toMatchObject({ x: { object: "7" } }));
  });
});

const when = (path: string, value: unknown) => ({ operation: "eq", arguments: [{ valuePath: path }, { valueLiteral: value }] });

describe("effects and validators", () => {
  it("are here for every effect there is", () => expect(members("EffectKind").sort()).toEqual(["CUSTOM", "HIDE", "MESSAGE"]));
  it.each([true, false])("a hidden field sends its default (faded: %s)", (fade) => {
    const sigma = port("INT", { key: "sigma", default: 3, effects: [{ kind: "HIDE", dependencies: [], callJson: when("auto", true), fade }] });
    show({ ...port("BOOL"), key: "auto" }, sigma);
    type(/^sigma/, "9");
    expect(sent).toEqual({ auto: false, sigma: 9 });
    fireEvent.click(screen.getByRole("switch"));
    expect(sent).toEqual({ auto: true, sigma: 3 });
    const field = screen.queryByRole("textbox", { name: /^sigma/ });
    expect(field !== null).toBe(fade);
    if (fade) expect(field?.closest("[inert]")).toBeTruthy();
  });
  it("a message is said under its field, and one of a component nobody has is none", () => {
    const effects = [{ kind: "MESSAGE", dependencies: [], callJson: when("value", 2), message: "rather many" }, { kind: "CUSTOM", dependencies: [], callJson: when("value", 2) }];
    show(port("INT", { effects }));
    type(/^x/, "2");
    expect(screen.getByText("rather many").parentElement?.getAttribute("aria-live")).toBe("polite");
  });
  it.each(["x/low", "x.low", "x..low", "low"])("hold inside of models too, where fields see each other (%s)", (path) => {
    const upper = { ...port("INT", { validators: [{ callJson: { operation: "gt", arguments: [{ valuePath: "value" }, { valuePath: path }] }, errorMessage: "must be above low" }] }), key: "high" };
    const note = { ...port("STRING", { nullable: true, effects: [{ kind: "HIDE", dependencies: [], callJson: when("low", 1), fade: false }] }), key: "note" };
    show(port("MODEL", { children: [{ ...port("INT"), key: "low" }, upper, note] }));
    type(/^note/, "t");
    type(/^low/, "1");
    type(/^high/, "1");
    expect(wrong).toEqual(["must be above low"]);
    expect(screen.queryByRole("textbox", { name: /^note/ })).toBeNull();
    type(/^high/, "2");
    expect(sent).toEqual({ x: { low: 1, high: 2, note: null } });
  });
  it("read what they name from the top of the form, not from beside", () => {
    const upper = { ...port("INT", { validators: [{ callJson: { operation: "gt", arguments: [{ valuePath: "value" }, { valuePath: "low" }] }, errorMessage: "must be above low" }] }), key: "high" };
    show({ ...port("INT", { default: 7 }), key: "low" }, port("MODEL", { children: [{ ...port("INT", { default: 1 }), key: "low" }, { ...upper, default: 5 }] }));
    expect(wrong).toEqual(["must be above low"]);
  });
  it("that are not known here leave it to the server", () => {
    show(port("INT", { validators: [{ callJson: { operation: "future.op" } }] }));
    type(/^x/, "2");
    expect(sent).toEqual({ x: 2 });
  });
  it("a picker says what it takes", () => {
    show(port("STRUCTURE", { identifier: "@mikro/image", requires: [{ key: "@mikro/n_channels", operator: "GTE", value: 2 }] }));
    expect(within(document.body).getByText(/Only with n channels ≥ 2\./)).toBeTruthy();
  });
});
