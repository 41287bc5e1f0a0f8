import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/_gateway/app/",
  plugins: [react()],
  build: {
    outDir: process.env["BAUHOF_DASHBOARD_OUT"] ?? "../gateway_server/dashboard",
    emptyOutDir: true,
    manifest: true,
    // Everything is fetched from a file: nothing inline, which the policy of the page would refuse.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  test: { environment: "node", css: false, include: ["src/**/*.test.ts", "src/**/*.test.tsx"], testTimeout: 20_000 },
});
