import { memo, useEffect, useState } from "react";
import { exact, relative } from "~/lib/format";

/** A moment, relative, with the exact one on hover; it grows old by itself. */
export const When = memo(function When({ at }: { at: string | null | undefined }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) tick((n) => n + 1);
    }, 20_000);
    return () => clearInterval(timer);
  }, []);
  if (!at) return null;
  return (
    <time dateTime={at} title={exact(at)} className="bh-num">
      {relative(at)}
    </time>
  );
});
