/** The whole page: heading and facts, then the data on the left and, on the right, how to use and trust them. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { said } from "../i18n";
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
import { fileOf, placeOf, withQuery } from "./view";

export function Dataset({ page }: { page: DatasetDocument }) {
  const [place, setPlace] = useState(placeOf(location.search, location.hash));
  useEffect(() => {
    const follow = () => setPlace(placeOf(location.search, location.hash));
    addEventListener("hashchange", follow);
    // The browser looked for this part before it was there.
    if (place.row === null && location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
    return () => removeEventListener("hashchange", follow);
  }, []);
  const reader = useMemo(() => new Reader(), []);
  const file = fileOf(page, place.version);
  return (
    <>
      <Heading page={page} />
      <Facts page={page} />
      {place.version !== null && <Pinned version={place.version} listed={file !== null} />}
      <div class="columns">
        <div class="use">
          <UseIt page={page} version={place.version} file={file} />
        </div>
        <div class="data">
          <ChartPart page={page} file={file} pinned={place.version !== null} reader={reader} />
          <Columns page={page} />
          <Preview page={page} file={file} row={place.row} reader={reader} />
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

function Pinned({ version, listed }: { version: string; listed: boolean }) {
  return (
    <p class="state pinned">
      <strong>{t.pinnedTo(version)}</strong> {!listed && t.notListed(version)}{" "}
      <a href={withQuery(location.search, { version: null })}>{t.unpin}</a>
    </p>
  );
}
