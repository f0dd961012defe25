/** The tables of a query: their columns, and how many bytes it takes of each. */

import { bytes, count } from "../format";
import type { Loaded } from "../loaded";
import { datasetUrl } from "../place";
import { Loading, NotPublished, Unread } from "../states";
import { t } from "../texts/sql";
import { type Cost, NARROW_ABOVE } from "./cost";
import type { Mentioned } from "./mentioned";
import type { Table } from "./tables";

export type Costed = Mentioned & { readonly cost: Cost | null };

export function Tables({ mentioned, tables }: { mentioned: Loaded<unknown>; tables: readonly Costed[] }) {
  const sum = tables.reduce((total, { cost }) => total + (cost?.bytes ?? 0), 0);
  return (
    <section class="tables" aria-label={t.tables}>
      {mentioned.state === "loading" && <Loading />}
      {mentioned.state === "ready" && tables.length === 0 && <p class="quiet">{t.noTables}</p>}
      {tables.map((one) => (
        <Entry {...one} />
      ))}
      {tables.length > 1 && <p class="quiet">{t.total(bytes(sum))}</p>}
    </section>
  );
}

function Entry({ id, table, error, cost }: Costed) {
  return (
    <div class="panel">
      <p>
        <a href={datasetUrl(id)}>
          <code>{id}</code>
        </a>{" "}
        {cost && <span class={cost.how === "refused" ? "refused" : "quiet"}>{costText(cost)}</span>}
      </p>
      {error && <Unread error={error} />}
      {!error && !table && <NotPublished />}
      {table && <About table={table} />}
    </div>
  );
}

function About({ table }: { table: Table }) {
  return (
    <>
      {table.leftOut > 0 && <p class="quiet">{t.leftOut(count(table.files.length), count(table.leftOut))}</p>}
      <details>
        <summary>{t.columns(table.columns.length)}</summary>
        <ul class="columns-of">
          {table.columns.map(({ name, type }) => (
            <li>
              <code>{name}</code> <span class="quiet">{type}</span>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

function costText({ how, bytes: most }: Cost): string {
  if (how === "refused") return t.refused(bytes(most), bytes(NARROW_ABOVE));
  return how === "whole" ? t.whole(bytes(most)) : t.range(bytes(most));
}
