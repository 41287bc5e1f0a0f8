import { userManager } from "./session";

/** Hand the provider's answer to the page around this frame. */
export async function answer(): Promise<void> {
  await userManager().signinSilentCallback();
}
