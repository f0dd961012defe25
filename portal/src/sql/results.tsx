/** The rows of a result, and their download. */

import { count } from "../format";
import { locale } from "../i18n";
import { t } from "../texts/sql";
import { type Cell, toCsv } from "./csv";
import type { Result } from "./engine";

export function Results({ result, seconds }: { result: Result; seconds: number }) {
  const { columns, rows, more } = result;
  const numeric = columns.map((_, at) => rows.some((row) => isNumber(row[at])));
  return (
    <section>
      <h2>{t.result}</h2>
      <div class="actions">
        <p role="status">
          {rows.length === 0 ? t.nothing : t.rows(count(rows.length), seconds.toLocaleString(locale, { maximumFractionDigits: 2 }))}{" "}
          {more && t.capped(count(rows.length))}
        </p>
        <button type="button" class="button" onClick={() => download(toCsv(columns, rows))}>
          {t.csv}
        </button>
      </div>
      {rows.length > 0 && (
        <div class="scroll rows" role="region" aria-label={t.result} tabIndex={0}>
          <table>
            <thead>
              <tr>
                {columns.map((name, at) => (
                  <th scope="col" class={numeric[at] ? "number" : undefined}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr>
                  {row.map((cell, at) => (
                    <td class={numeric[at] ? "number" : undefined}>{shown(cell)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="quiet">{t.csvNote}</p>
    </section>
  );
}

function isNumber(cell: Cell | undefined): boolean {
  return typeof cell === "number" || typeof cell === "bigint";
}

function shown(cell: Cell) {
  return cell === null ? <span class="quiet">{t.empty}</span> : String(cell);
}

function download(csv: string): void {
  const url = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "query.csv";
  link.click();
  URL.revokeObjectURL(url);
}
