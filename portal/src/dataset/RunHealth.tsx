/** How the last runs went, and why the last failure failed. */

import { instant, percent } from "../format";
import { RunStrip, outcomeNames } from "../runs";
import type { Run } from "../types";
import { Section, WebLink } from "./Section";
import { t } from "./texts";

const succeeded = (run: Run) => run.category === null;

export function RunHealth({ runs }: { runs: readonly Run[] }) {
  if (runs.length === 0) {
    return (
      <Section id="health" title={t.health} panel>
        <p class="quiet">{t.noRuns}</p>
      </Section>
    );
  }
  const rate = t.successRate(percent(runs.filter(succeeded).length / runs.length), runs.length);
  const failure = runs.findLast((run) => !succeeded(run));
  return (
    <Section id="health" title={t.health} panel>
      <p>{rate}</p>
      <RunStrip outcomes={runs.map((run) => run.outcome)} label={rate} />
      <details>
        <summary>{t.asTable}</summary>
        <RunTable runs={runs} />
      </details>
      {failure ? <LastFailure run={failure} /> : <p class="quiet">{t.noFailure}</p>}
    </Section>
  );
}

function LastFailure({ run }: { run: Run }) {
  return (
    <div class={`failure ${run.outcome}`}>
      <p>
        <strong>{t.lastFailure}</strong> · {instant(run.started_at)} · {outcomeNames[run.outcome]}, {category(run)}
      </p>
      <p>{run.summary}</p>
      {run.link && (
        <p>
          <WebLink href={run.link}>{t.openRun} ↗</WebLink>
        </p>
      )}
    </div>
  );
}

function RunTable({ runs }: { runs: readonly Run[] }) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t.health}>
      <table class="small">
        <thead>
          <tr>
            <th scope="col">{t.started}</th>
            <th scope="col">{t.outcome}</th>
            <th scope="col" class="number">
              {t.took}
            </th>
            <th scope="col">{t.why}</th>
          </tr>
        </thead>
        <tbody>
          {runs.toReversed().map((run) => (
            <tr>
              <td class="nowrap">
                <WebLink href={run.link}>{instant(run.started_at)}</WebLink>
              </td>
              <td>
                {outcomeNames[run.outcome]}
                {run.category && ` (${category(run)})`}
              </td>
              <td class="number">{run.seconds.toFixed(1)} s</td>
              <td>{run.summary}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function category(run: Run): string {
  return run.category === null ? "" : (t.categories[run.category] ?? run.category);
}
