import { Button, FileButton, Group, Image, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFile, IconFolder, IconPhoto, IconSearch, IconTable, type Icon } from "@tabler/icons-react";
import { useMemo, useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { mutate } from "~/api/client";
import { useData, useFeed, type Reading } from "~/api/hooks";
import { OrgLink } from "~/components/Link";
import { confirm } from "~/components/Confirm";
import { attempt, tellProblem } from "~/components/notify";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { When } from "~/components/When";
import { CreateFolder, DataList, FileChanges, FolderPage, type FolderPageQuery } from "~/gen/mikro";
import { useFilters, useGo, useId } from "~/lib/nav";
import { Chosen } from "./Chosen";
import { droppedOf, foldersBelow, gathered, placedOf, type Placed } from "./dropped";
import { useThumbnail } from "./picture";
import { keyOf, pathOf, thingsOf, WORDS, type Kind, type Thing } from "./things";
import { Uploads } from "./Uploads";
import { progress, start, upload } from "./uploads";
import classes from "./DataPage.module.css";

const ICONS: Record<Kind, Icon> = { folder: IconFolder, array: IconPhoto, table: IconTable, file: IconFile };
function Mark({ thing, size }: { thing: Thing; size: number }) {
  const picture = useThumbnail(thing.kind === "array" ? thing.id : null);
  const Shape = ICONS[thing.kind];
  return picture ? <Image src={picture} w={size} h={size} fit="contain" radius="sm" alt="" /> : <Shape size={size > 40 ? 40 : 20} aria-hidden />;
}

const columns: Column<Thing>[] = [
  { key: "mark", title: "", width: "2rem", cell: (thing) => <Mark thing={thing} size={28} /> },
  { key: "name", title: "Name", width: "minmax(12rem, 3fr)", cell: (thing) => thing.name },
  { key: "kind", title: "Kind", width: "6rem", cell: (thing) => WORDS[thing.kind] },
  { key: "detail", title: "Size", width: "minmax(8rem, 1.5fr)", cell: (thing) => thing.detail },
  { key: "created", title: "Created", width: "9rem", cell: (thing) => <When at={thing.createdAt} /> },
];

const NONE: ReadonlySet<string> = new Set();

export default function DataPage() {
  const { t } = useTranslation();
  const folder = useId("folder") || null;
  const here = useData("mikro", FolderPage, { id: folder ?? "0" }, { pause: !folder });
  if (folder && here.data === undefined) {
    return <Page title={t("Folder")} about={<OrgLink to="/data">{t("Data")}</OrgLink>}><Panel service="mikro" reading={here} rows={8}>{() => null}</Panel></Page>;
  }
  return <Things key={folder} folder={folder} here={here} />;
}

function Things({ folder, here }: { folder: string | null; here: Reading<FolderPageQuery> }) {
  const { t } = useTranslation();
  const go = useGo();
  const [search, change] = useFilters();
  const [typed, setTyped] = useState(search["q"] ?? "");
  const later = useDebouncedCallback((q: string) => change({ q }), 250);
  const q = search["q"] ?? null;
  const inside = { ...(folder ? { folder } : {}), ...(q ? { search: q } : {}) };
  const reading = useData("mikro", DataList, {
    folders: { ...(q ? { search: q } : folder ? { parent: folder } : { parentless: true }) },
    files: inside,
    arrays: inside,
    tables: inside,
    limit: 300,
  }, { poll: 15_000 });
  useFeed("mikro", FileChanges, { folder }, reading.reload, reading.reload);
  const [selected, setSelected] = useState<ReadonlySet<string>>(NONE);
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState("");
  const [over, setOver] = useState(false);
  const things = useMemo(() => (reading.data ? thingsOf(reading.data) : []), [reading.data]);
  const chosen = things.filter((thing) => selected.has(keyOf(thing)));

  const send = async (placed: readonly Placed[]): Promise<void> => {
    const volumes = await import("./volumes");
    const { zarrs, tiffs, rest } = volumes.sorted(placed);
    const asImages = tiffs.length > 0 && (await confirm({ title: t("Make images of {{count}} TIFF files?", { count: tiffs.length }), body: t("Images can be looked at here plane by plane, and apps can work on them. Files are kept as they are."), deed: t("Make images"), keep: t("Keep them as files") }));
    const folderOf = foldersBelow(folder);
    const found = await attempt(gathered(asImages ? rest : [...rest, ...tiffs], folderOf));
    if (!found) return;
    reading.reload();
    for (const one of [...zarrs, ...(asImages ? tiffs.map(volumes.volumeOfTiff) : [])]) {
      await start(one.name, one.size, async (id, signal) => `/data/array/${await volumes.store(one, await folderOf(one.path), signal, (sent) => progress(id, sent))}`);
      reading.reload();
    }
    for (const [into, files] of found) await upload(files, into);
    reading.reload();
  };
  const make = async (): Promise<void> => {
    if (!name.trim()) return;
    if (await attempt(mutate("mikro", CreateFolder, { input: { name: name.trim(), parent: folder } }))) {
      setNaming(false);
      setName("");
      reading.reload();
    }
  };
  const parents = [];
  for (let one = here.data?.folder.parent as { id: string; name: string; parent?: unknown } | null | undefined; one; one = one.parent as typeof one) parents.unshift(one);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void droppedOf(event.dataTransfer).then(send).catch(tellProblem);
  };
  return (
    <div
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes("Files")) {
          event.preventDefault();
          setOver(true);
        }
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={over ? classes.over : undefined}
    >
      <Page
        title={folder ? (here.data?.folder.name ?? t("Folder")) : t("Data")}
        about={
          folder ? (
            <Group gap={6} component="nav" aria-label={t("Path")}>
              <OrgLink to="/data">{t("Data")}</OrgLink>
              {parents.map((one) => <span key={one.id}>/ <OrgLink to={`/data/f/${one.id}`}>{one.name}</OrgLink></span>)}
            </Group>
          ) : (
            t("Images, tables and files of this organization.")
          )
        }
        actions={
          <>
            <FileButton multiple onChange={(files) => void send(placedOf(files))}>{(props) => <Button {...props}>{t("Upload")}</Button>}</FileButton>
            <FileButton multiple onChange={(files) => void send(placedOf(files))} inputProps={{ webkitdirectory: "" } as object}>{(props) => <Button variant="default" {...props}>{t("Upload a folder")}</Button>}</FileButton>
            <Button variant="default" onClick={() => setNaming(true)}>{t("New folder")}</Button>
            <Button variant="default" onClick={() => go("/data/trash")}>{t("Trash")}</Button>
            <Button variant="default" onClick={() => go("/data/storage")}>{t("Storage")}</Button>
          </>
        }
      >
        <Group gap="sm" align="flex-end" justify="space-between">
          <TextInput
            id="filter"
            label={t("Search")}
            leftSection={<IconSearch size={16} aria-hidden />}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              later(event.currentTarget.value);
            }}
          />
          <SegmentedControl aria-label={t("View")} value={search["view"] ?? "list"} onChange={(view) => change({ view: view === "list" ? undefined : view })} data={[{ value: "list", label: t("List") }, { value: "grid", label: t("Grid") }]} />
        </Group>
        <Uploads />
        <Chosen things={chosen} onDone={reading.reload} onNone={() => setSelected(NONE)} />
        <Panel service="mikro" reading={reading} rows={8}>
          {() => {
            if (things.length === 0 && q) return <Empty title={t("Nothing has this name.")} action={<Button variant="default" onClick={() => { setTyped(""); change({ q: undefined }); }}>{t("Clear filters")}</Button>} />;
            if (things.length === 0) return <Empty title={folder ? t("This folder is empty.") : t("There is no data yet.")}>{t("Drop files here, press Upload, or run an action that makes some.")}</Empty>;
            if (search["view"] === "grid") {
              return (
                <div className={classes.grid}>
                  {things.map((thing) => (
                    <a key={keyOf(thing)} href={pathOf(thing)} className={classes.tile} onClick={(event) => { event.preventDefault(); go(pathOf(thing)); }}>
                      <span className={classes.picture}><Mark thing={thing} size={120} /></span>
                      <Text size="sm" className="bh-ellipsis" title={thing.name}>{thing.name}</Text>
                      <Text size="xs" c="dimmed" className="bh-ellipsis">{thing.detail || WORDS[thing.kind]}</Text>
                    </a>
                  ))}
                </div>
              );
            }
            return (
              <Table
                label={t("Data")}
                rows={things}
                columns={columns}
                rowKey={keyOf}
                onOpen={(thing) => go(pathOf(thing))}
                selected={selected}
                onSelect={setSelected}
                card={(thing) => (
                  <Group wrap="nowrap" gap="sm">
                    <Mark thing={thing} size={44} />
                    <div style={{ minWidth: 0 }}>
                      <Text size="sm" fw={500} className="bh-ellipsis">{thing.name}</Text>
                      <Text size="xs" c="dimmed" className="bh-ellipsis">{thing.detail || WORDS[thing.kind]}</Text>
                    </div>
                  </Group>
                )}
              />
            );
          }}
        </Panel>
      </Page>
      <Modal opened={naming} onClose={() => setNaming(false)} title={t("New folder")} closeButtonProps={{ "aria-label": t("Close") }}>
        <form onSubmit={(event) => { event.preventDefault(); void make(); }}>
          <Stack>
            <TextInput data-autofocus label={t("Name")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Button type="submit" disabled={!name.trim()}>{t("Make the folder")}</Button>
          </Stack>
        </form>
      </Modal>
    </div>
  );
}
