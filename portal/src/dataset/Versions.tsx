/** The newest versions; a correction says what it changed. Each links to the page pinned to it. */

import { useState } from "preact/hooks";
import { count, day } from "../format";
import type { DatasetDocument, Version } from "../types";
import { Section } from "./Section";
import { t } from "./texts";
import { withQuery } from "./view";

const AT_FIRST = 8;

export function Versions({ page, shown }: { page: DatasetDocument; shown: string | null }) {
  const [all, setAll] = useState(false);
  const { versions } = page;
  const hidden = all ? 0 : Math.max(0, versions.length - AT_FIRST);
  return (
    <Section id="versions" title={t.versions} panel>
      {versions.length === 0 ? (
        <p class="quiet">{t.noVersions}</p>
      ) : (
        <table class="versions">
          <thead>
            <tr>
              <th scope="col">{t.version}</th>
              <th scope="col" class="number">
                {t.rows}
              </th>
              <th scope="col">{t.committed}</th>
            </tr>
          </thead>
          <tbody>
            {versions.slice(0, versions.length - hidden).map((version) => (
              <VersionRow version={version} current={version.version === shown} />
            ))}
          </tbody>
        </table>
      )}
      {hidden > 0 && (
        <button type="button" class="button" onClick={() => setAll(true)}>
          {t.moreVersions(hidden)}
        </button>
      )}
    </Section>
  );
}

function VersionRow({ version, current }: { version: Version; current: boolean }) {
  const { correction } = version;
  return (
    <>
      <tr class={correction ? "corrects" : undefined}>
        <th scope="row">
          <a
            href={withQuery(location.search, { version: version.version })}
            aria-current={current ? "true" : undefined}
            title={t.pin(version.version)}
          >
            {version.version}
          </a>
        </th>
        <td class="number">{count(version.rows)}</td>
        <td class="nowrap">{day(version.committed_at)}</td>
      </tr>
      {correction && (
        <tr>
          <td colSpan={3} class="quiet">
            ↻ {correction.of ? t.corrects(correction.of) : t.republished}
            {correction.added !== null && `: ${t.changedRows(correction.added, correction.removed ?? 0, correction.changed ?? 0)}`}
          </td>
        </tr>
      )}
    </>
  );
}
