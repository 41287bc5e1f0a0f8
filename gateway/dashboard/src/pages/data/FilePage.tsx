import { Button, Code, Image, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData } from "~/api/hooks";
import { attempt, tellUndo } from "~/components/notify";
import { Page, Section } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { FileAccess, FilePage as FilePageDocument, type FilePageQuery } from "~/gen/mikro";
import { bytes, exact } from "~/lib/format";
import { useGo, useId } from "~/lib/nav";
import { EditAbout } from "./EditAbout";
import { restore, trash } from "./things";
import { saved } from "./save";
import { StoreObject } from "./s3";

type File = FilePageQuery["file"];

const PREVIEW_MOST = 10 * 1024 * 1024;
const TEXT_SHOWN = 64 * 1024;
const IMAGES = /\.(png|jpe?g|gif|webp|avif)$/i;
const TEXTS = /\.(txt|md|csv|tsv|json|ya?ml|xml|log|py|toml|ini)$/i;

async function open(file: File): Promise<StoreObject> {
  const { requestBigfileAccess } = await mutate("mikro", FileAccess, { input: { storeId: file.store.id } });
  return new StoreObject(requestBigfileAccess);
}

function Preview({ file }: { file: File }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<{ image?: string; text?: string; problem?: string }>({});
  const kind = IMAGES.test(file.name) ? "image" : TEXTS.test(file.name) ? "text" : null;
  const small = (file.size ?? 0) <= PREVIEW_MOST;
  useEffect(() => {
    if (!kind || (kind === "image" && !small)) return;
    let url: string | undefined;
    open(file)
      .then((object) => object.get(kind === "text" ? `bytes=0-${TEXT_SHOWN - 1}` : undefined))
      .then(async (answer) => {
        if (kind === "text") return setShown({ text: await answer.text() });
        url = URL.createObjectURL(await answer.blob());
        setShown({ image: url });
      })
      .catch((error: Error) => setShown({ problem: error.message }));
    return () => {
      if (url) URL.revokeObjectURL(url);
    };
  }, [file.id, kind, small]);
  if (shown.problem) return <Text size="sm" role="alert">{shown.problem}</Text>;
  if (shown.image) return <Image src={shown.image} alt={file.name} maw="100%" fit="contain" mah={600} />;
  if (shown.text !== undefined) return <Code block mah={600} style={{ overflow: "auto" }} tabIndex={0}>{shown.text}</Code>;
  return <Text size="sm" c="dimmed">{t("There is no preview of files of this kind. Download it to look at it.")}</Text>;
}

export default function FilePage() {
  const { t } = useTranslation();
  const id = useId();
  const go = useGo();
  const reading = useData("mikro", FilePageDocument, { id });
  const [busy, setBusy] = useState(false);
  const download = async (file: File): Promise<void> => {
    setBusy(true);
    await attempt(open(file).then((object) => saved(object, file.name)));
    setBusy(false);
  };
  const remove = async (): Promise<void> => {
    if (!(await attempt(trash({ kind: "file", id })))) return;
    go("/data");
    tellUndo(t("Moved {{count}} things to the trash.", { count: 1 }), () => restore({ kind: "file", id }));
  };
  const file = reading.data?.file;
  return (
    <Page
      title={file?.name ?? t("File")}
      about={file ? [file.size === null ? "" : bytes(file.size), file.contentType, exact(file.createdAt)].filter(Boolean).join(" · ") : null}
      actions={
        file ? (
          <>
            <Button loading={busy} onClick={() => void download(file)}>{t("Download")}</Button>
            <EditAbout thing={{ kind: "file", id, name: file.name, description: null }} onDone={reading.reload} />
            <Button variant="default" onClick={() => void remove()}>{t("Move to the trash")}</Button>
          </>
        ) : null
      }
    >
      <Panel service="mikro" reading={reading}>
        {(data) => <Stack><Section title={t("Preview")}><Preview file={data.file} /></Section></Stack>}
      </Panel>
    </Page>
  );
}
