/** The evidence of one cell: its counts and ratios, how they were before, and why instruments have their state. */

import { useEffect, useRef } from "preact/hooks";
import { count, percent } from "../format";
import { said } from "../i18n";
import { datasetUrl } from "../place";
import { t } from "../texts/status";
import type { Explain, Requirement, StatusCell } from "../types";
import { Command } from "./command";
import { State } from "./mark";
import { type Day, type Module, ratios, STATES } from "./matrix";

interface Props {
  readonly module: Module;
  readonly cell: StatusCell;
  readonly history: readonly Day[];
  readonly close: () => void;
}

export function Details({ module, cell, history, close }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [cell]);
  return (
    <section class="panel details" aria-labelledby="cell">
      <div class="above">
        <h2 id="cell" ref={heading} tabIndex={-1}>
          {said(module.title, module.title_zh)} · {t.classes[cell.asset_class] ?? cell.asset_class} <State state={cell.status} />
        </h2>
        <button type="button" class="button" onClick={close}>
          {t.close}
        </button>
      </div>
      <dl class="sums">
        {STATES.map((state) => (
          <div>
            <dt>{t.states[state]}</dt>
            <dd>{count(cell[state])}</dd>
          </div>
        ))}
        <Ratio name={t.completeRatio} ratio={cell.complete_ratio} />
        <Ratio name={t.usableRatio} ratio={cell.usable_ratio} />
      </dl>
      <h3>{t.history}</h3>
      <History days={ratios(history, cell.asset_class, module.module)} />
      <h3>{t.explained}</h3>
      <p class="quiet">{cell.explain.length === 0 ? t.noExplanation : t.someExplained(cell.explain.length)}</p>
      <ul class="explained">
        {cell.explain.map((one) => (
          <Explained explain={one} />
        ))}
      </ul>
    </section>
  );
}

function Ratio({ name, ratio }: { name: string; ratio: number | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{ratio === null ? "–" : percent(ratio)}</dd>
    </div>
  );
}

function History({ days }: { days: { as_of: string; ratio: number }[] }) {
  if (days.length === 0) return <p class="quiet">{t.noHistory}</p>;
  return (
    <div class="scroll" role="region" aria-label={t.history} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.day}</th>
            {days.map(({ as_of }) => (
              <th scope="col" class="number">
                {as_of}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t.ratio}</th>
            {days.map(({ ratio }) => (
              <td class="number">{percent(ratio)}</td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function Explained({ explain }: { explain: Explain }) {
  const { reason_code: reason, source_run_id: run, suggested_backfill: backfill } = explain;
  return (
    <li>
      <p>
        <strong>{explain.symbol}</strong> <State state={explain.status} /> {reason && (t.reasons[reason] ?? reason)}{" "}
        <span class="quiet">
          {t.rule} <code>{explain.rule_id}</code>
          {run && (
            <>
              {" "}
              · {t.run} <code>{run}</code>
            </>
          )}
        </span>
      </p>
      <Needs name={t.required} needs={explain.required} />
      <Needs name={t.optionalNeeds} needs={explain.optional} />
      {backfill && <Command command={backfill} />}
    </li>
  );
}

function Needs({ name, needs }: { name: string; needs: readonly Requirement[] }) {
  if (needs.length === 0) return null;
  return (
    <p class="needs">
      <span class="quiet">{name}:</span>
      {needs.map((need) => (
        <span>
          <span aria-hidden="true">{need.present ? "✓" : "✗"}</span> {need.present ? t.present : t.absent}{" "}
          <a href={datasetUrl(need.dataset)}>
            <code>{need.dataset}</code>
          </a>{" "}
          <code>{need.key}</code>
          {need.last_date && <span class="quiet"> {t.lastDate(need.last_date, need.age_days)}</span>}
        </span>
      ))}
    </p>
  );
}
