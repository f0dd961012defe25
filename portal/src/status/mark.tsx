/** A state as a shape, so that it is not told by colour alone: full, half and empty disc, and a dash. */

import { t } from "../texts/status";
import type { CellStatus } from "../types";

export function State({ state, children }: { state: CellStatus; children?: string | number }) {
  return (
    <span class={`mark ${state}`}>
      <svg viewBox="0 0 14 14" width="13" height="13" aria-hidden="true">
        {state === "not_applicable" ? <rect x="2" y="6.2" width="10" height="1.6" fill="currentColor" /> : <Disc state={state} />}
      </svg>
      {t.states[state]}
      {children !== undefined && <> {children}</>}
    </span>
  );
}

function Disc({ state }: { state: CellStatus }) {
  return (
    <>
      <circle cx="7" cy="7" r="5.4" fill={state === "complete" ? "currentColor" : "none"} stroke="currentColor" stroke-width="1.4" />
      {state === "partial" && <path d="M7 1.6a5.4 5.4 0 0 0 0 10.8z" fill="currentColor" />}
    </>
  );
}
