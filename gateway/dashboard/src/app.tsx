import "./mantine.css";
import "@mantine/notifications/styles.css";
import "./styles.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { setNonce } from "get-nonce";
import { watchHealth } from "./api/health";
import { ConfirmHost } from "./components/Confirm";
import { startTexts } from "./i18n";
import { router } from "./router";
import { Insecure } from "./shell/Insecure";
import { cssVariables, theme } from "./theme";

const nonce = (): string => document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";

// A page that outlived its files on the server asks for one that is gone: read all anew, once.
const RELOADED = "bauhof-reloaded";
window.addEventListener("vite:preloadError", (event) => {
  if (sessionStorage.getItem(RELOADED) !== null) return;
  sessionStorage.setItem(RELOADED, "1");
  event.preventDefault();
  location.reload();
});

export async function start(): Promise<void> {
  // Dialogs lock the scrolling of the page by a style element of their own.
  setNonce(nonce());
  await startTexts();
  const secure = globalThis.isSecureContext && globalThis.crypto?.subtle !== undefined;
  if (secure) watchHealth();
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={nonce}>
        <Notifications position="bottom-right" limit={4} />
        <ConfirmHost />
        {secure ? <RouterProvider router={router} /> : <Insecure />}
      </MantineProvider>
    </StrictMode>,
  );
  window.setTimeout(() => sessionStorage.removeItem(RELOADED), 10_000);
}
