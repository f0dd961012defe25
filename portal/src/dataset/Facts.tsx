/** What one wants to know first: how far the data go, whether they still come, how much there is, and the terms. */

import type { ComponentChildren } from "preact";
import { ago, bytes, count, day, instant } from "../format";
import { said } from "../i18n";
import { outcomeNames } from "../runs";
import { frequencyName } from "../texts/terms";
import type { DatasetDocument } from "../types";
import { WebLink } from "./Section";
import { t } from "./texts";

export function Facts({ page }: { page: DatasetDocument }) {
  const { entry, schedule } = page;
  const run = page.runs.at(-1);
  return (
    <dl class="facts">
      <Fact name={t.through} value={entry.max_date ? day(entry.max_date) : t.unknown} note={entry.min_date && t.since(day(entry.min_date))} />
      <Fact
        name={t.lastRun}
        value={run ? ago(run.started_at) : t.never}
        note={run && `${outcomeNames[run.outcome]} · ${instant(run.started_at)}`}
      />
      <NextExpected page={page} />
      <Fact name={t.rows} value={count(entry.row_count)} />
      <Fact name={t.size} value={bytes(entry.bytes)} />
      <Fact
        name={t.frequency}
        value={entry.frequency ? frequencyName(entry.frequency) : t.unknown}
        note={schedule && said(schedule.text, schedule.text_zh)}
      />
      <Fact name={t.licence} value={<WebLink href={licenceUrl(entry)}>{entry.license}</WebLink>} />
    </dl>
  );
}

function NextExpected({ page: { next_expected_at: next } }: { page: DatasetDocument }) {
  if (next === null) return <Fact name={t.nextExpected} value={t.noSchedule} />;
  const late = Date.parse(next) < Date.now();
  return <Fact name={t.nextExpected} value={late ? `△ ${t.overdue}, ${ago(next)}` : ago(next)} note={instant(next)} late={late} />;
}

function Fact({ name, value, note, late }: { name: string; value: ComponentChildren; note?: string | null; late?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={late ? "late" : undefined}>{value}</dd>
      {note && <dd class="quiet">{note}</dd>}
    </div>
  );
}

/** Where the terms stand: SPDX for one of its names, else the source itself. */
function licenceUrl({ license, homepage }: DatasetDocument["entry"]): string | null | undefined {
  return /^[A-Za-z0-9.+-]+$/.test(license) ? `https://spdx.org/licenses/${encodeURIComponent(license)}.html` : homepage;
}
