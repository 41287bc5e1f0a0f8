import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { Problem } from "~/api/client";

const UNDO_MS = 10_000;

export function tell(message: string): void {
  notifications.show({ message });
}

export function tellProblem(error: unknown): void {
  const problem = error instanceof Problem ? error : null;
  notifications.show({
    title: i18next.t("This could not be done"),
    message: problem?.message ?? (error instanceof Error ? error.message : String(error)),
    color: "red",
    autoClose: 8000,
  });
}

/** Tell what was done, and offer to take it back for ten seconds. */
export function tellUndo(message: string, undo: () => Promise<unknown>): void {
  const id = `undo-${Date.now()}-${Math.random()}`;
  notifications.show({
    id,
    autoClose: UNDO_MS,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo().catch(tellProblem);
          }}
        >
          {i18next.t("Undo")}
        </Button>
      </Group>
    ),
  });
}

/** Run something a person asked for; a refusal is told, never lost. */
export async function attempt<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    tellProblem(error);
    return undefined;
  }
}
