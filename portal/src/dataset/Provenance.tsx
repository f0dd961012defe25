/** Where the data come from, who made them by what, and the hashes to check them by. */

import { instant } from "../format";
import type { DatasetDocument } from "../types";
import { Section, WebLink } from "./Section";
import { t } from "./texts";
import type { VersionFile } from "./view";

export function Provenance({ page, file }: { page: DatasetDocument; file: VersionFile | null }) {
  const { entry, checks } = page;
  const made = page.versions.find((version) => version.version === file?.version)?.provenance ?? entry.provenance;
  const repository = typeof made.repository === "string" ? `https://github.com/${made.repository}` : entry.repo;
  return (
    <Section id="provenance" title={t.provenance} panel>
      <dl class="terms">
        <dt>{t.source}</dt>
        <dd>
          <WebLink href={entry.homepage}>{entry.source}</WebLink>
        </dd>
        {repository && (
          <>
            <dt>{t.repository}</dt>
            <dd>
              <WebLink href={repository}>{repository.replace(/^https:\/\/(www\.)?/, "")}</WebLink>
            </dd>
          </>
        )}
        {typeof made.commit === "string" && (
          <>
            <dt>{t.commit}</dt>
            <dd>
              <WebLink href={repository && `${repository}/commit/${encodeURIComponent(made.commit)}`}>
                <code>{made.commit.slice(0, 12)}</code>
              </WebLink>
            </dd>
          </>
        )}
        <Maker made={made} />
        {checks && (
          <>
            <dt>{t.checks}</dt>
            <dd>
              {t.checksPassed(checks.passed, checks.warned, checks.failed)}
              <br />
              <span class="quiet">{instant(checks.at)}</span>
            </dd>
          </>
        )}
        {file && (
          <>
            <dt>{t.fileHash}</dt>
            <dd>
              <code class="hash">{file.sha256}</code>
            </dd>
          </>
        )}
      </dl>
    </Section>
  );
}

/** The run that made the version: on GitHub, or of the platform itself. */
function Maker({ made }: { made: Readonly<Record<string, unknown>> }) {
  const run = made.workflow_run ?? made.run_id;
  if (typeof run !== "string") return null;
  return (
    <>
      <dt>{made.workflow_run === undefined ? t.producedBy : t.workflowRun}</dt>
      <dd>
        {typeof made.kind === "string" && `${made.kind} `}
        <WebLink href={run}>
          <code>{run.split("/").at(-1)?.slice(0, 13)}</code>
        </WebLink>
      </dd>
    </>
  );
}
