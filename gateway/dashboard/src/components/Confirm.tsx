import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { createStore, useStore } from "~/lib/store";

export interface Question {
  title: string;
  /** What will be lost, whose, and what stays. */
  body?: ReactNode;
  /** The button names the deed. */
  deed: string;
  keep?: string;
  danger?: boolean;
  /** What has to be typed before something that cannot be undone. */
  type?: string;
}

interface Asked {
  question: Question;
  answer: (yes: boolean) => void;
}

const asked = createStore<Asked | null>(null);

/** Ask before something is lost; resolves to whether it may go on. */
export function confirm(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    asked.get()?.answer(false);
    asked.set({
      question,
      answer: (yes) => {
        asked.set(null);
        resolve(yes);
      },
    });
  });
}

export function ConfirmHost() {
  const { t } = useTranslation();
  const now = useStore(asked);
  const [typed, setTyped] = useState("");
  useEffect(() => setTyped(""), [now]);
  const question = now?.question;
  return (
    <Modal opened={now !== null} onClose={() => now?.answer(false)} title={question?.title} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack>
        {question?.body ? <Text size="sm" component="div">{question.body}</Text> : null}
        {question?.type ? (
          <TextInput data-autofocus label={t("Type {{word}} to go on", { word: question.type })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => now?.answer(false)}>{question?.keep ?? t("Keep")}</Button>
          <Button
            {...(question?.danger ? { color: "red" } : {})}
            disabled={question?.type !== undefined && typed !== question.type}
            onClick={() => now?.answer(true)}
          >
            {question?.deed}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
