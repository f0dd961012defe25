/** The whole page: heading and facts, then the data on the left and, on the right, how to use and trust them. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { said } from "../i18n";
import { useLoaded } from "../loaded";
import { pageUrl } from "../place";
import type { DatasetDocument } from "../types";
import { ChartPart } from "./Chart";
import { Columns } from "./Columns";
import { CoverageMap } from "./CoverageMap";
import { Facts } from "./Facts";
import { Preview } from "./Preview";
import { Provenance } from "./Provenance";
import { Readme } from "./Readme";
import { RunHealth } from "./RunHealth";
import { UseIt } from "./UseIt";
import { VerificationReport } from "./VerificationReport";
import { Versions } from "./Versions";
import { Reader } from "./reading";
import { t } from "./texts";
import { listedFile, oldFile, placeOf, withQuery } from "./view";

export function Dataset({ page }: { page: DatasetDocument }) {
  const [place, setPlace] = useState(placeOf(location.search, location.hash));
  useEffect(() => {
    const follow = () => setPlace(placeOf(location.search, location.hash));
    addEventListener("hashchange", follow);
    // The browser looked for this part before it was there: going there again makes it look once more.
    if (place.row === null && location.hash) location.replace(location.href);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const { version, row } = place;
  const reader = useMemo(() => new Reader(), []);
  const listed = listedFile(page, version);
  const old = useLoaded(async () => (listed || version === null ? null : oldFile(page.entry.id, version)), [version]);
  const file = listed ?? (old.state === "ready" ? old.value : null);
  return (
    <>
      <Heading page={page} />
      <Facts page={page} />
      {version !== null && <Pinned version={version} there={old.state !== "failed"} />}
      <div class="columns">
        <div class="use">
          <UseIt page={page} version={version} file={file} />
        </div>
        <div class="data">
          <ChartPart page={page} file={file} pinned={version !== null} reader={reader} />
          <Columns page={page} />
          <Preview page={page} file={file} row={row} reader={reader} />
          <CoverageMap coverage={page.coverage} />
          <Readme page={page} />
        </div>
        <div class="rail">
          <RunHealth runs={page.runs} />
          <Provenance page={page} file={file} />
          <VerificationReport page={page} />
          <Versions page={page} shown={file?.version ?? null} />
        </div>
      </div>
    </>
  );
}

function Heading({ page: { entry } }: { page: DatasetDocument }) {
  const sql = new URL(pageUrl("sql"));
  sql.searchParams.set("id", entry.id);
  return (
    <header class="heading">
      <p class="quiet">
        <code>{entry.id}</code>
      </p>
      <div class="title">
        <h1>{said(entry.title, entry.title_zh)}</h1>
        <a class={`badge ${entry.verified ? "" : "none"}`} href="#verification">
          {entry.verified ? `✓ ${t.verified}` : `○ ${t.unverified}`}
        </a>
        {entry.sandbox && (
          <span class="badge sandbox" title={t.sandboxReason}>
            △ {t.sandbox}
          </span>
        )}
      </div>
      <p class="sentence">{said(entry.description, entry.description_zh)}</p>
      <p class="actions">
        {/^https?:\/\//i.test(entry.repo ?? "") && (
          <a class="button" href={entry.repo ?? ""} rel="noopener noreferrer">
            {t.onGitHub} ↗
          </a>
        )}
        <a class="button" href={sql.href}>
          {t.inSql}
        </a>
      </p>
    </header>
  );
}

function Pinned({ version, there }: { version: string; there: boolean }) {
  return (
    <p class="state pinned">
      <strong>{t.pinnedTo(version)}</strong> {!there && t.notThere(version)}{" "}
      <a href={withQuery(location.search, { version: null })}>{t.unpin}</a>
    </p>
  );
}
