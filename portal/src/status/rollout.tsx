/** Where the rollout stands: phase, gates with their evidence, streaks and switches. */

import type { ComponentChildren } from "preact";
import { instant } from "../format";
import { t } from "../texts/status";
import type { StatusDocument } from "../types";

type Known = NonNullable<StatusDocument["rollout"]>;

export function Rollout({ rollout }: { rollout: Known | null }) {
  return (
    <section class="rollout">
      <h2>{t.rollout}</h2>
      {rollout ? <Standing rollout={rollout} /> : <p class="state">{t.noRollout}</p>}
    </section>
  );
}

function Standing({ rollout }: { rollout: Known }) {
  return (
    <>
      <dl class="sums">
        <div>
          <dt>{t.phase}</dt>
          <dd>{rollout.phase}</dd>
        </div>
        <div>
          <dt>{t.state}</dt>
          <dd>{rollout.status}</dd>
        </div>
      </dl>
      <div class="side-by-side">
        <Table name={t.gates} head={[t.gate, t.state, t.evidence]}>
          {Object.entries(rollout.gates).map(([gate, evidence]) => (
            <tr>
              <th scope="row">{gate}</th>
              <td>{evidence ? `✓ ${t.passed}` : `✗ ${t.notPassed}`}</td>
              <td>{evidence && <code>{evidence}</code>}</td>
            </tr>
          ))}
        </Table>
        <Table name={t.streak} head={[t.batch, t.days, t.last]}>
          {Object.entries(rollout.streak).map(([batch, { n, last }]) => (
            <tr>
              <th scope="row">{batch}</th>
              <td class="number">{n}</td>
              <td>{last ?? "–"}</td>
            </tr>
          ))}
        </Table>
        <Table name={t.flags} head={[t.flag, t.state]}>
          {Object.entries(rollout.flags).map(([flag, value]) => (
            <tr>
              <th scope="row">
                <code>{flag}</code>
              </th>
              <td>{typeof value === "number" ? instant(new Date(value).toISOString()) : value ? `✓ ${t.on}` : `– ${t.off}`}</td>
            </tr>
          ))}
        </Table>
      </div>
      {rollout.evidence.length === 0 ? (
        <p class="state">{t.noEvidence}</p>
      ) : (
        <Table name={t.evidence} head={[t.day, t.batch, t.verdict, t.evidence]}>
          {rollout.evidence.map((one) => (
            <tr>
              <th scope="row">{one.trade_date}</th>
              <td>{one.batch}</td>
              <td>{t.verdicts[one.verdict] ?? one.verdict}</td>
              <td>{one.key && <code>{one.key}</code>}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

function Table({ name, head, children }: { name: string; head: readonly string[]; children: ComponentChildren }) {
  return (
    <div>
      <h3>{name}</h3>
      <div class="scroll" role="region" aria-label={name} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {head.map((column) => (
                <th scope="col">{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </div>
    </div>
  );
}
