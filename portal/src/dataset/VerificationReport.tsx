/** What each rule of the badge found. */

import { instant } from "../format";
import { said } from "../i18n";
import type { DatasetDocument } from "../types";
import { Section } from "./Section";
import { t } from "./texts";

const MARKS: Readonly<Record<string, string>> = { pass: "✓", fail: "✗", unknown: "?" };

export function VerificationReport({ page: { verification, entry } }: { page: DatasetDocument }) {
  if (verification === null) {
    return (
      <Section id="verification" title={t.verification} panel>
        <p class="quiet">{t.neverVerified}</p>
      </Section>
    );
  }
  const passed = verification.rules.every((rule) => rule.verdict === "pass");
  return (
    <Section id="verification" title={t.verification} panel>
      <ul class="rules">
        {verification.rules.map((rule) => (
          <li class={rule.verdict}>
            <strong>
              <span aria-hidden="true">{MARKS[rule.verdict]} </span>
              {t.rules[rule.rule] ?? rule.rule}: {t.verdicts[rule.verdict] ?? rule.verdict}
            </strong>
            <br />
            {said(rule.reason, rule.reason_zh)}
          </li>
        ))}
      </ul>
      {passed && !entry.verified && <p>{t.verifiedOlder}</p>}
      <p class="quiet">
        {t.judgedAt}: {instant(verification.as_of)}
      </p>
    </Section>
  );
}
