/** What is searched for, kept in the address, so that the back button and a copied link work. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Wanted, searchFor, wantedIn } from "./address";

/** Typing on changes the newest entry of the history; everything else adds one. */
type Change = "typing" | "choosing";

export function useWanted(): [Wanted, (next: Partial<Wanted>, change: Change) => void] {
  const [wanted, setWanted] = useState(() => wantedIn(location.search));
  const last = useRef<Change>("choosing");

  useEffect(() => {
    const onBack = () => {
      last.current = "choosing";
      setWanted(wantedIn(location.search));
    };
    addEventListener("popstate", onBack);
    return () => removeEventListener("popstate", onBack);
  }, []);

  const want = (next: Partial<Wanted>, change: Change) => {
    const whole = { ...wanted, page: 1, ...next };
    const address = `${location.pathname}${searchFor(whole, location.search)}`;
    if (change === "typing" && last.current === "typing") history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    last.current = change;
    setWanted(whole);
  };
  return [wanted, want];
}
