import { beforeEach, describe, expect, it, vi } from "vitest";
import { droppedOf, foldersBelow, gathered, placedOf } from "./dropped";
import { cellText, RemoteTable } from "./parquet";
import { keyOf, move, moveBack, pathOf, rename, type Thing } from "./things";

const sent = vi.hoisted(() => ({ calls: [] as [string, Record<string, unknown>][], next: 0 }));
vi.mock("~/api/client", () => ({
  mutate: async (_service: string, document: unknown, { input }: { input: Record<string, unknown> }) => {
    sent.calls.push([/mutation (\w+)/.exec(String(document))?.[1] ?? "", input]);
    sent.next += 1;
    return { ensureFolder: { id: `made ${sent.next}` } };
  },
}));
beforeEach(() => {
  sent.calls = [];
  sent.next = 0;
});

const thing = (kind: Thing["kind"], id: string, folder: string | null = null): Thing => ({ kind, id, folder, name: id, detail: "", createdAt: "" });

describe("things are moved", () => {
  it("by kind, and those that lie there already stay", async () => {
    await move([thing("file", "1"), thing("file", "2", "9"), thing("array", "3", "8"), thing("folder", "9"), thing("file", "4", "8")], "9");
    expect(sent.calls).toEqual([
      ["PutArrays", { selfs: ["3"], other: "9" }],
      ["PutFiles", { selfs: ["1", "4"], other: "9" }],
    ]);
  });
  it("out of the folder each lies in", async () => {
    await move([thing("file", "1", "8"), thing("file", "2", "9"), thing("file", "3")], null);
    expect(sent.calls).toEqual([["ReleaseFiles", { selfs: ["1"], other: "8" }], ["ReleaseFiles", { selfs: ["2"], other: "9" }]]);
  });
  it("and back to where each was", async () => {
    await moveBack([thing("file", "1", "8"), thing("table", "2")], "9");
    expect(sent.calls).toEqual([["PutFiles", { selfs: ["1"], other: "8" }], ["ReleaseTables", { selfs: ["2"], other: "9" }]]);
  });
});

describe("names", () => {
  it("of all kinds can be changed", async () => {
    await rename(thing("folder", "1", "7"), "new");
    await rename(thing("array", "2"), "new");
    await rename(thing("table", "3"), "new");
    await rename(thing("file", "4"), "new");
    expect(sent.calls).toEqual([["ChangeFolder", { id: "1", name: "new", parent: "7" }], ["RenameArray", { id: "2", name: "new" }], ["RenameTable", { id: "3", name: "new" }], ["RenameFile", { id: "4", name: "new" }]]);
    expect([pathOf(thing("folder", "1")), pathOf(thing("file", "1")), keyOf(thing("file", "1"))]).toEqual(["/data/f/1", "/data/file/1", "file 1"]);
  });
});

const file = (name: string, path = ""): File => ({ name, webkitRelativePath: path }) as File;

describe("folders that are uploaded", () => {
  it("keep their tree", async () => {
    const placed = placedOf([file("a.tif", "plate/well/a.tif"), file("b.tif", "plate/b.tif"), file("c.txt"), file("d.tif", "plate/well/d.tif")]);
    const found = await gathered(placed, foldersBelow("5"));
    expect(sent.calls).toEqual([["EnsureFolder", { name: "plate", parent: "5" }], ["EnsureFolder", { name: "well", parent: "made 1" }]]);
    expect([...found].map(([folder, files]) => [folder, files.map((one) => one.name)])).toEqual([["made 2", ["a.tif", "d.tif"]], ["made 1", ["b.tif"]], ["5", ["c.txt"]]]);
  });
  it("are read to the end when they are dropped", async () => {
    const leaf = (name: string) => ({ isFile: true, name, file: (found: (one: File) => void) => found(file(name)) });
    const folder = (name: string, batches: unknown[][]) => ({ isFile: false, name, createReader: () => ({ readEntries: (found: (some: unknown[]) => void) => found(batches.shift() ?? []) }) });
    const entry = folder("plate", [[leaf("a"), leaf("b")], [leaf("c"), folder("well", [[leaf("d")]])]]);
    const items = [{ kind: "string" }, { kind: "file", webkitGetAsEntry: () => entry }, { kind: "file", webkitGetAsEntry: () => leaf("e") }];
    const placed = await droppedOf({ files: [], items } as unknown as DataTransfer);
    expect(placed.map((one) => [...one.path, one.file.name].join("/"))).toEqual(["plate/a", "plate/b", "plate/c", "plate/well/d", "e"]);
    expect(await droppedOf({ files: [file("x")], items: [] } as unknown as DataTransfer)).toEqual([{ file: file("x"), path: [] }]);
  });
});

describe("tables", () => {
  it("are shown in words", () => {
    expect([null, 3, 0.1 + 0.2, 12n, true, new Date(0), new Uint8Array(3), { a: [1n] }].map(cellText)).toEqual(["", "3", "0.3", "12", "true", "1970-01-01T00:00:00.000Z", "3 bytes", '{"a":["1"]}']);
  });
  it("that are empty in the store are refused by name", async () => {
    await expect(RemoteTable.open({ size: async () => 0, get: async () => new Response() })).rejects.toThrow("Empty");
  });
});
