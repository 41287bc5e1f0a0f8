import { Checkbox } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Table.module.css";

export interface Column<R> {
  key: string;
  title: string;
  /** A track of the grid: `8rem`, `minmax(10rem, 2fr)`. */
  width: string;
  cell: (row: R) => ReactNode;
  align?: "end";
}

interface TableProps<R> {
  label: string;
  rows: readonly R[];
  columns: readonly Column<R>[];
  rowKey: (row: R) => string;
  /** The same row on a phone, in two lines. */
  card: (row: R) => ReactNode;
  onOpen?: (row: R) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (keys: ReadonlySet<string>) => void;
  dimmed?: (row: R) => boolean;
  onKey?: (key: string, row: R) => boolean;
}

const ROW = 36;
const CARD = 68;
const VIRTUAL_FROM = 60;

interface RowProps<R> {
  row: R;
  id: string;
  index: number;
  columns: readonly Column<R>[];
  card: ((row: R) => ReactNode) | null;
  tracks: string;
  active: boolean;
  picked: boolean | undefined;
  faint: boolean;
  top: number | undefined;
  clickable: boolean;
  onPick: (id: string, on: boolean) => void;
  onOpen: (row: R, index: number) => void;
}

function RowView<R>({ row, id, index, columns, card, tracks, active, picked, faint, top, clickable, onPick, onOpen }: RowProps<R>) {
  const { t } = useTranslation();
  const style = {
    ...(top === undefined ? {} : { position: "absolute" as const, top: 0, left: 0, right: 0, transform: `translateY(${top}px)` }),
    height: card ? CARD : ROW,
    ...(card ? {} : { gridTemplateColumns: tracks }),
  };
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={picked ?? undefined}
      data-index={index}
      data-key={id}
      data-active={active || undefined}
      data-faint={faint || undefined}
      data-clickable={clickable || undefined}
      className={card ? classes.card : classes.row}
      style={style}
      onClick={() => onOpen(row, index)}
    >
      {picked === undefined || card ? null : (
        <div role="cell" className={classes.cell} onClick={(event) => event.stopPropagation()}>
          <Checkbox size="xs" tabIndex={-1} aria-label={t("Select")} checked={picked} onChange={(event) => onPick(id, event.currentTarget.checked)} />
        </div>
      )}
      {card ? (
        <div role="cell" className={classes.cardBody}>{card(row)}</div>
      ) : (
        columns.map((column) => (
          <div role="cell" key={column.key} className={classes.cell} data-align={column.align}>
            {column.cell(row)}
          </div>
        ))
      )}
    </div>
  );
}

const MemoRow = memo(RowView) as typeof RowView;

/**
 * A list of rows: only those in sight are in the page, however many there are. One tab stop; the
 * arrow keys or j and k move, Enter opens, x selects.
 */
export function Table<R>({ label, rows, columns, rowKey, card, onOpen, selected, onSelect, dimmed, onKey }: TableProps<R>) {
  const { t } = useTranslation();
  const phone = useMediaQuery("(max-width: 47.99em)") ?? false;
  const frame = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [room, setRoom] = useState(480);
  const height = phone ? CARD : ROW;
  const virtual = rows.length >= VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: virtual ? rows.length : 0,
    getScrollElement: () => frame.current,
    estimateSize: () => height,
    overscan: 8,
    getItemKey: (index) => (rows[index] ? rowKey(rows[index]) : index),
  });
  useLayoutEffect(() => {
    const measure = (): void => {
      const top = frame.current?.getBoundingClientRect().top ?? 0;
      setRoom(Math.max(320, window.innerHeight - Math.max(top, 0) - (phone ? 80 : 24)));
    };
    measure();
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, [phone]);

  const picks = useRef(selected);
  picks.current = selected;
  const pick = useCallback(
    (id: string, on: boolean) => {
      const next = new Set(picks.current);
      if (on) next.add(id);
      else next.delete(id);
      onSelect?.(next);
    },
    [onSelect],
  );
  const opener = useRef(onOpen);
  opener.current = onOpen;
  const open = useCallback((row: R, index: number) => {
    setActive(index);
    opener.current?.(row);
  }, []);

  const go = (index: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setActive(next);
    if (virtual) virtualizer.scrollToIndex(next);
    else frame.current?.querySelector(`[data-index="${next}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const row = rows[active];
    if (event.key === "ArrowDown" || event.key === "j") go(active + 1);
    else if (event.key === "ArrowUp" || event.key === "k") go(active - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(rows.length - 1);
    else if (row && event.key === "Enter") onOpen?.(row);
    else if (row && event.key === "x" && selected) pick(rowKey(row), !selected.has(rowKey(row)));
    else if (!(row && onKey?.(event.key, row))) return;
    event.preventDefault();
    event.stopPropagation();
  };

  const tracks = [...(selected ? ["2rem"] : []), ...columns.map((column) => column.width)].join(" ");
  const view = (row: R, index: number, top: number | undefined): ReactNode => {
    const id = rowKey(row);
    return (
      <MemoRow
        key={id}
        row={row}
        id={id}
        index={index}
        columns={columns}
        card={phone ? card : null}
        tracks={tracks}
        active={index === active}
        picked={selected ? selected.has(id) : undefined}
        faint={dimmed?.(row) ?? false}
        top={top}
        clickable={onOpen !== undefined}
        onPick={pick}
        onOpen={open}
      />
    );
  };
  return (
    <div
      ref={frame}
      role="table"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      className={classes.frame}
      style={virtual ? { height: room, overflow: "auto" } : undefined}
      onKeyDown={onKeyDown}
    >
      {phone ? null : (
        <div role="row" aria-rowindex={1} className={classes.head} style={{ gridTemplateColumns: tracks }}>
          {selected ? <div role="columnheader" className={classes.cell}><span className={classes.hidden}>{t("Select")}</span></div> : null}
          {columns.map((column) => (
            <div role="columnheader" key={column.key} className={classes.cell} data-align={column.align}>
              {t(column.title)}
            </div>
          ))}
        </div>
      )}
      {virtual ? (
        <div role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : view(row, item.index, item.start);
          })}
        </div>
      ) : (
        <div role="rowgroup">{rows.map((row, index) => view(row, index, undefined))}</div>
      )}
    </div>
  );
}
