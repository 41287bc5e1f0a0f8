import { memo, useEffect, useRef, useState } from "react";
import classes from "./JsonTree.module.css";

const SHOWN_MOST = 200;

function Leaf({ value }: { value: unknown }) {
  const [flash, setFlash] = useState(false);
  const before = useRef(value);
  useEffect(() => {
    if (Object.is(before.current, value)) return;
    before.current = value;
    setFlash(true);
    const timer = setTimeout(() => setFlash(false), 1200);
    return () => clearTimeout(timer);
  }, [value]);
  return <span className={flash ? "bh-flash" : undefined}>{typeof value === "string" ? value : JSON.stringify(value)}</span>;
}

/** A value as a tree; a leaf that changes shows it once. */
export const JsonTree = memo(function JsonTree({ value, name }: { value: unknown; name?: string }) {
  const label = name === undefined ? null : <span className={classes.key}>{name}</span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div className={classes.leaf}>
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  const entries = Object.entries(value);
  return (
    <div className={classes.branch}>
      {label}
      {entries.length === 0 ? <span className={classes.leaf}>{Array.isArray(value) ? "[]" : "{}"}</span> : null}
      <div className={label ? classes.inside : undefined}>
        {entries.slice(0, SHOWN_MOST).map(([key, item]) => (
          <JsonTree key={key} name={key} value={item} />
        ))}
        {entries.length > SHOWN_MOST ? <div className={classes.leaf}>… {entries.length - SHOWN_MOST} more</div> : null}
      </div>
    </div>
  );
});
