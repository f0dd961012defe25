/** The facets as groups of boxes, each value with how many datasets it would leave. */

import { useId, useState } from "preact/hooks";
import { count } from "../format";
import { t } from "../texts/search";
import { assetClassName, frequencyName } from "../texts/terms";
import type { Wanted } from "./address";
import type { Counts } from "./catalogue";
import { type Chosen, FACETS, type Facet, type Health, RECENCIES } from "./facets";

/** Values that a facet shows before it is opened. */
const SHOWN = 8;

interface Props {
  readonly wanted: Wanted;
  readonly counts: Counts;
  readonly choose: (chosen: Chosen) => void;
}

export function Facets({ wanted: { chosen }, counts, choose }: Props) {
  const [open, setOpen] = useState(false);
  const body = useId();
  const set = FACETS.filter((facet) => chosen[facet]?.length).length;
  const change = (facet: Facet) => (values: readonly string[]) => choose({ ...chosen, [facet]: values });
  return (
    <aside class="facets" aria-label={t.filters}>
      <button type="button" class="button" aria-expanded={open} aria-controls={body} onClick={() => setOpen(!open)}>
        {set > 0 ? t.filtersSet(set) : t.filters}
      </button>
      <div id={body} class={open ? "open" : undefined}>
        <Updated chosen={chosen.updated?.[0] ?? ""} counts={counts.updated} change={change("updated")} />
        {FACETS.filter((facet) => facet !== "updated").map((facet) => (
          <Values key={facet} facet={facet} chosen={chosen[facet] ?? []} counts={counts[facet]} change={change(facet)} />
        ))}
      </div>
    </aside>
  );
}

interface FacetProps<T> {
  readonly chosen: T;
  readonly counts: ReadonlyMap<string, number>;
  readonly change: (values: readonly string[]) => void;
}

function Updated({ chosen, counts, change }: FacetProps<string>) {
  return (
    <fieldset>
      <legend>{t.facets.updated}</legend>
      {(["", ...RECENCIES] as const).map((recency) => (
        <label key={recency}>
          <input type="radio" name="updated" checked={chosen === recency} onChange={() => change(recency ? [recency] : [])} />
          <span>{t.updated[recency]}</span>
          {recency && <Count of={counts.get(recency) ?? 0} />}
        </label>
      ))}
    </fieldset>
  );
}

function Values({ facet, chosen, counts, change }: FacetProps<readonly string[]> & { readonly facet: Facet }) {
  const [all, setAll] = useState(false);
  // What is chosen stays in sight even when it leaves nothing.
  const values = [...counts.keys(), ...chosen.filter((value) => !counts.has(value))];
  if (values.length === 0) return null;
  const shown = values.filter((value, at) => all || at < SHOWN || chosen.includes(value));
  return (
    <fieldset>
      <legend>{t.facets[facet]}</legend>
      {shown.map((value) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={(event) => change(event.currentTarget.checked ? [...chosen, value] : chosen.filter((other) => other !== value))}
          />
          <span>{name(facet, value)}</span>
          <Count of={counts.get(value) ?? 0} />
        </label>
      ))}
      {values.length > SHOWN && (
        <button type="button" class="more" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t.fewer : t.all(values.length)}
        </button>
      )}
    </fieldset>
  );
}

function Count({ of }: { of: number }) {
  return <span class="quiet">{count(of)}</span>;
}

function name(facet: Facet, value: string): string {
  if (facet === "class") return assetClassName(value);
  if (facet === "frequency") return frequencyName(value);
  if (facet === "health") return t.health[value as Health] ?? value;
  return value;
}
