/** The ruled list of datasets, a page of it at a time. */

import { ago, bytes, count, instant } from "../format";
import { said } from "../i18n";
import { datasetUrl } from "../place";
import { RunStrip } from "../runs";
import { t } from "../texts/search";
import { assetClassName, frequencyName } from "../texts/terms";
import { type Wanted, searchFor } from "./address";
import { type Row, lastRuns, succeeded } from "./rows";

/** The last runs that the strip has room for. */
const RUNS = 14;

export function Results({ rows }: { rows: readonly Row[] }) {
  return (
    <ol class="results">
      {rows.map((row) => (
        <Result row={row} />
      ))}
    </ol>
  );
}

function Result({ row }: { row: Row }) {
  return (
    <li>
      <div class="what">
        <h2>
          <a href={datasetUrl(row.id)}>{said(row.title, row.title_zh)}</a>
          {row.verified && <span class="badge">✓ {t.verified}</span>}
          {row.sandbox && <span class="badge sandbox">{t.sandbox}</span>}
        </h2>
        <code>{row.id}</code>
        <ul class="facts">
          {row.asset_class && <li>{assetClassName(row.asset_class)}</li>}
          {row.frequency && <li>{frequencyName(row.frequency)}</li>}
          <li>{row.license}</li>
          <li>{t.rows(count(row.rows))}</li>
          <li>{bytes(row.bytes)}</li>
          {row.through && <li>{t.through(row.through)}</li>}
        </ul>
      </div>
      <div class="when">
        <Runs row={row} />
        <time dateTime={row.updated} title={instant(row.updated)}>
          {ago(row.updated)}
        </time>
      </div>
    </li>
  );
}

function Runs({ row }: { row: Row }) {
  const outcomes = lastRuns(row, RUNS);
  if (outcomes.length === 0) return <span>{t.noRuns}</span>;
  return <RunStrip outcomes={outcomes} label={t.runs(outcomes.length, outcomes.filter(succeeded).length)} />;
}

/** Links to the pages before and after; they are addresses, so that they open in a tab too. */
export function Pages({ wanted, pages, choose }: { wanted: Wanted; pages: number; choose: (page: number) => void }) {
  if (pages <= 1) return null;
  const link = (page: number, label: string, rel: string) =>
    page >= 1 &&
    page <= pages && (
      <a
        class="button"
        rel={rel}
        href={`${location.pathname}${searchFor({ ...wanted, page }, location.search)}`}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          choose(page);
        }}
      >
        {label}
      </a>
    );
  return (
    <nav class="pages" aria-label={t.pages}>
      {link(wanted.page - 1, t.previous, "prev")}
      <span class="quiet">{t.page(wanted.page, pages)}</span>
      {link(wanted.page + 1, t.next, "next")}
    </nav>
  );
}
