import { describe, expect, it } from "vitest";
import { foundIn } from "./found";

const places = [{ to: "", title: "Home" }, { to: "/tasks", title: "Tasks" }];

describe("what is found by typing", () => {
  it("is every place at first", () => expect(foundIn("", places, undefined, undefined).map(({ to }) => to)).toEqual(["", "/tasks"]));
  it.each(["#12", "12", " 12 "])("is a task for %j", (typed) => expect(foundIn(typed, places, undefined, undefined)).toEqual([{ kind: "task", name: "#12", to: "/tasks/12" }]));
  it("is no task for what is no number", () => expect(foundIn("#x", places, undefined, undefined)).toEqual([]));
  it("comes from all services, places first", () => {
    const work = {
      actions: [{ id: "1", name: "Task maker", app: { identifier: "a" } }],
      agents: [{ id: "2", name: "bench", connected: true }],
      shortcuts: [{ id: "3", name: "night", action: { id: "1", name: "Task maker" } }],
    };
    const data = { folders: [{ id: "4", name: "f" }], files: [{ id: "5", name: "g" }], arrayDatasets: [{ id: "6", name: "h" }], tableDatasets: [{ id: "7", name: "i" }] };
    expect(foundIn("Task", places, work as never, data as never).map(({ to }) => to)).toEqual([
      "/tasks", "/actions/1", "/actions/1?preset=3", "/agents/2", "/data/f/4", "/data/array/6", "/data/file/5", "/data/table/7",
    ]);
  });
});
