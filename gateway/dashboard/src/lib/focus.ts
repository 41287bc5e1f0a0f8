import { useCallback, useEffect, useRef, useState } from "react";

/**
 * Give the focus back when a dialog that is mounted open goes away; what it returns leaves that out,
 * where one goes on to another page.
 */
export function useFocusBack(): () => void {
  // Before the dialog takes it.
  const [from] = useState(() => document.activeElement);
  const wanted = useRef(true);
  useEffect(
    () => () => {
      if (wanted.current && from instanceof HTMLElement && from.isConnected) from.focus({ preventScroll: true });
    },
    [from],
  );
  return useCallback(() => {
    wanted.current = false;
  }, []);
}
