import { describe, expect, it } from "vitest";
import { jobState, jobTitle } from "./jobs";

const WELL = { isRunning: false, failedAt: null, waitingSince: null, startedAt: "2026-03-04T12:00:00Z" };

describe("jobs", () => {
  it("are named by their last word", () => {
    expect(jobTitle("fakts_server.jobs.sweep.sweep_expired")).toBe("Sweep expired");
    expect(jobTitle("sweep")).toBe("Sweep");
  });

  it.each([
    [{}, "well"],
    [{ startedAt: null }, "not yet run"],
    [{ waitingSince: "2026-03-04T12:00:00Z" }, "waiting"],
    [{ failedAt: "2026-03-04T12:00:00Z", waitingSince: "2026-03-04T12:00:00Z" }, "failed"],
    [{ failedAt: "2026-03-04T12:00:00Z", isRunning: true }, "running"],
  ])("with %j are told as %s", (more, word) => {
    expect(jobState({ ...WELL, ...more }).word).toBe(word);
  });
});
