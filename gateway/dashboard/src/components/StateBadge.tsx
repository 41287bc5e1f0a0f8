import {
  IconArrowRight, IconBan, IconCheck, IconCircleOff, IconClock, IconHandStop, IconHourglass, IconLoader2,
  IconPlayerPause, IconPlugConnectedX, IconQuestionMark, IconX, type Icon,
} from "@tabler/icons-react";
import { memo } from "react";
import { stateOf, wordOf, type TaskState } from "~/lib/taskstate";
import classes from "./StateBadge.module.css";

const ICONS: Record<TaskState, Icon> = {
  queued: IconClock,
  sent: IconArrowRight,
  running: IconLoader2,
  paused: IconPlayerPause,
  held: IconHandStop,
  stopping: IconHourglass,
  done: IconCheck,
  failed: IconX,
  denied: IconBan,
  lost: IconPlugConnectedX,
  cancelled: IconCircleOff,
  unknown: IconQuestionMark,
};

interface BadgeProps {
  state: TaskState;
  word: string;
}

/** A state by icon and word, never by colour alone. */
export const Badge = memo(function Badge({ state, word }: BadgeProps) {
  const Shape = ICONS[state];
  return (
    <span
      className={classes.badge}
      data-state={state}
      style={{ color: `var(--bh-state-${state}-fg)`, background: `var(--bh-state-${state}-bg)` }}
    >
      <Shape size={14} aria-hidden className={state === "running" ? "bh-spin" : undefined} />
      {word}
    </span>
  );
});

export function StateBadge({ kind }: { kind: string }) {
  return <Badge state={stateOf(kind)} word={wordOf(kind)} />;
}

export function OnlineBadge({ online, blocked }: { online: boolean; blocked?: boolean }) {
  if (blocked) return <Badge state="denied" word="blocked" />;
  return online ? <Badge state="done" word="online" /> : <Badge state="cancelled" word="away" />;
}
