/** The heat map of coverage: a year of months per line (or a decade of years), with the numbers beside the shades. */

import { count, percent as share } from "../format";
import type { Coverage } from "../types";
import { Section } from "./Section";
import { type Cell, coverageLines, percent, shade } from "./coverage";
import { t } from "./texts";

export function CoverageMap({ coverage }: { coverage: Coverage | null }) {
  return (
    <Section id="coverage" title={t.coverage}>
      {coverage === null || coverage.cells.length === 0 ? <p class="state">{t.noCoverage}</p> : <HeatMap coverage={coverage} />}
    </Section>
  );
}

function HeatMap({ coverage }: { coverage: Coverage }) {
  const lines = coverageLines(coverage);
  const columns = coverage.by === "month" ? 12 : 10;
  const present = coverage.cells.reduce((sum, cell) => sum + cell.present, 0);
  const expected = coverage.cells.reduce((sum, cell) => sum + cell.expected, 0);
  const ratio = expected === 0 ? 1 : Math.floor((present / expected) * 1000) / 1000;
  return (
    <>
      <p>{t.coverageNow(count(present), count(expected), share(ratio))}</p>
      <div class="scroll" tabIndex={0} role="group" aria-labelledby="coverage-title">
        <table class="heat">
          <thead>
            <tr>
              <td />
              {Array.from({ length: columns }, (_, at) => (
                <th scope="col">{coverage.by === "month" ? at + 1 : at}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr>
                <th scope="row">{line.label}</th>
                {line.cells.map((cell) => (cell ? <Shade cell={cell} /> : <td />))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** A complete period is full and says no number; any other says how much of it is there. */
function Shade({ cell }: { cell: Cell }) {
  const level = shade(cell);
  return (
    <td class={`shade-${level}`} title={`${cell.period}: ${cell.present} / ${cell.expected}`}>
      {level === 4 ? <span class="unseen">{t.complete}</span> : `${percent(cell)}%`}
    </td>
  );
}
