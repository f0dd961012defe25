/** Something that a component loads: not there yet, there, or why not. */

import { useEffect, useState } from "preact/hooks";

export type Loaded<T> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "failed"; readonly error: Error };

/** Load again whenever one of `inputs` changes; the answer to an older question is dropped. */
export function useLoaded<T>(load: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  useEffect(() => {
    let wanted = true;
    const show = (next: Loaded<T>) => wanted && setLoaded(next);
    show({ state: "loading" });
    load().then(
      (value) => show({ state: "ready", value }),
      (error: Error) => show({ state: "failed", error }),
    );
    return () => {
      wanted = false;
    };
  }, inputs);
  return loaded;
}
