/** The status page: modules by asset classes, the evidence of the cell that is open, and the rollout. */

import { useState } from "preact/hooks";
import { instant, percent } from "../format";
import { said } from "../i18n";
import { useLoaded } from "../loaded";
import { Broken, Loading, NotPublished } from "../states";
import { readJson, StoreError } from "../store";
import { t } from "../texts/status";
import type { StatusCell, StatusDocument } from "../types";
import { Details } from "./details";
import { State } from "./mark";
import { assetClasses, type Module, STATES, tally } from "./matrix";
import { Rollout } from "./rollout";
import "./status.css";

export function StatusPage() {
  const status = useLoaded(() => readJson<StatusDocument>("portal/status.json"), []);
  return (
    <>
      <h1>{t.title}</h1>
      <p class="quiet">{t.lead}</p>
      {status.state === "loading" && <Loading />}
      {status.state === "failed" && <Failure error={status.error} />}
      {status.state === "ready" && <Matrix document={status.value} />}
    </>
  );
}

function Failure({ error }: { error: Error }) {
  if (!(error instanceof StoreError && error.trouble === "missing")) return <Broken error={error} />;
  return (
    <NotPublished>
      <p>{t.none}</p>
    </NotPublished>
  );
}

interface Opened {
  readonly module: Module;
  readonly cell: StatusCell;
}

function Matrix({ document }: { document: StatusDocument }) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const classes = assetClasses(document.modules);
  const counts = tally(document.modules);
  return (
    <>
      <p class="quiet">{t.asOf(document.as_of, instant(document.computed_at))}</p>
      <ul class="tally">
        {STATES.map((state) => (
          <li class={state}>
            <State state={state}>{counts[state]}</State>
          </li>
        ))}
      </ul>
      <div class="scroll" role="region" aria-label={t.table} tabIndex={0}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">{t.module}</th>
              {classes.map((name) => (
                <th scope="col">{t.classes[name] ?? name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {document.modules.map((module) => (
              <tr>
                <th scope="row">
                  {said(module.title, module.title_zh)}
                  {!module.required && <span class="quiet"> {t.optional}</span>}
                  <code class="quiet">{module.module}</code>
                </th>
                {classes.map((name) => (
                  <Place
                    cell={module.cells.find((cell) => cell.asset_class === name)}
                    module={module}
                    opened={opened}
                    open={setOpened}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {opened && <Details {...opened} history={document.history} close={() => setOpened(null)} />}
      <Rollout rollout={document.rollout} />
    </>
  );
}

interface PlaceProps {
  readonly cell: StatusCell | undefined;
  readonly module: Module;
  readonly opened: Opened | null;
  readonly open: (opened: Opened) => void;
}

function Place({ cell, module, opened, open }: PlaceProps) {
  if (!cell) {
    return (
      <td class="none">
        <span class="unseen">{t.noCell}</span>
      </td>
    );
  }
  const name = t.classes[cell.asset_class] ?? cell.asset_class;
  return (
    <td class={cell.status}>
      <button
        type="button"
        aria-expanded={opened?.cell === cell}
        onClick={() => open({ module, cell })}
      >
        <span class="unseen">{t.cell(said(module.title, module.title_zh), name)}</span> <State state={cell.status} />
        {cell.usable_ratio !== null && <span class="quiet">{t.usable(percent(cell.usable_ratio))}</span>}
      </button>
    </td>
  );
}
